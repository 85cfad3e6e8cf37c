// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"
#include "record/event.hpp"

namespace hapax {

/// Where the cell of an event at `time` starts, and where it ends (exclusive).
EventTime cell_start(EventTime time);
EventTime cell_end(EventTime start);

/// Names of one cell, decoded.
struct CellName {
  EventTime start;
  std::string source;
  std::string event;

  friend bool operator==(const CellName&, const CellName&) = default;
};

/// Encodings whose byte order is the order of cells: by start, source, event. A key is the start
/// (8 bytes, big endian, sign bit flipped), then the group: source with 00 written as 00 FF, then
/// 00 01, then the event. Stored: docs/formats/state.md.
std::string cell_start_key(EventTime start);
void append_cell_group(std::string_view source, std::string_view event, std::string& out);

/// A key cut in two, nothing decoded; `group` points into the key.
struct CellKeyParts {
  EventTime start;
  std::string_view group;

  /// As the keys are ordered.
  friend auto operator<=>(const CellKeyParts&, const CellKeyParts&) = default;
};
/// Empty when `key` is too short.
std::optional<CellKeyParts> split_cell_key(std::string_view key);
/// Empty when `group` was not made by append_cell_group.
std::optional<CellName> decode_cell_group(EventTime start, std::string_view group);
/// Empty when `key` was not made so.
std::optional<CellName> decode_cell_key(std::string_view key);

/// The groups of one source, of one event name, or of both, told without decoding them.
class GroupFilter {
 public:
  GroupFilter(const std::optional<std::string>& source, std::optional<std::string> event);
  bool matches(std::string_view group) const;

  /// Whether `group` lies where matching ones do: it is of the source, and its event begins as the
  /// one that is asked for; without a source always.
  bool is_near(std::string_view group) const { return group.starts_with(prefix_); }
  /// The first key that a cell which is near, behind `cell` that is not, can have.
  std::string next_near(const CellKeyParts& cell) const;

 private:
  std::string prefix_;
  std::optional<std::string> event_;
};

/// What groups `event` in a cell: its name, or its type for those without one.
std::string_view cell_event(const EventView& event);

}  // namespace hapax
