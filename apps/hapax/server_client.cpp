// SPDX-License-Identifier: Apache-2.0
#include "server_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <utility>

#include "config/load.hpp"

namespace hapax {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using ErrorCode = boost::system::error_code;

constexpr auto kTimeout = std::chrono::seconds(10);
/// Room for the specs of all views.
constexpr std::uint64_t kAnswerBytesMax = 16U << 20U;

std::string without_brackets(const std::string& host) {
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

std::string authority_of(const ServerAddress& server) {
  const bool is_v6 = server.host.find(':') != std::string::npos;
  return fmt::format("{}:{}", is_v6 ? "[" + server.host + "]" : server.host, server.port);
}

http::request<http::string_body> make_request(const ServerAddress& server,
                                              const std::string& method, const std::string& target,
                                              std::string body) {
  http::request<http::string_body> request;
  request.version(11);
  request.method_string(method);
  request.target(target);
  request.set(http::field::host, authority_of(server));
  request.set(http::field::connection, "close");
  if (!server.key.empty()) {
    request.set(http::field::authorization, "Bearer " + server.key);
  }
  if (!body.empty()) {
    request.set(http::field::content_type, "application/json");
  }
  request.body() = std::move(body);
  request.prepare_payload();
  return request;
}

/// Connects, sends, reads, one after the other; each is begun by the end of the one before.
class Exchange {
 public:
  Exchange(const ServerAddress& server, http::request<http::string_body> request)
      : server_(server), request_(std::move(request)) {
    parser_.body_limit(kAnswerBytesMax);
  }

  ErrorCode run() {
    asio::ip::tcp::resolver resolver(context_);
    const auto found = resolver.resolve(server_.host, server_.port, error_);
    if (!error_) {
      stream_.expires_after(kTimeout);
      stream_.async_connect(found, [this](ErrorCode error, const auto& /*where*/) { send(error); });
      context_.run();
    }
    return error_;
  }
  ServerAnswer answer() {
    return {static_cast<int>(parser_.get().result_int()), std::move(parser_.get().body())};
  }

 private:
  void send(ErrorCode error) {
    error_ = error;
    if (error_) {
      return;
    }
    http::async_write(stream_, request_,
                      [this](ErrorCode failed, std::size_t /*bytes*/) { read(failed); });
  }
  void read(ErrorCode error) {
    error_ = error;
    if (error_) {
      return;
    }
    http::async_read(stream_, buffer_, parser_,
                     [this](ErrorCode failed, std::size_t /*bytes*/) { error_ = failed; });
  }

  const ServerAddress& server_;
  asio::io_context context_;
  beast::tcp_stream stream_{context_};
  http::request<http::string_body> request_;
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
  ErrorCode error_;
};

}  // namespace

Result<ServerAddress> parse_url(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  const Error unreadable{.kind = ErrorKind::kInvalid,
                         .message = fmt::format("\"{}\" is not a server's address", url),
                         .hint = "write it as http://127.0.0.1:8080"};
  if (!url.starts_with(kScheme)) {
    return unreadable;
  }
  url.remove_prefix(kScheme.size());
  url.remove_suffix(url.ends_with('/') ? 1 : 0);
  const auto colon = url.ends_with(']') ? std::string_view::npos : url.rfind(':');
  ServerAddress server{.host = without_brackets(std::string(url.substr(0, colon)))};
  if (colon != std::string_view::npos) {
    server.port = url.substr(colon + 1);
  }
  const auto is_digit = [](char c) { return '0' <= c && c <= '9'; };
  const bool is_port = !server.port.empty() && std::ranges::all_of(server.port, is_digit);
  if (server.host.empty() || server.host.find('/') != std::string::npos || !is_port) {
    return unreadable;
  }
  return server;
}

Result<ServerAddress> address_of(std::string_view listen) {
  HAPAX_ASSIGN(const ListenAddress parsed, parse_listen(listen));
  if (parsed.port == 0) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("http.listen = \"{}\" does not say the port", listen),
                 .hint = "say where the server is: --url http://127.0.0.1:8080"};
  }
  const bool is_any = parsed.address == "0.0.0.0" || parsed.address == "::";
  return ServerAddress{.host = is_any ? "localhost" : parsed.address,
                       .port = std::to_string(parsed.port)};
}

Result<ServerAnswer> ask_server(const ServerAddress& server, const std::string& method,
                                const std::string& target, std::string body) {
  Exchange exchange(server, make_request(server, method, target, std::move(body)));
  if (const ErrorCode error = exchange.run()) {
    return Error{.kind = ErrorKind::kUnavailable,
                 .message = fmt::format("no answer from http://{}: {}", authority_of(server),
                                        error.message()),
                 .hint = "is the server running? --url says where it is"};
  }
  return exchange.answer();
}

}  // namespace hapax
