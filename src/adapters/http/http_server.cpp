#include "adapters/http/http_server.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/http/connection.hpp"
#include "adapters/http/shared.hpp"

namespace hapax {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::chrono::seconds kSweepInterval{1};
constexpr std::chrono::milliseconds kAcceptRetry{100};
constexpr std::chrono::milliseconds kStopPoll{5};

/// One thread with its io_context and the connections that live on it.
class Loop {
 public:
  explicit Loop(HttpShared& shared) : shared_(shared), timer_(context_) {}

  asio::io_context& context() { return context_; }

  void start() {
    sweep();
    thread_ = std::thread([this] { context_.run(); });
  }

  /// Takes over an accepted socket of this loop's context. Any thread.
  void adopt(tcp::socket socket) {
    auto connection = std::make_shared<Connection>(std::move(socket), shared_);
    asio::post(context_, [this, connection = std::move(connection)] {
      connections_.push_back(connection);
      connection->start();
    });
  }

  void stop_connections() {
    for_each_connection([](Connection& connection) { connection.stop(); });
  }

  void close_connections() {
    for_each_connection([](Connection& connection) { connection.close(); });
  }

  void join() {
    context_.stop();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  void for_each_connection(std::function<void(Connection&)> visit) {
    asio::post(context_, [this, visit = std::move(visit)] {
      for (const auto& weak : connections_) {
        if (const auto connection = weak.lock()) {
          visit(*connection);
        }
      }
    });
  }

  void sweep() {
    timer_.expires_after(kSweepInterval);
    timer_.async_wait([this](boost::system::error_code error) {
      if (error) {
        return;
      }
      const auto now = std::chrono::steady_clock::now();
      connections_.remove_if([now](const std::weak_ptr<Connection>& weak) {
        const auto connection = weak.lock();
        if (connection) {
          connection->enforce_deadline(now);
        }
        return connection == nullptr;
      });
      sweep();
    });
  }

  HttpShared& shared_;
  asio::io_context context_{1};
  asio::steady_timer timer_;
  std::list<std::weak_ptr<Connection>> connections_;
  std::thread thread_;
};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpServerSettings settings, HttpHandler& handler)
      : shared_{.settings = std::move(settings), .handler = handler} {
    for (std::size_t i = 0; i < std::max<std::size_t>(1, shared_.settings.threads); ++i) {
      loops_.push_back(std::make_unique<Loop>(shared_));
    }
    acceptor_.emplace(loops_.front()->context());
    accept_timer_.emplace(loops_.front()->context());
  }

  Result<void> start() {
    HAPAX_TRY(bind());
    accept();
    for (const auto& loop : loops_) {
      loop->start();
    }
    return {};
  }

  std::uint16_t port() const { return port_; }
  const HttpShared& shared() const { return shared_; }

  void stop() {
    if (shared_.stopping.exchange(true)) {
      return;
    }
    asio::post(loops_.front()->context(), [this] {
      boost::system::error_code ignored;
      acceptor_->close(ignored);
    });
    const auto deadline = std::chrono::steady_clock::now() + shared_.settings.stop_timeout;
    while (shared_.connections > 0 && std::chrono::steady_clock::now() < deadline) {
      // Again and again: a connection may have been accepted or become idle since the last look.
      for (const auto& loop : loops_) {
        loop->stop_connections();
      }
      std::this_thread::sleep_for(kStopPoll);
    }
    for (const auto& loop : loops_) {
      loop->close_connections();
      loop->join();
    }
  }

 private:
  Result<void> bind() {
    const auto& settings = shared_.settings;
    boost::system::error_code error;
    const auto address = asio::ip::make_address(settings.address, error);
    if (error) {
      return Error{
          .kind = ErrorKind::kInvalid,
          .message = fmt::format("cannot listen on \"{}\": not an IP address", settings.address),
          .hint = "use an address such as 127.0.0.1, 0.0.0.0 or ::1"};
    }
    const tcp::endpoint endpoint(address, settings.port);
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
    if (error) {
      return Error{.kind = ErrorKind::kUnavailable,
                   .message = fmt::format("cannot listen on {}:{}: {}", settings.address,
                                          settings.port, error.message()),
                   .hint = "stop what uses the port, or choose another with --listen"};
    }
    port_ = acceptor_->local_endpoint().port();
    return {};
  }

  void accept() {
    auto& loop = *loops_[next_loop_++ % loops_.size()];
    acceptor_->async_accept(loop.context(),
                            [this, &loop](boost::system::error_code error, tcp::socket socket) {
                              on_accept(loop, error, std::move(socket));
                            });
  }

  void on_accept(Loop& loop, boost::system::error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || shared_.stopping) {
      return;
    }
    if (error) {
      // Out of file descriptors, most likely: wait for connections to close.
      accept_timer_->expires_after(kAcceptRetry);
      accept_timer_->async_wait([this](boost::system::error_code timer_error) {
        if (!timer_error) {
          accept();
        }
      });
      return;
    }
    ++shared_.connections_accepted;
    if (shared_.connections >= shared_.settings.connections_limit) {
      ++shared_.requests_refused;  // Closing the socket is the answer that costs nothing.
    } else {
      loop.adopt(std::move(socket));
    }
    accept();
  }

  HttpShared shared_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> accept_timer_;
  std::size_t next_loop_ = 0;
  std::uint16_t port_ = 0;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
  stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerSettings settings,
                                                      HttpHandler& handler) {
  auto impl = std::make_unique<Impl>(std::move(settings), handler);
  HAPAX_TRY(impl->start());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port() const {
  return impl_->port();
}

void HttpServer::stop() {
  impl_->stop();
}

HttpServerStats HttpServer::stats() const {
  const auto& shared = impl_->shared();
  return {.connections = shared.connections,
          .connections_accepted = shared.connections_accepted,
          .connections_timed_out = shared.connections_timed_out,
          .requests = shared.requests,
          .requests_refused = shared.requests_refused,
          .body_bytes_in_flight = shared.body_bytes_in_flight,
          .streams_dropped = shared.streams_dropped};
}

}  // namespace hapax
