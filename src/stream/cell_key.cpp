#include "stream/cell_key.hpp"

#include <cstdint>

namespace hapax {
namespace {

constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63U;
constexpr std::size_t kStartBytes = 8;
constexpr std::string_view kEscapedNul("\0\xFF", 2);
constexpr std::string_view kTerminator("\0\x01", 2);

}  // namespace

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

std::optional<CellName> decode_cell_key(std::string_view key) {
  if (key.size() < kStartBytes) {
    return std::nullopt;
  }
  std::uint64_t ordered = 0;
  for (const char byte : key.substr(0, kStartBytes)) {
    ordered = ordered << 8U | static_cast<unsigned char>(byte);
  }
  CellName name{.start = event_time_from_micros(static_cast<std::int64_t>(ordered ^ kSignBit)),
                .source = {},
                .event = {}};
  key.remove_prefix(kStartBytes);
  while (true) {
    const std::size_t nul = key.find('\0');
    if (nul == key.npos || nul + 1 == key.size()) {
      return std::nullopt;
    }
    name.source.append(key.substr(0, nul));
    const std::string_view mark = key.substr(nul, 2);
    key.remove_prefix(nul + 2);
    if (mark == kTerminator) {
      name.event = key;
      return name;
    }
    if (mark != kEscapedNul) {
      return std::nullopt;
    }
    name.source.push_back('\0');
  }
}

std::string_view cell_event(const EventView& event) {
  if (!event.name.empty()) {
    return event.name;
  }
  switch (event.type) {
    case EventType::kUnspecified:
      return "unspecified";
    case EventType::kTrack:
      return "track";
    case EventType::kIdentify:
      return "identify";
    case EventType::kPage:
      return "page";
    case EventType::kScreen:
      return "screen";
    case EventType::kGroup:
      return "group";
    case EventType::kAlias:
      return "alias";
  }
  return "unknown";  // A type of a newer version.
}

}  // namespace hapax
