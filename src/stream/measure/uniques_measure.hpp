// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "stream/flat_table.hpp"
#include "stream/measure/deep_ptr.hpp"
#include "stream/measure/hyper_log_log.hpp"
#include "stream/measure/measure.hpp"

namespace hapax {

/// Number of distinct values, by their keyed hashes: the set of them while there are up to
/// spec.exact_max, a HyperLogLog of them beyond. Which of the two is a function of the set alone,
/// as both only grow: a set of more is never kept, and a sketch is only ever made of more.
/// Format: docs/formats/measures.md. Memory: 11 to 21 bytes a value, and 8 to 16 for each since the
/// last take_delta(); a sketch 16 KiB, and 2 to 4 bytes for each change since then.
class UniquesMeasure {
 public:
  /// Hashes that came since the last delta, and registers that were raised.
  class Delta {
   public:
    using Register = HyperLogLog::Register;
    explicit Delta(const MeasureSpec& spec) : exact_max_(spec.exact_max) {}

    std::size_t size() const { return hashes_.size() + registers_.size() + (is_sketch_ ? 1 : 0); }
    void encode(ByteWriter& out);
    [[nodiscard]] bool decode(ByteReader& in);

   private:
    friend class UniquesMeasure;
    void normalise();

    std::uint32_t exact_max_;
    std::vector<std::uint64_t> hashes_;
    std::vector<Register> registers_;
    bool is_sketch_ = false;  ///< There are more than exact_max_, even if no register was raised.
  };

  UniquesMeasure(const MeasureSpec& spec, std::uint64_t /*seed*/) : exact_max_(spec.exact_max) {}

  void update(const MeasureSpec& spec, const MeasuredEvent& event) {
    const Sample& sample = sample_of(spec, event);
    if (!is_absent(sample.value)) {
      insert_with_next(slot_of(sample.hash));
    }
  }
  void combine(const UniquesMeasure& other);
  MeasureResult finalize(const MeasureSpec& spec, Microseconds window) const;
  std::size_t bytes() const;
  void encode(ByteWriter& out) const;
  /// What is decoded is in no delta: it is stored.
  [[nodiscard]] bool decode(ByteReader& in);
  Delta take_delta();

 private:
  struct Slot {
    std::uint64_t hash = 0;

    bool vacant() const { return hash == 0; }
    bool same_key(const Slot& other) const { return hash == other.hash; }
    std::uint64_t key_bits(std::uint64_t) const { return hash; }
  };
  struct Sketch {
    HyperLogLog registers;
    std::vector<std::uint16_t> raised;  // Since the last take_delta(), some more than once.
    bool is_new = false;                // It came to be since then.
  };

  /// Zero marks a vacant slot.
  static Slot slot_of(std::uint64_t hash) { return {hash == 0 ? 1 : hash}; }
  void insert(Slot slot) {
    if (sketch_) {
      raise(HyperLogLog::register_of(slot.hash));
    } else if (hashes_.insert(slot)) {
      fresh_.push_back(slot.hash);
      become_sketch_beyond_exact();
    }
  }
  /// Many cells of many values lie outside of the cache: where this one belongs is fetched while
  /// other events are counted.
  void insert_with_next(Slot slot) {
    insert_awaited();
    if (sketch_) {
      sketch_->registers.prefetch(HyperLogLog::register_of(slot.hash).index);
      awaited_ = slot;
    } else if (hashes_.size() < exact_max_) {
      hashes_.prefetch(slot);
      awaited_ = slot;
    } else {
      insert(slot);
    }
  }
  void insert_awaited() {
    if (const Slot slot = std::exchange(awaited_, {}); !slot.vacant()) {
      insert(slot);
    }
  }
  bool awaits_new() const { return !awaited_.vacant() && hashes_.find(awaited_) == nullptr; }
  /// All of sketch_, with awaited_.
  HyperLogLog registers() const;
  void insert_stored(std::uint64_t hash);
  void raise(HyperLogLog::Register to) {
    if (sketch_->registers.raise(to)) {
      sketch_->raised.push_back(to.index);
    }
  }
  void become_sketch_beyond_exact() {
    if (hashes_.size() > exact_max_) {
      become_sketch();
    }
  }
  void become_sketch();

  std::uint32_t exact_max_;
  Slot awaited_;  // The last one, which is not among the others yet: hashes_ has room for it, or
                  // there is sketch_.
  FlatTable<Slot> hashes_;            // Unless there is sketch_.
  std::vector<std::uint64_t> fresh_;  // Of them, those since the last take_delta().
  DeepPtr<Sketch> sketch_;
};

static_assert(GrowingMeasure<UniquesMeasure> && !RetractableMeasure<UniquesMeasure>);

}  // namespace hapax
