// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "access/caller.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "views/runtime/hourly_accounts.hpp"

namespace hapax {

/// What GET /api/views/{name}/accounts asks for.
struct AccountsQuery {
  static constexpr std::size_t kRowsDefault = 1'000;
  static constexpr std::size_t kRowsMax = 10'000;

  std::string from = {};  ///< Keys of rows, hour_key(), in [from, to).
  std::string to;
  std::optional<std::string> source = {};
  std::size_t rows_max = kRowsDefault;
  bool is_checked = false;  ///< All hours are added up, too.
};

/// Errors: kInvalid.
Result<AccountsQuery> parse_accounts_query(std::string_view query);

/// About what an answer occupies.
std::size_t accounts_bytes(const ViewBooks& books, const AccountsQuery& query);

/// The answer, with what a key of `scope` may read. Cost: with
/// `is_checked`, a read of all hours. Errors: kCorrupt; those of the store.
Result<std::string> accounts_json(const ViewBooks& books, const AccountsQuery& query,
                                  const ReadScope& scope, std::string_view name);

}  // namespace hapax
