// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "hash/id_hasher.hpp"
#include "stream/keyed_event.hpp"
#include "stream/measure/sample.hpp"
#include "views/fields/field_values.hpp"
#include "views/fields/path_set.hpp"
#include "views/spec/field.hpp"

namespace hapax {

/// What all views together look at in an event: each path once, each field that measures read once.
/// Plans of views add to it (view_plan.hpp); what was added moves nothing.
/// Threading: one owner; immutable while no plan is made.
class ViewInputs {
 public:
  /// Samples are numbered by 16 bits.
  static constexpr std::size_t kSamplesMax = 1U << 16U;

  struct SampleField {
    FieldRef ref;
    bool is_hashed = false;
  };

  PathSet& paths() { return paths_; }
  const PathSet& paths() const { return paths_; }

  /// Where the sample of `field` will be, the same for the same field; one with its hash and one
  /// without are two, so that only what is needed is hashed. Errors: kExhausted, there are
  /// kSamplesMax.
  Result<std::uint16_t> add_sample(const Field& field, bool is_hashed);
  std::span<const SampleField> samples() const { return samples_; }

 private:
  PathSet paths_;
  std::vector<SampleField> samples_;
};

/// One event as all views see it, and the memory it is read in, which is kept from event to event.
/// Its JSON is walked once. A sample is made, and hashed, when the first view that counts the event
/// wants it.
/// Threading: one owner. Lifetime: `inputs` and `hasher` must outlive it; `inputs` may grow.
class EventInputs {
 public:
  /// Longer texts count by so many bytes of their beginning, less the part of a character: it is
  /// what ingest allows for a text of the record.
  static constexpr std::size_t kTextBytesMax = 1024;

  EventInputs(const ViewInputs& inputs, const IdHasher& hasher)
      : inputs_(inputs), hasher_(hasher) {}

  /// From now on `event`, which must stay as it is until the next read().
  void read(const KeyedEvent& event);

  const KeyedEvent& event() const { return *event_; }
  const FieldValues& values() const { return values_; }
  /// A field, as groups and measures take it: texts are cut.
  Value value(FieldRef ref) const;

  /// All samples of the event, of which those at `wanted` are made.
  std::span<const Sample> samples(std::span<const std::uint16_t> wanted);

 private:
  Sample make(const ViewInputs::SampleField& field);
  std::uint64_t hash(FieldRef ref, const Value& value);

  const ViewInputs& inputs_;
  const IdHasher& hasher_;
  const KeyedEvent* event_ = nullptr;
  FieldValues values_;
  std::uint64_t number_ = 0;  // Of the event.
  std::vector<Sample> samples_;
  std::vector<std::uint64_t> made_for_;  // By sample: the number of its event.
  std::string bytes_;                    // Of the value at hand.
};

}  // namespace hapax
