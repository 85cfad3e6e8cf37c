// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace hapax {

/// A JSON object on one line, member by member. Members whose value is empty are left out.
class JsonLine {
 public:
  /// Bytes that are no UTF-8 are replaced by U+FFFD.
  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, std::uint64_t value);
  void time(std::string_view name, EventTime value);
  /// `value` is JSON itself. As it was sent, but for line ends between its tokens, which become
  /// spaces.
  void raw(std::string_view name, std::string_view value);
  void null(std::string_view name) { raw(name, "null"); }
  /// `value`, or null when it is empty.
  void text_or_null(std::string_view name, std::string_view value) {
    value.empty() ? null(name) : text(name, value);
  }
  void raw_or_null(std::string_view name, std::string_view value) {
    raw(name, value.empty() ? "null" : value);
  }

  std::string finish() && { return line_.empty() ? "{}" : std::move(line_) + "}"; }

 private:
  std::string line_;
};

}  // namespace hapax
