// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hapax {

enum class EscapeState : std::uint8_t {
  kValid,
  kReplaceable,  ///< Well-formed, but \u0000 or half of a surrogate pair, which others cannot
                 ///< store.
  kInvalid,
};

struct JsonEscape {
  EscapeState state;
  std::size_t bytes;  ///< Of the text; of an invalid one as much of it as is understood.
};

/// The escape at `at` of `text`, where a backslash is; both halves of a surrogate pair are one.
JsonEscape read_escape(std::string_view text, std::size_t at);

/// True when all backslash escapes of a JSON string's inside are valid, none of them replaceable.
bool has_valid_escapes(std::string_view inside);

}  // namespace hapax
