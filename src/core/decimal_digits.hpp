// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace hapax {

/// `text` with the decimal digits of all scripts (Unicode 16, category Nd) as ASCII digits and
/// no-break spaces (U+00A0, U+202F) as spaces. What is no UTF-8 stays as it is.
std::string with_ascii_digits(std::string_view text);

}  // namespace hapax
