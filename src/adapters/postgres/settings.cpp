// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/settings.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace hapax {
namespace {

using Options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

/// Nothing when it cannot be read. What libpq says of it then may quote a password.
Options parse(const std::string& connection) {
  return {PQconninfoParse(connection.c_str(), nullptr), &PQconninfoFree};
}

bool is_schema(std::string_view name) {
  constexpr std::size_t kNameBytesMax = 63;  // PostgreSQL cuts off what is behind them.
  const auto is_inner = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kNameBytesMax && (name[0] < '0' || name[0] > '9') &&
         !name.starts_with("pg_") && std::ranges::all_of(name, is_inner);
}

bool is_cluster(std::string_view name) {
  constexpr std::size_t kNameBytesMax = 200;
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

Result<void> check_postgres_settings(const PostgresSettings& settings) {
  if (!parse(settings.connection)) {
    return Error{ErrorKind::kInvalid, "the connection to PostgreSQL cannot be read",
                 "such as postgresql://user@host:5432/database, or host=... user=... dbname=..."};
  }
  if (!is_schema(settings.schema)) {
    return Error{ErrorKind::kInvalid, fmt::format("\"{}\" is no name of a schema", settings.schema),
                 "up to 63 of a-z, 0-9 and '_', no digit first, not pg_..."};
  }
  if (!is_cluster(settings.cluster)) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("\"{}\" is no name of a cluster", settings.cluster),
                 "up to 200 printable characters"};
  }
  return {};
}

std::string connection_option(const PostgresSettings& settings, const std::string& keyword) {
  const Options options = parse(settings.connection);
  for (const PQconninfoOption* at = options.get(); at != nullptr && at->keyword != nullptr; ++at) {
    if (at->keyword == keyword && at->val != nullptr) {
      return at->val;
    }
  }
  return "";
}

std::string place_of(const PostgresSettings& settings) {
  const std::string host = connection_option(settings, "host");
  const std::string port = connection_option(settings, "port");
  return fmt::format("schema {} of database {} at {}{}{}", settings.schema,
                     connection_option(settings, "dbname"),
                     host.empty() ? "the local socket" : host, port.empty() ? "" : ":", port);
}

}  // namespace hapax
