// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/group_key.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <variant>

#include "bytes/ordered_word.hpp"

namespace hapax {
namespace {

// Stored, and in the order of values.
constexpr char kAbsent = 1;
constexpr char kFalse = 2;
constexpr char kTrue = 3;
constexpr char kNumber = 4;
constexpr char kText = 5;
constexpr char kOther = 6;

constexpr std::string_view kEscapedNul("\0\xFF", 2);
constexpr std::string_view kTerminator("\0\x01", 2);

// The bits of doubles ascend with their magnitude.
void append_number(double number, std::string& out) {
  const auto bits = std::bit_cast<std::uint64_t>(without_sign_of_zero(number));
  append_ordered_word((bits & kSignBit) != 0 ? ~bits : bits | kSignBit, out);
}

bool take_number(std::string_view& in, OwnedValue& value) {
  const std::optional<std::uint64_t> word = take_ordered_word(in);
  if (!word) {
    return false;
  }
  const auto number = std::bit_cast<double>((*word & kSignBit) != 0 ? *word ^ kSignBit : ~*word);
  value = number;
  const bool is_negative_zero = number == 0 && std::signbit(number);
  return !std::isnan(number) && !is_negative_zero;
}

void append_text(std::string_view text, std::string& out) {
  for (std::size_t nul = text.find('\0'); nul != text.npos; nul = text.find('\0')) {
    out.append(text.substr(0, nul)).append(kEscapedNul);
    text.remove_prefix(nul + 1);
  }
  out.append(text).append(kTerminator);
}

bool take_text(std::string_view& in, OwnedValue& value) {
  std::string text;
  while (true) {
    const std::size_t nul = in.find('\0');
    if (nul == in.npos) {
      return false;
    }
    text.append(in.substr(0, nul));
    const std::string_view mark = in.substr(nul, 2);
    in.remove_prefix(nul + mark.size());
    if (mark == kTerminator) {
      value = std::move(text);
      return true;
    }
    if (mark != kEscapedNul) {
      return false;
    }
    text.push_back('\0');
  }
}

/// Of a text that is cut off somewhere.
std::string text_beginning(std::string_view in) {
  std::string text;
  for (std::size_t nul = in.find('\0'); nul != in.npos; nul = in.find('\0')) {
    const bool is_whole = nul + kEscapedNul.size() <= in.size();
    text.append(in.substr(0, nul)).append(is_whole ? 1 : 0, '\0');
    in.remove_prefix(is_whole ? nul + kEscapedNul.size() : in.size());
  }
  text.append(in);
  drop_part_of_character(text);
  return text;
}

bool take_value(std::string_view& in, OwnedValue& value) {
  const char kind = in.front();
  in.remove_prefix(1);
  switch (kind) {
    case kAbsent:
      value = std::monostate();
      return true;
    case kFalse:
    case kTrue:
      value = kind == kTrue;
      return true;
    case kNumber:
      return take_number(in, value);
    case kText:
      return take_text(in, value);
    default:
      return false;
  }
}

}  // namespace

void append_group_value(const Value& value, std::string& out) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    out.push_back(kText);
    append_text(*text, out);
  } else if (const auto* number = std::get_if<double>(&value)) {
    out.push_back(kNumber);
    append_number(*number, out);
  } else if (const auto* truth = std::get_if<bool>(&value)) {
    out.push_back(*truth ? kTrue : kFalse);
  } else {
    out.push_back(kAbsent);
  }
}

std::optional<std::vector<OwnedValue>> decode_group(std::string_view group) {
  std::vector<OwnedValue> values;
  while (!group.empty() && group != std::string_view(&kOther, 1)) {
    if (!take_value(group, values.emplace_back())) {
      return std::nullopt;
    }
  }
  return values;
}

std::vector<OwnedValue> decode_group_beginning(std::string_view begin) {
  std::vector<OwnedValue> values;
  while (!begin.empty()) {
    OwnedValue value;
    const bool is_text = begin.front() == kText;
    const std::string_view from = begin;
    if (take_value(begin, value)) {
      values.push_back(std::move(value));
    } else if (is_text) {
      values.emplace_back(text_beginning(from.substr(1)));
      return values;
    } else {
      return values;
    }
  }
  return values;
}

std::string other_groups(std::string_view values) {
  return std::string(values).append(1, kOther);
}

std::string_view first_value(std::string_view group) {
  switch (group.front()) {
    case kNumber:
      return group.substr(0, 1 + kOrderedWordBytes);
    case kText:
      return group.substr(0, group.find(kTerminator) + kTerminator.size());
    default:
      return group.substr(0, 1);
  }
}

std::string window_key(const Window& window) {
  std::string key;
  for (const EventTime time : {window.start, window.end}) {
    append_ordered_word(static_cast<std::uint64_t>(to_micros(time)) ^ kSignBit, key);
  }
  return key;
}

std::optional<ViewCellKey> split_view_cell_key(std::string_view key) {
  const std::optional<std::uint64_t> start = take_ordered_word(key);
  const std::optional<std::uint64_t> end = take_ordered_word(key);
  if (!start || !end) {
    return std::nullopt;
  }
  const auto time = [](std::uint64_t word) {
    return event_time_from_micros(static_cast<std::int64_t>(word ^ kSignBit));
  };
  return ViewCellKey{.window = {.start = time(*start), .end = time(*end)}, .group = key};
}

}  // namespace hapax
