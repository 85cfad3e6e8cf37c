// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace hapax {

/// Takes an object apart that is known to be valid JSON. Keys are as they are written.
class JsonFields {
 public:
  struct Field {
    std::string_view key;   ///< With its quotes.
    std::string_view text;  ///< Key, colon and value.
  };

  explicit JsonFields(std::string_view object) : text_(object) {}

  std::optional<Field> next();

 private:
  std::size_t string_end(std::size_t at) const;
  std::size_t value_end(std::size_t at) const;

  std::string_view text_;
  std::size_t at_ = 0;
};

/// The value of the last member `key`, which is without quotes and escapes, of a valid object, or
/// nothing. Empty when it has none, or is no object.
std::string_view json_member(std::string_view object, std::string_view key);

/// What a string says, if it has no escapes; empty for any other value.
std::string_view plain_json_string(std::string_view value);

}  // namespace hapax
