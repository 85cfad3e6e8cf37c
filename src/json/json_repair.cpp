// SPDX-License-Identifier: Apache-2.0
#include "json/json_repair.hpp"

#include <algorithm>
#include <cstdint>

#include "json/json_escape.hpp"

namespace hapax {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";
constexpr std::string_view kReplacementEscape = "\\ufffd";
constexpr std::string_view kWordEnds = "{}[],:\" \t\r\n";

struct Sequence {
  bool valid;
  std::size_t bytes;
};

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<std::uint8_t>(text[at]) : 0;
}

// The UTF-8 sequence at `at`, or its maximal subpart (Unicode table 3-7).
Sequence read_utf8(std::string_view text, std::size_t at) {
  const std::uint8_t lead = byte_at(text, at);
  if (lead < 0x80) {
    return {lead != 0, 1};
  }
  if (lead < 0xC2 || lead > 0xF4) {
    return {false, 1};
  }
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const std::uint8_t second_min = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t second_max = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  const std::uint8_t second = byte_at(text, at + 1);
  if (second < second_min || second > second_max) {
    return {false, 1};
  }
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, at + i) & 0xC0U) != 0x80) {
      return {false, i};
    }
  }
  return {true, length};
}

bool is_control(std::uint8_t byte) {
  return 0 < byte && byte < 0x20;
}

bool is_plain(char character) {
  const auto byte = static_cast<std::uint8_t>(character);
  return 0x20 <= byte && byte < 0x80 && character != '"' && character != '\\';
}

bool is_non_number(std::string_view word) {
  return word == "NaN" || word == "Infinity" || word == "+Infinity" || word == "-Infinity" ||
         word == "undefined";
}

void append_control_escape(std::uint8_t byte, std::string& to) {
  constexpr char kHex[] = "0123456789abcdef";
  to += "\\u00";
  to += kHex[byte >> 4U];
  to += kHex[byte & 0xFU];
}

class Repair {
 public:
  Repair(std::string_view json, std::string& to) : json_(json), to_(to) {}

  bool done() const { return at_ >= json_.size(); }
  std::size_t at() const { return at_; }
  bool found_non_number() const { return found_non_number_; }

  void step() {
    if (in_string_) {
      step_in_string();
    } else {
      step_outside();
    }
  }

 private:
  void step_in_string() {
    const char character = json_[at_];
    if (is_plain(character)) {
      const auto rest = json_.substr(at_);
      copy(static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_plain) -
                                    rest.begin()));
    } else if (character == '\\') {
      escape();
    } else if (character == '"') {
      in_string_ = false;
      copy(1);
    } else if (is_control(byte_at(json_, at_))) {
      append_control_escape(byte_at(json_, at_), to_);
      ++at_;
    } else {
      sequence();
    }
  }

  void step_outside() {
    if (kWordEnds.find(json_[at_]) == std::string_view::npos) {
      word();
      return;
    }
    in_string_ = json_[at_] == '"';
    copy(1);
  }

  void escape() {
    const JsonEscape escape = read_escape(json_, at_);
    if (escape.state == EscapeState::kValid) {
      copy(escape.bytes);
    } else if (escape.state == EscapeState::kReplaceable) {
      to_ += kReplacementEscape;
      at_ += escape.bytes;
    } else {
      // It stays invalid, also before a control character, whose escape would make it a valid one.
      copy(1);
      if (is_control(byte_at(json_, at_))) {
        to_ += kReplacement;
        ++at_;
      }
    }
  }

  void word() {
    const std::string_view rest = json_.substr(at_);
    const std::string_view word = rest.substr(0, rest.find_first_of(kWordEnds));
    if (is_non_number(word)) {
      found_non_number_ = true;
      to_ += "null";
      at_ += word.size();
      return;
    }
    while (!done() && kWordEnds.find(json_[at_]) == std::string_view::npos) {
      // A backslash hides a quote outside of strings too, as it does from the token index.
      const bool hides_next = json_[at_] == '\\';
      sequence();
      if (hides_next && !done()) {
        sequence();
      }
    }
  }

  void sequence() {
    const Sequence sequence = read_utf8(json_, at_);
    if (sequence.valid) {
      copy(sequence.bytes);
    } else {
      to_ += kReplacement;
      at_ += sequence.bytes;
    }
  }

  void copy(std::size_t bytes) {
    to_ += json_.substr(at_, bytes);
    at_ += bytes;
  }

  std::string_view json_;
  std::string& to_;
  std::size_t at_ = 0;
  bool in_string_ = false;
  bool found_non_number_ = false;
};

}  // namespace

bool append_repaired_json(std::string_view json, std::string& to) {
  Repair repair(json, to);
  while (!repair.done()) {
    repair.step();
  }
  return repair.found_non_number();
}

std::size_t offset_before_repair(std::string_view json, std::size_t offset) {
  std::string repaired;
  Repair repair(json, repaired);
  std::size_t at = 0;
  while (!repair.done()) {
    at = repair.at();
    const std::size_t before = repaired.size();
    repair.step();
    if (repaired.size() > offset) {
      return at + (offset - before);
    }
  }
  return json.size();
}

}  // namespace hapax
