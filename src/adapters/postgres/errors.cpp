// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/errors.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace hapax::postgres {
namespace {

struct Meaning {
  std::string_view state;  // What SQLSTATE begins with.
  ErrorKind kind;
  std::string_view hint;
};

// All others are kUnavailable: whatever they are, an operator may mend it, and then it goes on.
constexpr Meaning kMeanings[] = {
    {"53100", ErrorKind::kExhausted, "free space on the disk of PostgreSQL"},
    {"53200", ErrorKind::kExhausted, "PostgreSQL has no memory left"},
    {"53300", ErrorKind::kUnavailable,
     "PostgreSQL allows no more connections: see max_connections"},
    {"22", ErrorKind::kInvalid, ""},
    {"54", ErrorKind::kInvalid, ""},
    {"28", ErrorKind::kUnavailable, "see user and password, and PostgreSQL's pg_hba.conf"},
    {"3D000", ErrorKind::kUnavailable, "make the database; it is never made by Hapax"},
    {"42501", ErrorKind::kUnavailable, "docs/postgres.md says which rights are needed"},
    {"25006", ErrorKind::kUnavailable,
     "this server only reads: connect to the primary, such as with "
     "target_session_attrs=read-write"},
};

/// In one line.
std::string one_line(const char* message) {
  std::string text = message == nullptr ? "" : message;
  text.erase(text.find_last_not_of('\n') + 1);
  std::ranges::replace(text, '\n', ' ');
  return text.empty() ? "the connection was closed" : text;
}

}  // namespace

bool is_done(const PGresult& answer) {
  const ExecStatusType status = PQresultStatus(&answer);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

bool says_that_tables_are_gone(const PGresult& answer) {
  const char* state = PQresultErrorField(&answer, PG_DIAG_SQLSTATE);
  return state != nullptr &&
         (std::string_view(state) == "42P01" || std::string_view(state) == "3F000");
}

Error error_of(const std::string& what, const PGresult& answer, const PostgresSettings& settings) {
  Error error = unavailable(what, one_line(PQresultErrorMessage(&answer)), settings);
  const char* state = PQresultErrorField(&answer, PG_DIAG_SQLSTATE);
  for (const Meaning& meaning : kMeanings) {
    if (state != nullptr && std::string_view(state).starts_with(meaning.state)) {
      error.kind = meaning.kind;
      error.hint = meaning.hint;
      break;
    }
  }
  return error;
}

Error error_of(const std::string& what, const PGconn& connection,
               const PostgresSettings& settings) {
  return unavailable(what, one_line(PQerrorMessage(&connection)), settings);
}

Error unavailable(const std::string& what, const std::string& why,
                  const PostgresSettings& settings) {
  return Error{ErrorKind::kUnavailable,
               fmt::format("cannot {} in {}: {}", what, place_of(settings), why)};
}

}  // namespace hapax::postgres
