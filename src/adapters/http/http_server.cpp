// SPDX-License-Identifier: Apache-2.0
#include "adapters/http/http_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/http/loop.hpp"
#include "adapters/http/shared.hpp"

namespace hapax {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::chrono::milliseconds kAcceptRetry{100};
constexpr std::chrono::milliseconds kStopPoll{5};

/// What to do when an address cannot be had.
std::string bind_hint(boost::system::error_code error) {
  if (error == asio::error::access_denied) {
    return "ports below 1024 are for root: choose a higher one with --listen and put a proxy "
           "before "
           "it, or give the program the right (setcap cap_net_bind_service=+ep, "
           "AmbientCapabilities=CAP_NET_BIND_SERVICE of systemd)";
  }
  if (error == boost::system::errc::address_not_available) {
    return "use an address of this machine (ip address shows them)";
  }
  return "stop what uses the port, or choose another with --listen";
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpServerSettings settings, HttpHandler& handler, const Clock& clock)
      : shared_(std::make_shared<HttpShared>(std::move(settings), handler, clock)) {
    for (std::size_t i = 0; i < std::max<std::size_t>(1, shared_->settings.threads); ++i) {
      loops_.push_back(std::make_shared<Loop>(shared_));
    }
    acceptor_.emplace(loops_.front()->context());
    accept_timer_.emplace(loops_.front()->context());
  }

  Result<void> bind() {
    const auto& settings = shared_->settings;
    boost::system::error_code error;
    const auto address = asio::ip::make_address(settings.address, error);
    if (error) {
      return Error{
          .kind = ErrorKind::kInvalid,
          .message = fmt::format("cannot listen on \"{}\": not an IP address", settings.address),
          .hint = "use an address such as 127.0.0.1, 0.0.0.0 or ::1"};
    }
    error = listen(tcp::endpoint(address, settings.port));
    if (error) {
      return Error{.kind = ErrorKind::kUnavailable,
                   .message = fmt::format("cannot listen on {}:{}: {}", settings.address,
                                          settings.port, error.message()),
                   .hint = bind_hint(error)};
    }
    port_ = acceptor_->local_endpoint().port();
    return {};
  }

  void serve() {
    accept();
    for (const auto& loop : loops_) {
      loop->start();
    }
  }

  std::uint16_t port() const { return port_; }
  const HttpShared& shared() const { return *shared_; }

  void stop() {
    if (shared_->stopping.exchange(true)) {
      return;
    }
    loops_.front()->post([this] {
      boost::system::error_code ignored;
      acceptor_->close(ignored);
      accept_timer_->cancel();
    });
    const auto deadline = shared_->clock.monotonic() + shared_->settings.stop_timeout;
    while (shared_->connections > 0 && shared_->clock.monotonic() < deadline) {
      // Again and again: a connection may have been accepted or become idle since the last look.
      for (const auto& loop : loops_) {
        loop->stop_connections();
      }
      std::this_thread::sleep_for(kStopPoll);
    }
    for (const auto& loop : loops_) {
      loop->join();
    }
  }

 private:
  boost::system::error_code listen(const tcp::endpoint& endpoint) {
    boost::system::error_code error;
    acceptor_->open(endpoint.protocol(), error);
    if (!error) {
      acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
    }
    if (!error) {
      acceptor_->bind(endpoint, error);
    }
    if (!error) {
      acceptor_->listen(asio::socket_base::max_listen_connections, error);
    }
    return error;
  }

  void accept() {
    const auto& loop = loops_[next_loop_++ % loops_.size()];
    acceptor_->async_accept(loop->context(),
                            [this, &loop](boost::system::error_code error, tcp::socket socket) {
                              on_accept(loop, error, std::move(socket));
                            });
  }

  void on_accept(const std::shared_ptr<Loop>& loop, boost::system::error_code error,
                 tcp::socket socket) {
    if (error == asio::error::operation_aborted || shared_->stopping) {
      return;
    }
    if (error) {
      ++shared_->accepts_failed;
      retry_accept();
      return;
    }
    accept();  // First: an exception below must not end it.
    ++shared_->connections_accepted;
    if (shared_->connections >= shared_->settings.connections_limit) {
      ++shared_->connections_refused;  // Closing the socket is the answer that costs nothing.
    } else {
      Loop::adopt(loop, std::move(socket));
    }
  }

  /// Out of file descriptors, most likely: waits for connections to close.
  void retry_accept() {
    accept_timer_->expires_after(kAcceptRetry);
    accept_timer_->async_wait([this](boost::system::error_code error) {
      if (!error && !shared_->stopping) {
        accept();
      }
    });
  }

  const std::shared_ptr<HttpShared> shared_;
  std::vector<std::shared_ptr<Loop>> loops_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> accept_timer_;
  std::size_t next_loop_ = 0;
  std::uint16_t port_ = 0;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {  // NOLINT(bugprone-exception-escape): only without memory.
  stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::bind(HttpServerSettings settings,
                                                     HttpHandler& handler, const Clock& clock) {
  auto impl = std::make_unique<Impl>(std::move(settings), handler, clock);
  HAPAX_TRY(impl->bind());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

void HttpServer::serve() {
  impl_->serve();
}

std::uint16_t HttpServer::port() const {
  return impl_->port();
}

void HttpServer::stop() {
  impl_->stop();
}

HttpServerStats HttpServer::stats() const {
  const auto& shared = impl_->shared();
  auto [errors, error_last] = shared.errors();
  return {.connections = shared.connections,
          .connections_accepted = shared.connections_accepted,
          .connections_refused = shared.connections_refused,
          .connections_timed_out = shared.connections_timed_out,
          .accepts_failed = shared.accepts_failed,
          .requests = shared.requests,
          .requests_refused = shared.requests_refused,
          .body_bytes_in_flight = shared.body_bytes_in_flight,
          .streams_dropped = shared.streams_dropped,
          .errors = errors,
          .error_last = std::move(error_last)};
}

}  // namespace hapax
