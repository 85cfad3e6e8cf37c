// SPDX-License-Identifier: Apache-2.0
#include "adapters/http/request_parser.hpp"

#include <gtest/gtest.h>

#include <boost/beast/http/error.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace hapax {
namespace {

namespace http = boost::beast::http;

const std::string_view kChunkedHead =
    "POST /a?b=c HTTP/1.1\r\nHost: x:1\r\nOrigin: http://page\r\nX-Forwarded-Proto: https\r\n"
    "Accept: text/html\r\nx-write-key: k:s\r\nX-Write-Key: second\r\nTransfer-Encoding: "
    "chunked\r\n\r\n";

/// A chunked request's body, given to the parser piece by piece as a connection would.
class ChunkedRequest {
 public:
  ChunkedRequest() { parser_.put(boost::asio::buffer(kChunkedHead), error_); }

  /// False when the parser refused.
  bool feed(std::string_view piece) {
    buffered_ += piece;
    if (!parser_.is_done()) {
      buffered_.erase(0, parser_.put_chunked(boost::asio::buffer(buffered_), error_));
    }
    return !error_ || error_ == http::error::need_more;
  }

  RequestParser& parser() { return parser_; }

 private:
  RequestParser parser_;
  boost::beast::error_code error_;
  std::string buffered_;
};

TEST(RequestParserTest, TakesTheIdOfTheLastEventOfAStream) {
  RequestParser parser;
  boost::beast::error_code error;
  const std::string head = "GET /v HTTP/1.1\r\nHost: x\r\nlast-event-id: a-17\r\n\r\n";
  parser.put(boost::asio::buffer(head), error);
  EXPECT_FALSE(error);
  EXPECT_EQ(parser.take_request().last_event_id, "a-17");
}

HttpRequest parsed(const std::string& headers) {
  RequestParser parser;
  boost::beast::error_code error;
  const std::string head = "GET /v HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n\r\n";
  parser.put(boost::asio::buffer(head), error);
  EXPECT_FALSE(error);
  return parser.take_request();
}

TEST(RequestParserTest, SeesThatARequestCameThroughAProxy) {
  for (const char* header :
       {"X-Forwarded-For: 1.2.3.4", "x-forwarded-host: a", "X-Forwarded-Proto: https",
        "X-Forwarded-Anything:", "Forwarded: for=1.2.3.4", "Via: 1.1 a", "X-Real-IP: 1.2.3.4",
        "CF-Connecting-IP: 1.2.3.4", "True-Client-IP: 1.2.3.4"}) {
    EXPECT_TRUE(parsed(header).is_forwarded) << header;
  }
  for (const char* header : {"X-Forwarded: 1", "Viable: 1", "Accept: via", "X-Real: x-real-ip"}) {
    EXPECT_FALSE(parsed(header).is_forwarded) << header;
  }
}

TEST(RequestParserTest, TakesWhatABrowserSaysOfWhoAsks) {
  const HttpRequest request =
      parsed("Cookie: a=1; b=2\r\nsec-fetch-site: same-origin\r\ncookie: c=3");
  EXPECT_EQ(request.cookie, "a=1; b=2; c=3");
  EXPECT_EQ(request.sec_fetch_site, "same-origin");
}

TEST(RequestParserTest, SeesThatARequestIsARetry) {
  const std::pair<const char*, bool> cases[] = {
      {"X-Retry-Count: 1", true},      {"x-retry-count: 12", true},
      {"X-Retry-Count: 0", false},     {"X-Retry-Count:", false},
      {"Rsa-Retry-Attempt: 2", true},  {"Rsa-Recovered: true", true},
      {"Rsa-Recovered: false", false}, {"X-Other: 1", false}};
  for (const auto& [header, is_retry] : cases) {
    RequestParser parser;
    boost::beast::error_code error;
    const std::string head = "POST /v1/b HTTP/1.1\r\nHost: x\r\n" + std::string(header) +
                             "\r\nContent-Length: 0\r\n\r\n";
    parser.put(boost::asio::buffer(head), error);
    EXPECT_FALSE(error) << header;
    EXPECT_EQ(parser.take_request().is_retry, is_retry) << header;
  }
}

const std::vector<std::string> kBodies = {"0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n",
                                          "1;x=\"y\"\r\na\r\n2\r\nbc\r\n0;z\r\nT: 1\r\n\r\n"};

TEST(RequestParserTest, ReadsChunkedBodiesCutAnywhere) {
  for (const auto& body : kBodies) {
    for (std::size_t cut = 0; cut <= body.size(); ++cut) {
      ChunkedRequest request;
      EXPECT_TRUE(request.feed(body.substr(0, cut))) << body << cut;
      EXPECT_TRUE(request.feed(body.substr(cut))) << body << cut;
      EXPECT_TRUE(request.parser().is_done()) << body << cut;
      EXPECT_EQ(request.parser().body(), body.front() == '0' ? "" : "abc") << body << cut;
    }
  }
}

TEST(RequestParserTest, ReadsChunkedBodiesByteByByte) {
  for (const auto& body : kBodies) {
    ChunkedRequest request;
    for (const char byte : body) {
      EXPECT_FALSE(request.parser().is_done()) << body;
      EXPECT_TRUE(request.feed({&byte, 1})) << body;
    }
    EXPECT_TRUE(request.parser().is_done()) << body;
  }
}

TEST(RequestParserTest, KeepsWhatRoutesLookAt) {
  ChunkedRequest chunked;
  EXPECT_EQ(chunked.parser().origin(), "http://page");
  const auto request = chunked.parser().take_request();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/a");
  EXPECT_EQ(request.query, "b=c");
  EXPECT_EQ(request.host, "x:1");
  EXPECT_EQ(request.forwarded_proto, "https");
  EXPECT_EQ(request.accept, "text/html");
  EXPECT_EQ(request.write_key, "k:s");
}

TEST(RequestParserTest, TakesNoTrailerForAHeader) {
  ChunkedRequest request;
  EXPECT_TRUE(request.feed("0\r\nAuthorization: Bearer x\r\nHost: y\r\n\r\n"));
  EXPECT_TRUE(request.parser().is_done());
  EXPECT_EQ(request.parser().complaint(), "");
  EXPECT_EQ(request.parser().take_request().authorization, "");
}

}  // namespace
}  // namespace hapax
