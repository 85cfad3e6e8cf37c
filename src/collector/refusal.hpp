#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace hapax {

/// Why a whole request is answered with an error; nothing of it was stored.
struct Refusal {
  int status;             ///< HTTP.
  std::string_view code;  ///< Slug of docs/http-api.md, a literal.
  std::string message;    ///< For people.
};

template <typename T>
using OrRefusal = std::variant<T, Refusal>;

}  // namespace hapax
