// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <libpq-fe.h>

#include "adapters/postgres/settings.hpp"
#include "core/result.hpp"

namespace hapax::postgres {

/// Whether it is the answer to a statement that was done.
bool is_done(const PGresult& answer);
/// Somebody removed them: who connects anew finds out, and makes them.
bool says_that_tables_are_gone(const PGresult& answer);

/// Why `what` failed, as the server says: "cannot `what` in schema s of ...: ERROR: ...".
Error error_of(const std::string& what, const PGresult& answer, const PostgresSettings& settings);
/// The same where there is no answer, but a connection.
Error error_of(const std::string& what, const PGconn& connection, const PostgresSettings& settings);
Error unavailable(const std::string& what, const std::string& why,
                  const PostgresSettings& settings);

}  // namespace hapax::postgres
