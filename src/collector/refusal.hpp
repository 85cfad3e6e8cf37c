// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace hapax {

/// Why a whole request is answered with an error; nothing of it was stored, or, after a failed
/// write, nobody knows.
struct Refusal {
  int status;                                            ///< HTTP.
  std::string_view code;                                 ///< Slug of docs/http-api.md, a literal.
  std::string message;                                   ///< For people.
  std::optional<std::chrono::seconds> retry_after = {};  ///< With 503.
};

template <typename T>
using OrRefusal = std::variant<T, Refusal>;

}  // namespace hapax
