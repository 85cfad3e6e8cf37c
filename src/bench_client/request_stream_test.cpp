// SPDX-License-Identifier: Apache-2.0
#include "bench_client/request_stream.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <list>
#include <string>

namespace hapax::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

class ManualClock : public Clock {
 public:
  ProcessingTime now() const override { return processing_time_from_micros(0); }
  nanoseconds monotonic() const override { return now_; }

  nanoseconds now_ = std::chrono::seconds(1);
};

class SmallRequests : public RequestSource {
 public:
  RequestBytes next(std::size_t, ProcessingTime) override {
    return {.head = "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n", .body = "{}"};
  }
};

/// A server on the loop's own thread: each turn of the loop is a millisecond of the manual clock.
/// It answers nothing before `answers_from`, then everything at once.
class TurnServer : public Timed {
 public:
  TurnServer(ManualClock& clock, nanoseconds answers_from, std::string answer)
      : clock_(clock), answers_from_(answers_from), answer_(std::move(answer)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof(name);
    EXPECT_EQ(::bind(listener_.descriptor(), reinterpret_cast<sockaddr*>(&name), bytes), 0);
    EXPECT_EQ(::listen(listener_.descriptor(), 16), 0);
    ::getsockname(listener_.descriptor(), reinterpret_cast<sockaddr*>(&name), &bytes);
    port_ = ntohs(name.sin_port);
  }

  Target target() const { return {.host = "127.0.0.1", .port = port_}; }
  void stop_after(const RequestStream& stream) { stream_ = &stream; }

  Result<nanoseconds> advance(nanoseconds now) override {
    clock_.now_ += milliseconds(1);
    accept_all();
    for (const auto& client : clients_) {
      unanswered_ += requests_of(client);
      for (; now >= answers_from_ && unanswered_ > 0; --unanswered_) {
        ::send(client.descriptor(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
      }
    }
    return now;  // So that the loop never waits.
  }
  bool finished() const override { return stream_->finished(); }

 private:
  void accept_all() {
    int descriptor = 0;
    while ((descriptor = ::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_NONBLOCK)) >= 0) {
      clients_.emplace_back(descriptor);
    }
  }

  static int requests_of(const Socket& client) {
    std::array<char, 4096> bytes{};
    const auto count = ::recv(client.descriptor(), bytes.data(), bytes.size(), 0);
    const std::string_view text(bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    return text.ends_with("{}") ? 1 : 0;
  }

  ManualClock& clock_;
  const nanoseconds answers_from_;
  const std::string answer_;
  Socket listener_{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)};
  std::uint16_t port_ = 0;
  std::list<Socket> clients_;
  int unanswered_ = 0;
  const RequestStream* stream_ = nullptr;
};

std::string answer(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

Result<Tally> run(ManualClock& clock, TurnServer& server, const Pace& pace) {
  HAPAX_ASSIGN(auto loop, EventLoop::open());
  SmallRequests source;
  const RequestStream::Settings settings{
      .target = server.target(), .connections = 1, .events_per_request = 5, .pace = pace};
  HAPAX_ASSIGN(const auto stream, RequestStream::open(settings, source, loop, clock));
  server.stop_after(*stream);
  HAPAX_TRY(loop.run(clock, {stream.get(), &server}));
  return stream->tally();
}

TEST(RequestStreamTest, ARequestThatHadToWaitIsLateByItsWholeWait) {
  ManualClock clock;
  const auto start = clock.now_;
  TurnServer server(clock, start + milliseconds(200), answer("200 OK", R"({"success":true})"));
  const auto tally = run(clock, server, {.interval = milliseconds(10), .requests_max = 10});
  ASSERT_TRUE(tally);
  // One connection: while the first answer is out, nine more were due, the last after 90 ms.
  EXPECT_EQ(tally->latency.count(), 10U);
  EXPECT_GE(tally->latency.quantile(0), milliseconds(200 - 90));
  EXPECT_GE(tally->latency.max(), milliseconds(200));
}

TEST(RequestStreamTest, AClosedLoopCountsFromTheActualSending) {
  ManualClock clock;
  const auto start = clock.now_;
  TurnServer server(clock, start + milliseconds(200), answer("200 OK", R"({"success":true})"));
  const auto tally = run(clock, server, {.interval = {}, .requests_max = 10});
  ASSERT_TRUE(tally);
  EXPECT_LT(tally->latency.quantile(0.5), milliseconds(200));
  EXPECT_GE(tally->latency.max(), milliseconds(200));
}

TEST(RequestStreamTest, CountsTheEventsThatTheAnswerNames) {
  ManualClock clock;
  TurnServer server(clock, {}, answer("200 OK", R"({"success":true,"accepted":3,"rejected":2})"));
  const auto tally = run(clock, server, {.interval = {}, .requests_max = 4});
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->acknowledged, 12U);
  EXPECT_EQ(tally->rejected, 8U);
}

TEST(RequestStreamTest, AnAnswerWithoutNumbersStandsForTheWholeBatch) {
  ManualClock clock;
  TurnServer server(clock, {}, answer("200 OK", R"({"success":true})"));
  const auto tally = run(clock, server, {.interval = {}, .requests_max = 4});
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->acknowledged, 20U);
}

TEST(RequestStreamTest, CountsErrorsByStatusAndAcknowledgesNothing) {
  ManualClock clock;
  TurnServer server(clock, {}, answer("503 Service Unavailable", R"({"success":false})"));
  const auto tally = run(clock, server, {.interval = {}, .requests_max = 4});
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->acknowledged, 0U);
  EXPECT_EQ(tally->errors.at("503"), 4U);
  EXPECT_EQ(tally->latency.count(), 0U);
}

TEST(RequestStreamTest, GivesUpWhenTheRateCannotBeKept) {
  ManualClock clock;
  const auto never = nanoseconds::max();
  TurnServer server(clock, never, "");
  const auto tally = run(clock, server, {.interval = milliseconds(1), .requests_max = 1U << 30U});
  ASSERT_FALSE(tally);
  EXPECT_EQ(tally.error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace hapax::bench
