#include "adapters/http/http_server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace hapax {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Answers "<path>:<body>"; holds back what arrives at /hold until release().
class EchoHandler : public HttpHandler {
 public:
  void handle(HttpRequest request, Respond respond) override {
    HttpResponse answer{.body = request.path + ":" + request.body};
    const std::lock_guard lock(mutex_);
    if (request.path == "/hold") {
      held_.emplace_back(std::move(respond), std::move(answer));
      arrived_.notify_all();
    } else if (request.path == "/stream") {
      answer.on_stream = [this](std::shared_ptr<HttpStream> stream) {
        const std::lock_guard stream_lock(mutex_);
        stream_ = std::move(stream);
        arrived_.notify_all();
      };
      respond(std::move(answer));
    } else {
      respond(std::move(answer));
    }
  }

  HttpResponse refuse(int status, const std::string& code, const std::string&) override {
    return {.status = status, .body = code};
  }

  void wait_until_held(std::size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return held_.size() >= count; });
  }

  void release() {
    const std::lock_guard lock(mutex_);
    for (auto& [respond, answer] : held_) {
      respond(std::move(answer));
    }
    held_.clear();
  }

  std::shared_ptr<HttpStream> wait_for_stream() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return stream_ != nullptr; });
    return std::exchange(stream_, nullptr);
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::pair<Respond, HttpResponse>> held_;
  std::shared_ptr<HttpStream> stream_;
};

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(context_) {
    socket_.connect(tcp::endpoint(asio::ip::make_address("127.0.0.1"), port));
  }

  void send(const std::string& bytes) { asio::write(socket_, asio::buffer(bytes)); }

  /// Status code and body of the next answer; status 0 when the server closed the connection.
  std::pair<int, std::string> receive() {
    boost::system::error_code error;
    const auto head_bytes =
        asio::read_until(socket_, asio::dynamic_buffer(input_), "\r\n\r\n", error);
    if (error) {
      return {0, ""};
    }
    const std::string head = input_.substr(0, head_bytes);
    input_.erase(0, head_bytes);
    const auto length_at = head.find("Content-Length: ");
    const std::size_t length =
        length_at == std::string::npos ? 0 : std::stoul(head.substr(length_at + 16));
    if (input_.size() < length) {
      asio::read(socket_, asio::dynamic_buffer(input_),
                 asio::transfer_exactly(length - input_.size()));
    }
    const auto body = input_.substr(0, length);
    input_.erase(0, length);
    return {std::stoi(head.substr(9, 3)), body};
  }

  bool closed_by_server() {
    char byte = 0;
    boost::system::error_code error;
    asio::read(socket_, asio::buffer(&byte, 1), error);
    return static_cast<bool>(error);
  }

 private:
  asio::io_context context_;
  tcp::socket socket_;
  std::string input_;
};

std::string post(const std::string& path, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

class HttpServerTest : public testing::Test {
 protected:
  void start(HttpServerSettings settings = {}) {
    settings.port = 0;
    auto server = HttpServer::start(std::move(settings), handler_);
    ASSERT_TRUE(server) << server.error().text();
    server_ = std::move(server).value();
  }

  EchoHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  Client client(server_->port());
  client.send(post("/hold", "1") + post("/b", "2") + post("/c", "3"));
  handler_.wait_until_held(1);
  handler_.release();
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/hold:1")));
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/b:2")));
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/c:3")));
}

TEST_F(HttpServerTest, RefusesBodiesOverTheLimitAndClosesTheConnection) {
  start({.body_bytes_limit = 100});
  Client client(server_->port());
  client.send(post("/a", std::string(101, 'x')));
  EXPECT_EQ(client.receive().first, 413);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpServerTest, RefusesMoreBodiesInFlightThanTheLimit) {
  start({.body_bytes_limit = 1000, .body_bytes_in_flight_limit = 1500});
  Client first(server_->port());
  Client second(server_->port());
  first.send(post("/hold", std::string(1000, 'x')));
  handler_.wait_until_held(1);
  second.send(post("/b", std::string(1000, 'x')));
  EXPECT_EQ(second.receive(), std::pair(503, std::string("overloaded")));
  handler_.release();
  EXPECT_EQ(first.receive().first, 200);
  Client third(server_->port());
  third.send(post("/c", std::string(1000, 'x')));
  EXPECT_EQ(third.receive().first, 200);
}

TEST_F(HttpServerTest, StopLetsTheRequestUnderWayFinish) {
  start();
  Client client(server_->port());
  client.send(post("/hold", "kept"));
  handler_.wait_until_held(1);
  std::thread stopper([this] { server_->stop(); });
  handler_.release();
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/hold:kept")));
  EXPECT_TRUE(client.closed_by_server());
  stopper.join();
}

TEST_F(HttpServerTest, StopClosesIdleConnectionsAndStreams) {
  start();
  Client idle(server_->port());
  idle.send(post("/a", ""));
  EXPECT_EQ(idle.receive().first, 200);
  Client streaming(server_->port());
  streaming.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto stream = handler_.wait_for_stream();
  server_->stop();
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_FALSE(stream->write("late"));
}

TEST_F(HttpServerTest, DropsAStreamWhoseClientDoesNotRead) {
  start({.stream_bytes_limit = 1000});
  Client client(server_->port());
  client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto stream = handler_.wait_for_stream();
  EXPECT_FALSE(stream->write(std::string(2000, 'x')));
  EXPECT_FALSE(stream->write("more"));
  EXPECT_EQ(server_->stats().streams_dropped, 1U);
}

TEST_F(HttpServerTest, DisconnectsClientsThatTakeTooLongToSend) {
  start({.request_timeout = std::chrono::seconds(0)});
  Client slow(server_->port());
  slow.send("POST /a HTTP/1.1\r\nContent-Le");
  EXPECT_TRUE(slow.closed_by_server());
  EXPECT_EQ(server_->stats().connections_timed_out, 1U);
}

TEST_F(HttpServerTest, RefusesTheAddressInUseWithAHint) {
  start();
  const auto second = HttpServer::start({.port = server_->port()}, handler_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(second.error().hint.find("--listen"), std::string::npos);
}

}  // namespace
}  // namespace hapax
