// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <optional>
#include <string>
#include <thread>

#include "core/mutex.hpp"
#include "testing/temporary_directory.hpp"

namespace hapax {

/// The way from clients to a PostgreSQL, by a socket in a folder of its own, on which the next
/// COMMIT can meet with an accident.
/// Threading: one owner, beside the thread that passes everything on.
class CutWay {
 public:
  enum class Accident {
    kCommitLost,  ///< It does not reach the server, and the connection ends.
    kAnswerLost,  ///< It does and is done; the client is not told, and the connection ends.
  };

  explicit CutWay(const std::string& server_folder);
  ~CutWay();
  CutWay(const CutWay&) = delete;
  CutWay& operator=(const CutWay&) = delete;

  /// The "host" of a connection.
  const std::string& folder() const { return folder_.path(); }
  /// Happens once.
  void plan(Accident accident);
  bool has_happened();

 private:
  struct Connection {
    int client;
    int server;
    bool answers_are_lost = false;
    std::string lost = {};
  };

  void run(const std::stop_token& stop);
  void accept_one() HAPAX_REQUIRES(mutex_);
  /// False when the connection is over.
  bool take_from_client(Connection& connection) HAPAX_REQUIRES(mutex_);
  bool take_from_server(Connection& connection) HAPAX_REQUIRES(mutex_);

  const std::string server_folder_;
  const TemporaryDirectory folder_;
  int listener_ = -1;
  Mutex mutex_;
  std::optional<Accident> planned_ HAPAX_GUARDED_BY(mutex_);
  std::list<Connection> connections_ HAPAX_GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace hapax
