// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace hapax {

struct JsonNumber {
  std::optional<double> value;  ///< Nothing when it is too large, or no number.
  bool is_rounded = false;      ///< A whole number, without fraction or exponent, beyond 2^53.
  bool is_too_large = false;    ///< No double holds it.
};

/// The double nearest to a number of JSON, ties to even; one that is too small becomes zero, and
/// zero has no sign.
JsonNumber read_json_number(std::string_view text);

}  // namespace hapax
