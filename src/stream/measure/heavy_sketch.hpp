// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.hpp"

namespace hapax {

/// Something that may be heavy: its bytes, and a keyed hash of them all. Until the call is over.
struct HeavyItem {
  std::string_view bytes;
  std::uint64_t hash = 0;
};

/// One that is, and how often it came: not more often than `count`, and not less often than `count`
/// less `error`, by the bound of HeavySketch.
struct HeavyFound {
  std::string bytes;
  bool is_cut = false;  ///< Of its bytes these are the first ones.
  std::uint64_t count = 0;
  std::uint64_t error = 0;

  friend bool operator==(const HeavyFound&, const HeavyFound&) = default;
};

/// Finds what came often among many, without keeping what came. It is linear: sums of how often
/// each item came, so that it is a function of the multiset, merges to the sketch of all, bit for
/// bit, and can be made of counts as well as of events.
///
/// Each of four rows divides items by their hash into 2,048 columns, which say how often all items
/// of a column came: the least of an item's four is not less than the truth, and with probability
/// 1 - e^-4 (98 %) not more than e / 2,048 (0.14 %) of all too much: Count-Min (Cormode and
/// Muthukrishnan 2005). Sixteen columns share a bucket, which counts for each bit of an item's name
/// how often items with that bit came: one that came more often than all others of its bucket is
/// read from the majorities, checked by its hash, and taken out, so that others show (their group
/// testing, with the peeling of invertible Bloom tables).
/// An item with kShare of all or more is found unless others nearly as heavy share all four of its
/// buckets: of fifty equal ones two do with probability 5 * 10^-6; nobody chooses it without the
/// key.
/// Format: docs/formats/measures.md. Memory: up to 5 KiB for each of 512 buckets; one that nothing
/// is in has 24 bytes.
class HeavySketch {
 public:
  static constexpr std::size_t kRows = 4;
  static constexpr std::size_t kColumns = 2'048;
  static constexpr std::size_t kBucketColumns = 16;
  static constexpr std::size_t kBuckets = kRows * kColumns / kBucketColumns;
  static constexpr std::size_t kNameBytes = 63;  ///< Longer ones are cut.
  /// All that came divided by this is how often a heavy one came, or more.
  static constexpr std::uint64_t kShare = 50;

  void add(const HeavyItem& item, std::uint64_t count);
  void combine(const HeavySketch& other);

  /// How often all items together came.
  std::uint64_t total() const { return total_; }
  /// How many buckets something is in.
  std::size_t size() const;
  std::size_t bytes() const { return bytes_; }  ///< Of memory beyond sizeof.
  void encode(ByteWriter& out) const;
  /// Takes in what was encoded, as combine() would. False when it is damaged.
  [[nodiscard]] bool decode(ByteReader& in);

 private:
  friend class HeavyPeel;
  /// Counters: of the columns, of the bits of the tag, of those of the name, as far as there are.
  using Bucket = std::vector<std::uint64_t>;

  Bucket& bucket_with(std::size_t index, std::size_t counters);

  std::vector<Bucket> buckets_;  // Empty, or kBuckets: those of a row are side by side.
  std::uint64_t total_ = 0;
  std::size_t bytes_ = 0;
};

/// Of all that is in the sketches together, which is `total`: what came often enough, the most
/// frequent first, of equally frequent ones the one with the least bytes. Cost: by how many columns
/// hold a part of all that is worth a look; a few ten microseconds when there are none.
std::vector<HeavyFound> find_heavy(std::span<const HeavySketch* const> sketches);

/// A sketch that is stored in deltas: see GrowingMeasure.
class HeavyCounts {
 public:
  void add(const HeavyItem& item, std::uint64_t count) { fresh_.add(item, count); }
  /// As add(), of what a delta before had.
  void add_stored(const HeavyItem& item, std::uint64_t count) { stored_.add(item, count); }
  void combine(const HeavyCounts& other);
  std::vector<HeavyFound> heavy() const { return heavy_with(HeavySketch()); }
  /// As if it held what `more` holds, too.
  std::vector<HeavyFound> heavy_with(const HeavySketch& more) const;
  std::uint64_t total() const { return stored_.total() + fresh_.total(); }
  std::size_t bytes() const { return stored_.bytes() + fresh_.bytes(); }
  HeavySketch take_delta();
  HeavySketch all() const;
  /// It is in no delta.
  [[nodiscard]] bool decode(ByteReader& in) { return stored_.decode(in); }

 private:
  HeavySketch stored_;
  HeavySketch fresh_;
};

}  // namespace hapax
