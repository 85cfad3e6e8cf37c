#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hapax {

/// `text` with %XX decoded; a '%' without two hex digits stays as it is.
std::string percent_decode(std::string_view text);

/// The decoded value of the first `name` in a query string, where '+' is a space; nothing when it
/// is absent.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

}  // namespace hapax
