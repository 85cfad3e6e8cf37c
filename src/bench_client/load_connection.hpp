// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench_client/request_source.hpp"
#include "bench_client/target.hpp"

namespace hapax::bench {

/// What came back for one request.
struct Reply {
  int status = 0;  ///< 0: the connection was lost before the answer.
  std::string body = {};
};

/// A keep-alive connection with at most one request under way, never blocking.
/// Threading: one owner.
class LoadConnection {
 public:
  /// Errors: see connect_to.
  static Result<LoadConnection> open(const Target& target);

  int descriptor() const { return socket_.descriptor(); }
  bool lost() const { return lost_; }

  /// Starts a request; its bytes must stay where they are until the reply.
  void send(RequestBytes request);

  /// To be called when the socket is ready: the reply, once it is complete.
  std::optional<Reply> on_ready();

 private:
  explicit LoadConnection(Socket socket) : socket_(std::move(socket)) {}

  void write();
  void read();
  std::optional<Reply> take_reply();

  Socket socket_;
  RequestBytes unsent_;
  std::string answer_;
  bool under_way_ = false;
  bool lost_ = false;
};

}  // namespace hapax::bench
