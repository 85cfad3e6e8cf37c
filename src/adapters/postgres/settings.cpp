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

/// Nothing, and why, when it cannot be read.
Options parse(const std::string& connection, std::string* why) {
  char* message = nullptr;
  Options options(PQconninfoParse(connection.c_str(), &message), &PQconninfoFree);
  if (message != nullptr) {
    if (why != nullptr) {
      *why = message;
      why->erase(why->find_last_not_of('\n') + 1);
    }
    PQfreemem(message);
  }
  return options;
}

std::string option(const PQconninfoOption* options, std::string_view keyword) {
  for (; options != nullptr && options->keyword != nullptr; ++options) {
    if (options->keyword == keyword && options->val != nullptr) {
      return options->val;
    }
  }
  return "";
}

bool is_schema(std::string_view name) {
  constexpr std::size_t kNameBytesMax = 63;  // PostgreSQL cuts off what is behind them.
  const auto is_inner = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kNameBytesMax && !(name[0] >= '0' && name[0] <= '9') &&
         !name.starts_with("pg_") && std::ranges::all_of(name, is_inner);
}

bool is_cluster(std::string_view name) {
  constexpr std::size_t kNameBytesMax = 200;
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

Result<void> check_postgres_settings(const PostgresSettings& settings) {
  std::string why;
  if (const Options options = parse(settings.connection, &why); !options) {
    // What libpq says may quote the text, and so a password.
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

std::string place_of(const PostgresSettings& settings) {
  const Options options = parse(settings.connection, nullptr);
  const std::string host = option(options.get(), "host");
  const std::string port = option(options.get(), "port");
  return fmt::format("schema {} of database {} at {}{}{}", settings.schema,
                     option(options.get(), "dbname"), host.empty() ? "the local socket" : host,
                     port.empty() ? "" : ":", port);
}

}  // namespace hapax
