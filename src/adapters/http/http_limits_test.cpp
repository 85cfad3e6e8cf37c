// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <list>

#include "adapters/http/http_test_support.hpp"

namespace hapax {
namespace {

/// Keeps every new file descriptor from being opened as long as it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = dup(0);
    close(lowest_free);
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(lowest_free);
    setrlimit(RLIMIT_NOFILE, &none);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

class HttpLimitsTest : public HttpServerFixture {};

TEST_F(HttpLimitsTest, RefusesBodiesOverTheLimitAndClosesTheConnection) {
  start({.body_bytes_limit = 100});
  HttpTestClient client(server_->port());
  client.send(post_request("/a", std::string(101, 'x')));
  EXPECT_EQ(client.receive().first, 413);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpLimitsTest, RefusesMoreBodiesInFlightThanTheLimit) {
  start({.body_bytes_limit = 1000, .body_bytes_in_flight_limit = 1500});
  HttpTestClient first(server_->port());
  HttpTestClient second(server_->port());
  first.send(post_request("/hold", std::string(1000, 'x')));
  handler_.wait_until_held(1);
  second.send(post_request("/b", std::string(1000, 'x')));
  EXPECT_EQ(second.receive(), std::pair(503, std::string("overloaded")));
  handler_.release();
  EXPECT_EQ(first.receive().first, 200);
  HttpTestClient third(server_->port());
  third.send(post_request("/c", std::string(1000, 'x')));
  EXPECT_EQ(third.receive().first, 200);
}

TEST_F(HttpLimitsTest, AnnouncedBodiesTakeNoRoomBeforeTheyCome) {
  start({.body_bytes_in_flight_limit = 8U << 20U});
  std::list<HttpTestClient> silent;
  for (int i = 0; i < 32; ++i) {
    silent.emplace_back(server_->port());
    silent.back().send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4194304\r\n\r\n");
  }
  wait_until([this] { return server_->stats().body_bytes_in_flight >= 32 * 16'384; });
  EXPECT_EQ(answer_to(post_request("/a", std::string(100'000, 'x'))).first, 200);
  EXPECT_EQ(server_->stats().requests_refused, 0U);
}

TEST_F(HttpLimitsTest, ReadsLargeBodiesWhole) {
  start();
  std::string body;
  for (int i = 0; body.size() < 3'000'000; ++i) {
    body += std::to_string(i);
  }
  EXPECT_EQ(answer_to(post_request("/a", body)).second, "/a:" + body);
  std::string chunks;
  for (std::size_t at = 0; at < body.size(); at += 100'000) {
    const auto chunk = body.substr(at, 100'000);
    chunks += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
  }
  EXPECT_EQ(answer_to("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks +
                      "0\r\n\r\n")
                .second,
            "/a:" + body);
}

TEST_F(HttpLimitsTest, RefusesABodyThatOutgrowsTheRoomLeft) {
  start({.body_bytes_in_flight_limit = 100'000});
  EXPECT_EQ(answer_to(post_request("/a", std::string(200'000, 'x'))),
            std::pair(503, std::string("overloaded")));
  EXPECT_EQ(answer_to("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n" +
                      std::string(200'000, 'x')),
            std::pair(503, std::string("overloaded")));
  EXPECT_EQ(server_->stats().body_bytes_in_flight, 0U);
}

TEST_F(HttpLimitsTest, RefusesHeadersOverTheLimitHoweverTheyCome) {
  start({.header_bytes_limit = 4096});
  HttpTestClient client(server_->port());
  client.send("GET /a HTTP/1.1\r\nHost: x\r\n");
  for (int i = 0; i < 50; ++i) {
    client.try_send("X-Header: " + std::string(100, 'x') + "\r\n");
  }
  EXPECT_EQ(client.receive(), std::pair(431, std::string("headers_too_large")));
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpLimitsTest, RefusesAChunkExtensionWithoutEnd) {
  start();
  HttpTestClient client(server_->port());
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;");
  client.try_send(std::string(200'000, 'x'));
  EXPECT_EQ(client.receive().first, 431);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpLimitsTest, CountsConnectionsOverTheLimitApart) {
  start({.connections_limit = 1});
  HttpTestClient first(server_->port());
  first.send(post_request("/a", ""));
  EXPECT_EQ(first.receive().first, 200);
  EXPECT_TRUE(HttpTestClient(server_->port()).closed_by_server());
  EXPECT_EQ(server_->stats().connections_refused, 1U);
  EXPECT_EQ(server_->stats().requests_refused, 0U);
}

TEST_F(HttpLimitsTest, GoesOnAcceptingAfterDescriptorsRanOut) {
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
  GTEST_SKIP() << "the sanitizer opens a pipe to look whether memory may be read";
#endif
#endif
  start();
  HttpTestClient client;
  {
    const NoDescriptors none;
    client.connect(server_->port());
    wait_until([this] { return server_->stats().accepts_failed > 0; });
  }
  client.send(post_request("/a", "1"));
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/a:1")));
}

}  // namespace
}  // namespace hapax
