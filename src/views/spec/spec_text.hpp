// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hapax {

/// The shortest text that reads back to `number`, which is finite; zero has no sign.
std::string number_text(double number);

/// `text` as a JSON string with its quotes.
std::string quoted_json(const std::string& text);

/// "a, b, c".
std::string joined(std::span<const std::string_view> words);

}  // namespace hapax
