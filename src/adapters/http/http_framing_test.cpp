// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "adapters/http/http_test_support.hpp"

namespace hapax {
namespace {

/// Where two servers could see different requests in the same bytes (RFC 9112, 6.3 and 11.2).
class HttpFramingTest : public HttpServerFixture {
 protected:
  /// Sends headers and bytes that other servers take for a body or for a second request.
  void expect_refused(const std::string& headers, const std::string& version = "HTTP/1.1") {
    HttpTestClient client(server_->port());
    client.send("POST /a " + version + "\r\n" + headers + "\r\n0\r\n\r\n" +
                post_request("/smuggled", ""));
    EXPECT_EQ(client.receive(), std::pair(400, std::string("bad_request"))) << headers;
    EXPECT_TRUE(client.closed_by_server()) << headers;
    EXPECT_EQ(server_->stats().requests, 0U) << headers;
  }
};

TEST_F(HttpFramingTest, RefusesEncodingsOtherThanChunked) {
  start();
  for (const char* encoding : {"gzip", "xchunked", "identity", "chunked, identity", "gzip, chunked",
                               "chunked, chunked", "chunked;q=1", ""}) {
    expect_refused("Host: x\r\nTransfer-Encoding: " + std::string(encoding) + "\r\n");
  }
  expect_refused("Host: x\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n");
  expect_refused("Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n");
}

TEST_F(HttpFramingTest, RefusesChunkedWithALength) {
  start();
  expect_refused("Host: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n");
  expect_refused("Host: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n");
}

TEST_F(HttpFramingTest, RefusesChunkedInHttp10) {
  start();
  expect_refused("Host: x\r\nTransfer-Encoding: chunked\r\n", "HTTP/1.0");
}

TEST_F(HttpFramingTest, RefusesLengthsThatDiffer) {
  start();
  expect_refused("Host: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n");
  expect_refused("Host: x\r\nContent-Length: +5\r\n");
}

TEST_F(HttpFramingTest, AsksForOneHost) {
  start();
  expect_refused("Content-Length: 0\r\n");
  expect_refused("Host: x\r\nHost: y\r\nContent-Length: 0\r\n");
  EXPECT_EQ(answer_to("POST /a HTTP/1.0\r\n\r\n").first, 200);
}

TEST_F(HttpFramingTest, TakesChunkedInAnyCase) {
  start();
  EXPECT_EQ(answer_to("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
                      "2;x=y\r\nab\r\n1\r\nc\r\n0\r\nX-Trailer: 1\r\n\r\n"),
            std::pair(200, std::string("/a:abc")));
}

TEST_F(HttpFramingTest, TakesExpectationsInAnyCase) {
  start();
  HttpTestClient client(server_->port());
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\n");
  EXPECT_TRUE(client.receive_head().starts_with("HTTP/1.1 100 "));
  client.send("1");
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/a:1")));
}

TEST_F(HttpFramingTest, AnswersToHeadHaveNoBodyAndThoseAfterItDo) {
  start();
  HttpTestClient client(server_->port());
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n" + post_request("/b", "1") + "nonsense\r\n\r\n");
  EXPECT_NE(client.receive_head().find("Content-Length: 3\r\n"), std::string::npos);
  EXPECT_EQ(client.receive(), std::pair(200, std::string("/b:1")));
  EXPECT_EQ(client.receive(), std::pair(400, std::string("bad_request")));
}

TEST_F(HttpFramingTest, RefusesRightAfterHeadWithABody) {
  start();
  HttpTestClient client(server_->port());
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n");
  EXPECT_NE(client.receive_head(), "");
  EXPECT_EQ(client.receive(), std::pair(400, std::string("bad_request")));
}

TEST_F(HttpFramingTest, HeadOpensNoStream) {
  start();
  HttpTestClient client(server_->port());
  client.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(client.receive_head().find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_FALSE(handler_.has_stream());
}

TEST_F(HttpFramingTest, SaysTheDate) {
  start();
  HttpTestClient client(server_->port());
  client.send(post_request("/a", ""));
  EXPECT_THAT(client.receive_head(),
              testing::ContainsRegex("Date: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} "
                                     "[0-9]{2}:[0-9]{2}:[0-9]{2} GMT\r\n"));
}

TEST_F(HttpFramingTest, RefusalsKnowTheOrigin) {
  start({.body_bytes_limit = 10});
  HttpTestClient client(server_->port());
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nOrigin: http://page\r\nContent-Length: 11\r\n\r\n");
  EXPECT_NE(client.receive_head().find("X-Origin: http://page\r\n"), std::string::npos);
}

}  // namespace
}  // namespace hapax
