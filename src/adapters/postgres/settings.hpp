// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "core/result.hpp"

namespace hapax {

/// Tables of PostgreSQL and how they are reached. What each is for an operator: docs/postgres.md.
struct PostgresSettings {
  std::string connection;         ///< "postgresql://user@host/database" or "host=... dbname=...".
  std::string schema = "hapax";   ///< Where the tables are.
  std::string cluster = "hapax";  ///< Whose they are; those of another one are left alone.
  std::chrono::milliseconds connect_timeout{5'000};
  /// So long may the server work on one statement, and wait for locks in it.
  std::chrono::milliseconds answer_timeout{120'000};
  /// So long does the server keep a transaction of whom it hears nothing.
  std::chrono::milliseconds idle_timeout{30'000};
  std::chrono::milliseconds retry_pause_min{100};    ///< Until a publisher connects again;
  std::chrono::milliseconds retry_pause_max{5'000};  ///< it doubles up to here.
  std::size_t piece_bytes = std::size_t{1} << 20U;   ///< Of rows that are sent at once, about.
  std::size_t piece_rows = 5'000;
  std::size_t connections_max = 4;  ///< Of a reader; more reads at once wait.
  std::size_t page_rows = 1'000;    ///< That a cursor reads at once.
};

/// Errors: kInvalid, a setting that cannot be right, and what it may be.
Result<void> check_postgres_settings(const PostgresSettings& settings);

/// What the connection says of one of libpq's keywords, such as "host"; empty: nothing.
std::string connection_option(const PostgresSettings& settings, const std::string& keyword);

/// "schema hapax of database d at host:port": for messages. Has no password.
std::string place_of(const PostgresSettings& settings);

}  // namespace hapax
