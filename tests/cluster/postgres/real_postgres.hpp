// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "adapters/postgres/postgres_view_reader.hpp"
#include "adapters/postgres/postgres_view_store.hpp"
#include "adapters/postgres/settings.hpp"

namespace hapax {

/// The server that `tests/cluster/postgres/server run` started for this program.
class RealPostgres {
 public:
  RealPostgres();
  /// Removes its schema.
  ~RealPostgres();
  RealPostgres(const RealPostgres&) = delete;
  RealPostgres& operator=(const RealPostgres&) = delete;

  /// Of a schema that is not there yet. Tests may change them.
  PostgresSettings& settings() { return settings_; }
  /// A test that cannot open one ends at once.
  std::unique_ptr<PostgresViewStore> open_store() const;
  std::unique_ptr<PostgresViewReader> open_reader() const;

  /// Where its socket is.
  std::string socket_folder() const { return folder_ + "/data"; }
  /// Of a connection as the one who may do all.
  const std::string& admin() const { return admin_; }
  /// Runs it, "@" for the schema. The first field of the first row, if there is one; ends the test
  /// with what the server says when it fails.
  std::string sql(const std::string& text) const;

  /// All of its processes at once, as kill -9 does; returns when they are gone.
  void kill();
  /// Starts it again on what it had; returns when it takes connections.
  void start();
  /// It stands still, and its connections with it.
  void pause();
  void resume();

 private:
  std::vector<pid_t> processes() const;
  void signal(int number) const;

  const std::string script_;
  const std::string folder_;
  const std::string admin_;
  PostgresSettings settings_;
};

/// The machine's, for tests that need no other.
Random& real_random();

}  // namespace hapax
