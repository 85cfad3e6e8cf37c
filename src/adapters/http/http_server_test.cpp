// SPDX-License-Identifier: Apache-2.0
#include <future>

#include "adapters/http/http_test_support.hpp"

namespace hapax {
namespace {

class HttpServerTest : public HttpServerFixture {};

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  HttpTestClient client(server_->port());
  client.send(post_request("/hold", "1") + post_request("/b", "2") + post_request("/c", "3"));
  handler_.wait_until_held(1);
  handler_.release();
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/hold:1")));
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/b:2")));
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/c:3")));
}

TEST_F(HttpServerTest, KnowsWhoConnected) {
  start();
  HttpTestClient client(server_->port());
  client.send(post_request("/peer", "") + post_request("/peer", ""));
  EXPECT_EQ(client.receive(), std::pair(200, std::string("127.0.0.1")));
  EXPECT_EQ(client.receive(), std::pair(200, std::string("127.0.0.1")));
}

TEST_F(HttpServerTest, StopLetsTheRequestUnderWayFinish) {
  start();
  HttpTestClient client(server_->port());
  client.send(post_request("/hold", "kept"));
  handler_.wait_until_held(1);
  std::thread stopper([this] { server_->stop(); });
  handler_.release();
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/hold:kept")));
  EXPECT_TRUE(client.closed_by_server());
  stopper.join();
}

TEST_F(HttpServerTest, StopClosesIdleConnectionsAndStreams) {
  start();
  HttpTestClient idle(server_->port());
  idle.send(post_request("/a", ""));
  EXPECT_EQ(idle.receive().first, 200);
  HttpTestClient streaming(server_->port());
  streaming.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto stream = handler_.wait_for_stream();
  server_->stop();
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_FALSE(stream->write(stream_piece("late")));
}

TEST_F(HttpServerTest, StopWaitsForTheHandlerButNotForClients) {
  start({.stop_timeout = std::chrono::hours(1)});
  HttpTestClient held(server_->port());
  held.send(post_request("/hold", "kept"));
  handler_.wait_until_held(1);
  HttpTestClient half_sent(server_->port());
  half_sent.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nx");
  HttpTestClient half_read(server_->port());
  half_read.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  HttpTestClient idle(server_->port());
  settle();
  std::thread stopper([this] { server_->stop(); });
  EXPECT_TRUE(idle.closed_by_server());  // The others know of the stop, too.
  half_sent.send("x");
  clock_.advance(std::chrono::milliseconds(1001));
  EXPECT_TRUE(half_sent.closed_by_server());
  EXPECT_LT(half_read.receive_bytes(EchoHandler::kLargeBytes).size(), EchoHandler::kLargeBytes);
  handler_.release();
  EXPECT_EQ(held.receive(), std::pair(200, std::string("/hold:kept")));
  clock_.advance(std::chrono::hours(1));  // For a stop that waits for them after all.
  stopper.join();
}

TEST_F(HttpServerTest, DropsAStreamWhoseClientDoesNotRead) {
  start({.stream_bytes_limit = 1000});
  HttpTestClient client(server_->port());
  client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto stream = handler_.wait_for_stream();
  EXPECT_FALSE(stream->write(stream_piece(std::string(2000, 'x'))));
  EXPECT_FALSE(stream->write(stream_piece("more")));
  EXPECT_EQ(server_->stats().streams_dropped, 1U);
}

TEST_F(HttpServerTest, SaysWhenAStreamHasDrained) {
  start();
  HttpTestClient client(server_->port());
  client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto stream = handler_.wait_for_stream();
  std::promise<void> drained;
  stream->on_drained([&drained] { drained.set_value(); });
  EXPECT_TRUE(stream->write(stream_piece("piece")));
  drained.get_future().wait();
  EXPECT_NE(client.receive_head(), "");
  EXPECT_EQ(client.receive_bytes(13), "/stream:piece");
}

TEST_F(HttpServerTest, DisconnectsAStreamOnDemand) {
  start();
  HttpTestClient client(server_->port());
  client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto stream = handler_.wait_for_stream();
  stream->disconnect();
  EXPECT_FALSE(stream->write(stream_piece("late")));
  EXPECT_NE(client.receive_head(), "");
  EXPECT_EQ(client.receive_bytes(8), "/stream:");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpServerTest, EndsAStreamOnceAllOfItIsSent) {
  start();
  HttpTestClient client(server_->port());
  client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto stream = handler_.wait_for_stream();
  EXPECT_TRUE(stream->write(stream_piece(std::string(500'000, 'x') + "last")));
  stream->end();
  EXPECT_FALSE(stream->write(stream_piece("late")));
  EXPECT_NE(client.receive_head(), "");
  EXPECT_TRUE(client.receive_bytes(8 + 500'000 + 4).ends_with("xlast"));
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(server_->stats().streams_dropped, 0U);
}

TEST_F(HttpServerTest, EndsAStreamOfWhichAllIsSent) {
  start();
  HttpTestClient client(server_->port());
  client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto stream = handler_.wait_for_stream();
  EXPECT_NE(client.receive_head(), "");
  EXPECT_EQ(client.receive_bytes(8), "/stream:");
  stream->end();
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpServerTest, CallsTheHandlerOnlyOnceItServes) {
  bind();
  HttpTestClient client(server_->port());
  client.send(post_request("/a", "1"));
  EXPECT_EQ(server_->stats().connections_accepted, 0U);
  server_->serve();
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/a:1")));
}

TEST_F(HttpServerTest, StopsWithoutHavingServed) {
  bind();
  server_->stop();
}

TEST_F(HttpServerTest, StreamsAndAnswersMayOutliveTheServer) {
  start({.stop_timeout = std::chrono::seconds(0)});
  HttpTestClient streaming(server_->port());
  streaming.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  auto stream = handler_.wait_for_stream();
  HttpTestClient waiting(server_->port());
  waiting.send(post_request("/hold", "1"));
  handler_.wait_until_held(1);
  server_.reset();
  EXPECT_FALSE(stream->write(stream_piece("late")));
  stream->disconnect();
  stream.reset();
  handler_.release();
  EXPECT_TRUE(waiting.closed_by_server());
}

TEST_F(HttpServerTest, TakesTheFirstOfTwoAnswers) {
  start();
  HttpTestClient client(server_->port());
  client.send(post_request("/twice", "1") + post_request("/hold", "2"));
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/twice:1")));
  handler_.wait_until_held(2);
  handler_.release();
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/hold:2")));
}

TEST_F(HttpServerTest, AnswersForAHandlerThatThrows) {
  start();
  HttpTestClient client(server_->port());
  client.send(post_request("/throw", "") + post_request("/no-memory", "") +
              post_request("/a", "1"));
  EXPECT_EQ(client.receive(), std::pair(500, std::string("internal_error")));
  EXPECT_EQ(client.receive(), std::pair(503, std::string("out_of_memory")));
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/a:1")));
  EXPECT_EQ(server_->stats().errors, 2U);
}

TEST_F(HttpServerTest, SurvivesAStreamOwnerThatThrows) {
  start();
  handler_.fail_streams();
  HttpTestClient client(server_->port());
  client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(client.receive_head(), "");
  wait_until([this] { return server_->stats().errors == 1; });
  EXPECT_EQ(server_->stats().error_last, "no such stream");
  EXPECT_EQ(answer_to(post_request("/a", "1")), std::pair(200, std::string("/a:1")));
}

TEST_F(HttpServerTest, RefusesTheAddressInUseWithAHint) {
  start();
  const auto second = HttpServer::bind({.port = server_->port()}, handler_, clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(second.error().hint.find("--listen"), std::string::npos);
}

}  // namespace
}  // namespace hapax
