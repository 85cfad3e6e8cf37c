// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace hapax {

/// The parts of an HTTP request that our routes look at. Header values are empty when absent.
struct HttpRequest {
  std::string method;  ///< Upper case.
  std::string path;    ///< Before '?', as sent.
  std::string query;   ///< After '?', as sent.
  std::string host;
  std::string peer;             ///< Address of who connected: the client, or the last proxy.
  std::string forwarded_proto;  ///< X-Forwarded-Proto.
  bool is_forwarded = false;    ///< A header says that it came through a proxy.
  std::string write_key;        ///< X-Write-Key.
  std::string accept;
  std::string accept_encoding;
  std::string authorization;
  std::string content_encoding;
  std::string last_event_id;  ///< Last-Event-ID.
  std::string if_match;
  std::string if_none_match;
  bool is_retry = false;  ///< X-Retry-Count, Rsa-Retry-Attempt or Rsa-Recovered says so.
  std::string origin;
  std::string sec_fetch_site;              ///< Sec-Fetch-Site: what a browser says of who asks.
  std::string cookie;                      ///< Of several headers all, as if they were one.
  std::string preflight_headers;           ///< Access-Control-Request-Headers.
  bool preflight_private_network = false;  ///< Access-Control-Request-Private-Network: true.
  std::string body;
};

/// A response body that is written piece by piece (server-sent events). Who writes the next piece
/// when the last one has drained never has more than one waiting, however slow the client is.
/// Threading: all calls may run at the same time. Ownership: the server keeps the stream as long as
/// the client is connected, and with it the callback of on_drained(); a writer holds it weakly.
class HttpStream {
 public:
  /// Streams may share a piece.
  using Piece = std::shared_ptr<const std::string>;

  virtual ~HttpStream() = default;

  /// Queues `pieces`, to be sent together. False when the client is gone or too slow: nothing more
  /// will be sent, and the connection is being closed.
  virtual bool write_all(std::span<const Piece> pieces) = 0;
  bool write(const Piece& piece) { return write_all({&piece, 1}); }

  /// Runs `drained`, on a server thread, each time that all queued pieces went to the operating
  /// system. Set once, before the first write. Must not block.
  virtual void on_drained(std::function<void()> drained) = 0;

  /// Closes the connection, because the client is too slow.
  virtual void disconnect() = 0;

  /// Closes the connection once all queued pieces went to the operating system. Nothing more is
  /// written.
  virtual void end() = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  /// Set: `body` is only the first piece, and the stream is handed over after it. Called once, on
  /// a server thread. The stream stays open until a write fails or the server stops.
  std::function<void(std::shared_ptr<HttpStream>)> on_stream = {};
  /// What the answer occupies of a limit; the server lets it go when the answer was sent, or cannot
  /// be.
  std::shared_ptr<const void> held = {};
};

/// Why the server itself refuses a request (malformed, too large, overloaded, failed).
struct HttpRefusal {
  int status = 400;
  std::string code;         ///< For programs, such as "overloaded".
  std::string message;      ///< For people.
  std::string origin = {};  ///< Of the request, as far as it was read.
};

/// What the HTTP server asks for every well-formed request.
class HttpHandler {
 public:
  using Respond = std::function<void(HttpResponse)>;

  virtual ~HttpHandler() = default;

  /// Calls `respond` once, now or later, on any thread; calls after the first are ignored, and all
  /// of them once the server has stopped. Must not block. When it throws, the server answers.
  virtual void handle(HttpRequest request, Respond respond) = 0;

  /// The answer to a request that handle() does not see or has failed on.
  virtual HttpResponse refuse(const HttpRefusal& refusal) = 0;
};

}  // namespace hapax
