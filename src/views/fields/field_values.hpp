// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "json/json_index.hpp"
#include "record/event.hpp"
#include "record/value.hpp"
#include "views/spec/field.hpp"

namespace hapax {

/// Bits of FieldValues::flags().
enum FieldFlag : std::uint8_t {
  kFieldRounded = 1,  ///< A whole number beyond 2^53: the double may be another one.
  kFieldNested = 2,   ///< An object or an array, which is no value.
  kFieldTooLarge = 4  ///< A number that no double holds: no value.
};

/// Where a field of an event is: in its record, or in a slot of FieldValues.
struct FieldRef {
  FieldKind kind = FieldKind::kSource;
  std::uint32_t slot = 0;  ///< Of a path.
};

/// What PathSet::extract() found in one event, and the memory it works in, which is kept from event
/// to event. Values are valid until the next extract(), whatever happens to the record.
/// Threading: one owner.
class FieldValues {
 public:
  const Value& operator[](std::size_t slot) const { return values_[slot]; }
  std::uint8_t flags(std::size_t slot) const { return flags_[slot]; }

 private:
  friend class PathSet;
  friend class PathWalk;

  std::vector<Value> values_;
  std::vector<std::uint8_t> flags_;
  JsonIndex index_;
  std::string json_;   // The texts that were indexed, and behind them the padding.
  std::string texts_;  // Strings without their escapes.
};

/// The value of a field. Those of the record are texts; an empty one is absent. `ref` is not of a
/// key's state. Texts of the record are valid as long as it is.
Value value_of(FieldRef ref, const EventView& event, const FieldValues& values);

}  // namespace hapax
