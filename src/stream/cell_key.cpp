// SPDX-License-Identifier: Apache-2.0
#include "stream/cell_key.hpp"

#include <cstdint>
#include <utility>

#include "core/time_math.hpp"
#include "ports/view_store.hpp"

namespace hapax {
namespace {

constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63U;
constexpr std::size_t kStartBytes = 8;
constexpr std::string_view kEscapedNul("\0\xFF", 2);
constexpr std::string_view kTerminator("\0\x01", 2);

}  // namespace

EventTime cell_start(EventTime time) {
  return floor_to(time, kCellWidth);
}

EventTime cell_end(EventTime start) {
  return saturating_add(start, kCellWidth);
}

std::string cell_start_key(EventTime start) {
  const std::uint64_t ordered = static_cast<std::uint64_t>(to_micros(start)) ^ kSignBit;
  std::string key;
  for (int shift = 56; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(ordered >> shift));
  }
  return key;
}

void append_cell_group(std::string_view source, std::string_view event, std::string& out) {
  for (std::size_t nul = source.find('\0'); nul != source.npos; nul = source.find('\0')) {
    out.append(source.substr(0, nul)).append(kEscapedNul);
    source.remove_prefix(nul + 1);
  }
  out.append(source).append(kTerminator).append(event);
}

std::optional<CellKeyParts> split_cell_key(std::string_view key) {
  if (key.size() < kStartBytes) {
    return std::nullopt;
  }
  std::uint64_t ordered = 0;
  for (const char byte : key.substr(0, kStartBytes)) {
    ordered = ordered << 8U | static_cast<unsigned char>(byte);
  }
  return CellKeyParts{
      .start = event_time_from_micros(static_cast<std::int64_t>(ordered ^ kSignBit)),
      .group = key.substr(kStartBytes)};
}

std::optional<CellName> decode_cell_group(EventTime start, std::string_view group) {
  CellName name{.start = start, .source = {}, .event = {}};
  while (true) {
    const std::size_t nul = group.find('\0');
    if (nul == group.npos || nul + 1 == group.size()) {
      return std::nullopt;
    }
    name.source.append(group.substr(0, nul));
    const std::string_view mark = group.substr(nul, 2);
    group.remove_prefix(nul + 2);
    if (mark == kTerminator) {
      name.event = group;
      return name;
    }
    if (mark != kEscapedNul) {
      return std::nullopt;
    }
    name.source.push_back('\0');
  }
}

std::optional<CellName> decode_cell_key(std::string_view key) {
  const std::optional<CellKeyParts> parts = split_cell_key(key);
  return parts ? decode_cell_group(parts->start, parts->group) : std::nullopt;
}

GroupFilter::GroupFilter(const std::optional<std::string>& source, std::optional<std::string> event)
    : event_(std::move(event)) {
  if (source) {
    append_cell_group(*source, event_.value_or(std::string()), prefix_);
  }
}

std::string GroupFilter::next_near(const CellKeyParts& cell) const {
  const bool comes = cell.group < prefix_;
  return cell_start_key(comes ? cell.start : cell_end(cell.start)).append(prefix_);
}

bool GroupFilter::matches(std::string_view group) const {
  if (!is_near(group)) {
    return false;
  }
  if (!event_) {
    return true;
  }
  // Within a source 00 is followed by FF, so the first terminator is the one.
  const std::size_t end = group.find(kTerminator);
  return end != group.npos && group.substr(end + kTerminator.size()) == *event_;
}

std::string_view cell_event(const EventView& event) {
  return group_name(event.type, event.name);
}

}  // namespace hapax
