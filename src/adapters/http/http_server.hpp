// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "adapters/http/transfer_rate.hpp"
#include "core/result.hpp"
#include "http/http.hpp"
#include "ports/clock.hpp"

namespace hapax {

struct HttpServerSettings {
  std::string address = "127.0.0.1";  ///< Numeric IPv4 or IPv6.
  std::uint16_t port = 8080;          ///< 0: any free one.
  std::size_t threads = 1;
  std::size_t header_bytes_limit = 32U << 10U;
  std::size_t body_bytes_limit = 4U << 20U;
  /// All request bodies held at one time. A body counts by what has arrived and the room made for
  /// its next piece. Over it a request gets 503, also half way.
  std::size_t body_bytes_in_flight_limit = 256U << 20U;
  std::size_t connections_limit = 10'000;
  /// What may wait for a slow reader of a stream before it is disconnected.
  std::size_t stream_bytes_limit = 4U << 20U;
  /// What a request must come with, head and body, and an answer be taken with.
  TransferRate rate{.grace = std::chrono::seconds(10), .bytes_per_second_min = 1000};
  std::chrono::seconds idle_timeout{75};  ///< Between requests of a connection.
  std::chrono::seconds stop_timeout{10};  ///< For requests that the handler has.
  /// When stopping, for a client to send the rest of a request or to take an answer.
  std::chrono::milliseconds stop_client_timeout{1000};
  std::chrono::milliseconds sweep_interval{1000};  ///< How exactly these times are kept.
};

struct HttpServerStats {
  std::uint64_t connections = 0;  ///< Open now.
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  ///< Closed at once, at connections_limit.
  std::uint64_t connections_timed_out = 0;
  std::uint64_t accepts_failed = 0;  ///< Out of file descriptors, most likely.
  std::uint64_t requests = 0;
  std::uint64_t requests_refused = 0;  ///< By the server itself, before the handler saw them.
  std::uint64_t body_bytes_in_flight = 0;
  std::uint64_t streams_dropped = 0;  ///< Readers of streams that were too slow.
  std::uint64_t errors = 0;           ///< Exceptions that reached the server: bugs, or no memory.
  std::string error_last = {};        ///< What the last of them said.
};

/// HTTP/1.1 by Boost.Beast: keep-alive, pipelining, chunked bodies, `Expect: 100-continue`. One
/// io_context a thread, a connection stays on its own. Requests of a connection are answered one
/// after the other, so an answer can never go to another request (reliability row 44). An exception
/// ends its request (500, or 503 without memory) or its connection, never the server.
/// Lifetime: handler and clock must outlive the server. Streams and the handler's `respond`s may
/// outlive it, and then do nothing.
class HttpServer {
 public:
  /// Binds and listens: clients can connect, and wait for serve(). Errors: kInvalid, no such
  /// address; kUnavailable, it is in use.
  static Result<std::unique_ptr<HttpServer>> bind(HttpServerSettings settings, HttpHandler& handler,
                                                  const Clock& clock);
  /// Stops as stop() does.
  ~HttpServer();  // NOLINT(bugprone-exception-escape): only without memory.

  /// Starts the threads: from now on the handler is called. Once.
  void serve();

  /// The port in use.
  std::uint16_t port() const;

  /// Takes no more requests and closes everything, when those under way have had their time: what
  /// the handler answers may take up to stop_timeout, what a client does stop_client_timeout.
  void stop();

  HttpServerStats stats() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hapax
