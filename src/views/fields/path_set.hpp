// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/event.hpp"
#include "views/fields/field_values.hpp"
#include "views/spec/field.hpp"

namespace hapax {

/// All paths of all views together, so that the JSON of an event is walked once for all of them.
/// Cost of extract(): the bytes of properties, context and traits, of those in which a path is, and
/// nothing when there is none. No allocation once the memory of FieldValues is large enough.
/// Threading: immutable once all fields are added.
class PathSet {
 public:
  /// Where extract() will put the field, which is not of a key's state. Equal fields have the same
  /// place, and no added field moves another.
  FieldRef add(const Field& field);

  /// How many slots there are.
  std::size_t size() const { return size_; }

  /// Fills each slot of `values`:
  /// - a string, without its escapes;
  /// - a number, as the nearest double; zero has no sign; kFieldRounded for a whole number without
  ///   fraction or exponent beyond 2^53; one that is too large is absent, with kFieldTooLarge;
  /// - true and false;
  /// - absent for null, for what is not there, and for objects and arrays, with kFieldNested.
  /// Of a key that an object has twice the last one counts, with all that is in it. Keys are
  /// compared without their escapes. An event whose JSON is damaged has absent fields, or those
  /// before the damage; ingest lets none through.
  void extract(const EventView& event, FieldValues& values) const;

 private:
  friend class PathWalk;

  struct Node {
    std::string name;
    std::optional<std::uint32_t> slot;
    std::vector<Node> children;
  };

  std::array<Node, 3> roots_;  // Of properties, context and traits.
  std::uint32_t size_ = 0;
};

}  // namespace hapax
