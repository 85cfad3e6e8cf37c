// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "adapters/http/http_test_support.hpp"

namespace hapax {
namespace {

using std::chrono::seconds;

const std::string kPostLine = "POST /a HTTP/1.1\r\nHost: x\r\n";

/// Clients that are slow, against a server with the default rate: 1000 bytes a second after 10 s.
class HttpSlowClientTest : public HttpServerFixture {
 protected:
  void SetUp() override { start(); }

  /// Whether a client that sends `begin` and then a byte a second is cut off.
  bool is_cut_off(const std::string& begin) {
    HttpTestClient client(server_->port());
    client.send(begin);
    for (int second = 0; second < 12; ++second) {
      client.try_send("x");
      pass(seconds(1));
    }
    return client.closed_by_server();
  }
};

TEST_F(HttpSlowClientTest, TakesASteadyUploadHoweverLongItLasts) {
  constexpr int kPieces = 30;
  const std::string piece(5000, 'x');
  HttpTestClient announced(server_->port());
  announced.send(kPostLine + fmt::format("Content-Length: {}\r\n\r\n", kPieces * piece.size()));
  HttpTestClient chunked(server_->port());
  chunked.send(kPostLine + "Transfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < kPieces; ++i) {
    pass(seconds(5));
    announced.send(piece);
    chunked.send(fmt::format("{:x}\r\n{}\r\n", piece.size(), piece));
  }
  chunked.send("0\r\n\r\n");
  EXPECT_EQ(announced.receive().second.size(), std::string("/a:").size() + kPieces * piece.size());
  EXPECT_EQ(chunked.receive().second.size(), std::string("/a:").size() + kPieces * piece.size());
}

TEST_F(HttpSlowClientTest, TakesASteadyHead) {
  HttpTestClient client(server_->port());
  client.send(kPostLine);
  for (int i = 0; i < 6; ++i) {
    pass(seconds(5));
    client.send("X-Header: " + std::string(5000, 'x') + "\r\n");
  }
  pass(seconds(5));
  client.send("Content-Length: 0\r\n\r\n");
  EXPECT_EQ(client.receive().first, 200);
}

TEST_F(HttpSlowClientTest, DisconnectsAByteASecondWhereverItIs) {
  EXPECT_TRUE(is_cut_off(kPostLine + "X-Header: "));
  EXPECT_TRUE(is_cut_off(kPostLine + "Content-Length: 4194304\r\n\r\n"));
  EXPECT_TRUE(is_cut_off(kPostLine + "Transfer-Encoding: chunked\r\n\r\n40000\r\n"));
  EXPECT_EQ(server_->stats().connections_timed_out, 3U);
}

TEST_F(HttpSlowClientTest, DisconnectsWhoSentMuchAndThenNothing) {
  HttpTestClient client(server_->port());
  client.send(kPostLine + "Content-Length: 1000001\r\n\r\n" + std::string(1'000'000, 'x'));
  pass(seconds(11));
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(server_->stats().connections_timed_out, 1U);
}

TEST_F(HttpSlowClientTest, AnswersAsSteadilyAsTheClientReads) {
  constexpr std::size_t kPieces = 8;
  HttpTestClient client(server_->port());
  client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_NE(client.receive_head(), "");
  for (std::size_t i = 0; i < kPieces; ++i) {
    pass(seconds(5));
    EXPECT_EQ(client.receive_bytes(EchoHandler::kLargeBytes / kPieces).size(),
              EchoHandler::kLargeBytes / kPieces);
  }
}

TEST_F(HttpSlowClientTest, DisconnectsWhoDoesNotReadTheAnswer) {
  HttpTestClient client(server_->port());
  client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  pass(seconds(11));
  EXPECT_EQ(server_->stats().connections_timed_out, 1U);
  EXPECT_LT(client.receive_bytes(EchoHandler::kLargeBytes).size(), EchoHandler::kLargeBytes);
}

}  // namespace
}  // namespace hapax
