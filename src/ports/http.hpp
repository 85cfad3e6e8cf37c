#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hapax {

/// The parts of an HTTP request that our routes look at. Header values are empty when absent.
struct HttpRequest {
  std::string method;  ///< Upper case.
  std::string path;    ///< Before '?', as sent.
  std::string query;   ///< After '?', as sent.
  std::string authorization;
  std::string content_encoding;
  std::string origin;
  std::string preflight_headers;           ///< Access-Control-Request-Headers.
  bool preflight_private_network = false;  ///< Access-Control-Request-Private-Network: true.
  std::string body;
};

/// A response body that is written piece by piece (server-sent events).
/// Threading: all calls may run at the same time.
class HttpStream {
 public:
  virtual ~HttpStream() = default;

  /// Queues `piece`. False when the client is gone or too slow: nothing more will be sent, and the
  /// connection is being closed.
  virtual bool write(std::string piece) = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  /// Set: `body` is only the first piece, and the stream is handed over after it. Called once, on
  /// a server thread. The stream stays open until a write fails or the server stops.
  std::function<void(std::shared_ptr<HttpStream>)> on_stream = {};
};

/// What the HTTP server asks for every well-formed request.
class HttpHandler {
 public:
  using Respond = std::function<void(HttpResponse)>;

  virtual ~HttpHandler() = default;

  /// Calls `respond` exactly once, now or later, on any thread. Must not block.
  virtual void handle(HttpRequest request, Respond respond) = 0;

  /// The answer to a request the server itself refuses (malformed, too large, overloaded).
  virtual HttpResponse refuse(int status, const std::string& code, const std::string& message) = 0;
};

}  // namespace hapax
