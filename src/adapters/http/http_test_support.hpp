// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/http/http_server.hpp"
#include "core/mutex.hpp"
#include "testing/still_clock.hpp"

namespace hapax {

/// Answers "<path>:<body>", but: /peer who asks, /large kLargeBytes, /hold waits for release(),
/// /stream opens one, /twice responds at once and at release(), /throw and /no-memory throw.
class EchoHandler : public HttpHandler {
 public:
  /// More than the system buffers between server and client.
  static constexpr std::size_t kLargeBytes = 32U << 20U;

  void handle(HttpRequest request, Respond respond) override {
    HttpResponse answer{.body = request.path + ":" + request.body};
    const MutexLock lock(mutex_);
    if (request.path == "/hold") {
      held_.emplace_back(std::move(respond), std::move(answer));
      arrived_.notify_all();
      return;
    }
    if (request.path == "/peer") {
      answer.body = request.peer;
    } else if (request.path == "/large") {
      answer.body.assign(kLargeBytes, 'x');
    } else if (request.path == "/stream") {
      answer.on_stream = [this](std::shared_ptr<HttpStream> stream) { take(std::move(stream)); };
    } else if (request.path == "/throw") {
      throw std::runtime_error("no such thing");
    } else if (request.path == "/no-memory") {
      throw std::bad_alloc();
    } else if (request.path == "/twice") {
      held_.emplace_back(respond, answer);
      arrived_.notify_all();
    }
    respond(std::move(answer));
  }

  HttpResponse refuse(const HttpRefusal& refusal) override {
    return {.status = refusal.status,
            .body = refusal.code,
            .headers = {{"X-Origin", refusal.origin}, {"X-Message", refusal.message}}};
  }

  void wait_until_held(std::size_t count) {
    const MutexLock lock(mutex_);
    arrived_.wait(mutex_, [&]() HAPAX_REQUIRES(mutex_) { return held_.size() >= count; });
  }

  void release() {
    const MutexLock lock(mutex_);
    for (auto& [respond, answer] : held_) {
      respond(std::move(answer));
    }
    held_.clear();
  }

  std::shared_ptr<HttpStream> wait_for_stream() {
    const MutexLock lock(mutex_);
    arrived_.wait(mutex_, [&]() HAPAX_REQUIRES(mutex_) { return stream_ != nullptr; });
    return std::exchange(stream_, nullptr);
  }

  /// From now on whoever gets a stream throws.
  void fail_streams() {
    const MutexLock lock(mutex_);
    streams_fail_ = true;
  }

  bool has_stream() {
    const MutexLock lock(mutex_);
    return stream_ != nullptr;
  }

 private:
  void take(std::shared_ptr<HttpStream> stream) {
    const MutexLock lock(mutex_);
    if (streams_fail_) {
      throw std::runtime_error("no such stream");
    }
    stream_ = std::move(stream);
    arrived_.notify_all();
  }

  Mutex mutex_;
  CondVar arrived_;
  std::vector<std::pair<Respond, HttpResponse>> held_ HAPAX_GUARDED_BY(mutex_);
  std::shared_ptr<HttpStream> stream_ HAPAX_GUARDED_BY(mutex_);
  bool streams_fail_ HAPAX_GUARDED_BY(mutex_) = false;
};

/// A raw socket: sends any bytes, reads answers one by one.
class HttpTestClient {
 public:
  HttpTestClient() : socket_(context_) { socket_.open(boost::asio::ip::tcp::v4()); }
  explicit HttpTestClient(std::uint16_t port) : HttpTestClient() { connect(port); }

  void connect(std::uint16_t port) {
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  }

  void send(const std::string& bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }

  /// Sends to a server that may close the connection meanwhile.
  void try_send(const std::string& bytes) {
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(bytes), ignored);
  }

  /// Status line and headers of the next answer; empty when the server closed the connection.
  std::string receive_head() {
    boost::system::error_code error;
    const auto bytes =
        boost::asio::read_until(socket_, boost::asio::dynamic_buffer(input_), "\r\n\r\n", error);
    std::string head = error ? "" : input_.substr(0, bytes);
    input_.erase(0, head.size());
    return head;
  }

  /// Status code and body of the next answer; status 0 when the server closed the connection.
  std::pair<int, std::string> receive() {
    const std::string head = receive_head();
    if (head.empty()) {
      return {0, ""};
    }
    const auto length_at = head.find("Content-Length: ");
    const std::size_t length =
        length_at == std::string::npos ? 0 : std::stoul(head.substr(length_at + 16));
    return {std::stoi(head.substr(9, 3)), receive_bytes(length)};
  }

  std::string receive_bytes(std::size_t count) {
    if (input_.size() < count) {
      boost::system::error_code ignored;  // Fewer when the server closed the connection.
      boost::asio::read(socket_, boost::asio::dynamic_buffer(input_),
                        boost::asio::transfer_exactly(count - input_.size()), ignored);
    }
    auto bytes = input_.substr(0, count);
    input_.erase(0, count);
    return bytes;
  }

  /// Waits for the end; false when there are more bytes before it, or when nothing comes at all.
  bool closed_by_server() {
    constexpr int kNeverMs = 10'000;
    pollfd readable{.fd = socket_.native_handle(), .events = POLLIN, .revents = 0};
    if (poll(&readable, 1, kNeverMs) == 0) {
      return false;
    }
    char byte = 0;
    boost::system::error_code error;
    boost::asio::read(socket_, boost::asio::buffer(&byte, 1), error);
    return static_cast<bool>(error) && input_.empty();
  }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
  std::string input_;
};

inline HttpStream::Piece stream_piece(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

inline std::string post_request(const std::string& path, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

/// Waits for what another thread brings about.
template <typename Condition>
void wait_until(Condition condition) {
  while (!condition()) {
    std::this_thread::yield();
  }
}

/// A clock that knows how often the server looked at it: once a sweep, and while it stops.
class WatchedClock : public StillClock {
 public:
  std::chrono::nanoseconds monotonic() const override {
    ++looks_;
    return StillClock::monotonic();
  }
  std::uint64_t looks() const { return looks_; }

 private:
  mutable std::atomic<std::uint64_t> looks_{0};
};

/// Time stands unless a test moves it; what is due then happens within milliseconds.
class HttpServerFixture : public testing::Test {
 protected:
  void start(HttpServerSettings settings = {}) {
    bind(std::move(settings));
    server_->serve();
  }

  void bind(HttpServerSettings settings = {}) {
    settings.port = 0;
    settings.sweep_interval = std::chrono::milliseconds(1);
    auto server = HttpServer::bind(std::move(settings), handler_, clock_);
    ASSERT_TRUE(server) << server.error().text();
    server_ = std::move(server).value();
  }

  /// What one connection that sends `bytes` gets for an answer.
  std::pair<int, std::string> answer_to(const std::string& bytes) {
    HttpTestClient client(server_->port());
    client.send(bytes);
    return client.receive();
  }

  /// Waits until the server, on one thread, has seen what clients have done so far: their bytes
  /// are there before those of this request.
  void settle() {
    HttpTestClient client(server_->port());
    client.send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ASSERT_EQ(client.receive().first, 200);
    ASSERT_TRUE(client.closed_by_server());
  }

  /// Lets time pass between what clients have done so far and what they do next.
  void pass(std::chrono::nanoseconds time) {
    settle();
    clock_.advance(time);
    const auto looks = clock_.looks();
    wait_until([&] { return clock_.looks() >= looks + 2; });
    settle();
  }

  WatchedClock clock_;
  EchoHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace hapax
