// SPDX-License-Identifier: Apache-2.0
#include "collector/segment_numbering.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

namespace hapax {
namespace {

constexpr std::uint32_t kDepth = 3;  // Of values in it, below the body.

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kNumberingIdBytesMax &&
         std::ranges::all_of(text, [](char c) { return ' ' <= c && c <= '~'; });
}

DropReason drop_reason(std::string_view name) {
  for (std::size_t reason = 0; reason < kDropReasons; ++reason) {
    if (kDropReasonNames[reason] == name) {
      return static_cast<DropReason>(reason);
    }
  }
  return DropReason::kOther;
}

std::optional<std::uint64_t> count_in(std::string_view json) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), count);
  const bool is_count = error == std::errc() && end == json.data() + json.size();
  return is_count ? std::optional(count) : std::nullopt;
}

/// Of a repeated key the last one counts.
class NumberingReader {
 public:
  NumberingReader(JsonWalk& walk, const Unescape& unescape) : walk_(walk), unescape_(unescape) {}

  /// Passes the object ahead; false when it is damaged.
  bool read() {
    return walk_.each_field([this](std::string_view key) { return field(plain(key)); });
  }
  SentNumbering result() const {
    const bool is_sound = is_made_ && is_dropped_ && is_id(read_.device) && is_id(read_.epoch);
    return is_sound ? SentNumbering{.numbering = read_} : SentNumbering{.is_useless = true};
  }

 private:
  bool field(std::string_view name) {
    if (name == "device") {
      return id(read_.device);
    }
    if (name == "epoch") {
      return id(read_.epoch);
    }
    if (name == "made") {
      return made();
    }
    return name == "dropped" ? dropped() : walk_.check(kDepth);
  }

  /// Passes the value ahead; nothing when it is damaged.
  std::optional<std::string_view> value() {
    const char* const start = walk_.position();
    return walk_.check(kDepth) ? std::optional(walk_.text_since(start)) : std::nullopt;
  }

  std::string_view plain(std::string_view inside) const {
    return walk_.has_escape(inside) ? unescape_(inside) : inside;
  }

  bool id(std::string_view& to) {
    const auto json = value();
    if (json) {
      to = json->front() == '"' ? plain(json->substr(1, json->size() - 2)) : std::string_view();
    }
    return json.has_value();
  }

  bool made() {
    const auto json = value();
    if (json) {
      const auto count = count_in(*json);
      is_made_ = count.has_value();
      read_.made = count.value_or(0);
    }
    return json.has_value();
  }

  bool dropped() {
    read_.dropped = {};
    is_dropped_ = walk_.ahead() == '{';
    return is_dropped_
               ? walk_.each_field([this](std::string_view key) { return reason(plain(key)); })
               : walk_.check(kDepth);
  }

  bool reason(std::string_view name) {
    const auto json = value();
    if (json) {
      const auto count = count_in(*json);
      is_dropped_ = is_dropped_ && count;
      std::uint32_t& sum = read_.dropped[static_cast<std::size_t>(drop_reason(name))];
      constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
      sum += static_cast<std::uint32_t>(std::min<std::uint64_t>(count.value_or(0), kMost - sum));
    }
    return json.has_value();
  }

  JsonWalk& walk_;
  const Unescape& unescape_;
  NumberingView read_;
  bool is_made_ = true;
  bool is_dropped_ = true;
};

}  // namespace

std::optional<SentNumbering> read_numbering(JsonWalk& walk, const Unescape& unescape) {
  if (walk.ahead() == '{') {
    NumberingReader reader(walk, unescape);
    return reader.read() ? std::optional(reader.result()) : std::nullopt;
  }
  const bool is_sent = walk.ahead() != 'n';  // Null is not sent.
  return walk.check(kDepth) ? std::optional(SentNumbering{.is_useless = is_sent}) : std::nullopt;
}

}  // namespace hapax
