// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace hapax {

/// `text` with %XX decoded; a '%' without two hex digits stays as it is.
std::string percent_decode(std::string_view text);

/// The decoded value of the first `name` in a query string, where '+' is a space; nothing when it
/// is absent.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);
/// The same for a name in any case of its ASCII letters.
std::optional<std::string> query_parameter_any_case(std::string_view query, std::string_view name);

/// All of a query string, decoded, in order.
struct QueryParameter {
  std::string name;
  std::string value;
};
std::vector<QueryParameter> query_parameters(std::string_view query);

/// A whole number from 1 to `most`, in digits alone; nothing when `text` is none.
std::optional<std::size_t> parse_count(std::string_view text, std::size_t most);

/// Whether a query string has parameters of these names only: one that was mistyped, and ignored,
/// would be answered with something else than what was asked for. Errors: kInvalid, naming the
/// first that is unknown, and the known one that it is like.
Result<void> check_parameters(std::string_view query, std::span<const std::string_view> known);

}  // namespace hapax
