// SPDX-License-Identifier: Apache-2.0
#include "read/live_feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "testing/read_test_support.hpp"
#include "testing/still_clock.hpp"

namespace hapax {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;
using Counts = std::map<std::string, std::uint64_t>;

std::vector<Cell> many_cells(std::size_t count, std::uint64_t value = 1) {
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < count; ++i) {
    cells.push_back(make_test_cell("event " + std::to_string(i), value));
  }
  return cells;
}

/// Adds what a piece says to what was said before; returns how many cells it has.
std::size_t add_counts(const std::string& piece, Counts& counts) {
  EXPECT_TRUE(piece.starts_with("data: ") && piece.ends_with("\n\n")) << piece.substr(0, 100);
  const auto json = nlohmann::json::parse(piece.substr(6));
  for (const auto& cell : json.at("cells")) {
    counts[cell.at("group").at("event")] = cell.at("values").at("count");
  }
  return json.at("cells").size();
}

class LiveFeedTest : public testing::Test {
 protected:
  void start(const LiveFeedSettings& settings = {}, std::size_t answer_bytes_limit = 64U << 20U) {
    answers_.emplace(answer_bytes_limit);
    feed_.emplace(settings, store_, clock_, *answers_);
  }

  HttpResponse request() {
    FakeResponder responder;
    feed_->open(responder.respond());
    store_.run();
    return responder.wait();
  }

  std::shared_ptr<FakeStream> connect() {
    const auto response = request();
    EXPECT_EQ(response.status, 200);
    auto stream = std::make_shared<FakeStream>();
    response.on_stream(stream);
    return stream;
  }

  void set_state(std::vector<Cell> cells) {
    store_.state = ViewAnswer{.watermark = {}, .complete_until = {}, .cells = std::move(cells)};
  }

  FakeViewStore store_;
  StillClock clock_;
  std::optional<AnswerBudget> answers_;
  std::optional<LiveFeed> feed_;
};

TEST_F(LiveFeedTest, SendsThePresentStateThenChanges) {
  start();
  set_state({make_test_cell("a", 1)});
  const auto response = request();
  EXPECT_EQ(response.content_type, "text/event-stream");
  EXPECT_THAT(response.headers, Contains(Pair("X-Accel-Buffering", "no")));
  EXPECT_THAT(response.headers, Contains(Pair("Cache-Control", "no-cache, no-transform")));
  store_.change({make_test_cell("a", 2)});  // While the head is on its way.
  const auto stream = std::make_shared<FakeStream>();
  response.on_stream(stream);
  Counts counts;
  add_counts(stream->take(), counts);
  EXPECT_EQ(counts, (Counts{{"a", 1}}));
  add_counts(stream->take(), counts);
  EXPECT_EQ(counts, (Counts{{"a", 2}}));
  store_.change({make_test_cell("b", 5)});
  add_counts(stream->take(), counts);
  EXPECT_EQ(counts, (Counts{{"a", 2}, {"b", 5}}));
}

TEST_F(LiveFeedTest, SendsAnEmptyStateAndAWatermarkWithoutCells) {
  start();
  const auto stream = connect();
  EXPECT_THAT(stream->take(), HasSubstr("\"cells\":[]"));
  store_.change({});
  EXPECT_THAT(stream->take(), HasSubstr("\"cells\":[]"));
}

TEST_F(LiveFeedTest, AnswersTheErrorOfTheFirstQueryInsteadOfAStream) {
  start();
  store_.state = Error{ErrorKind::kInvalid, "more than 100000 cells", "ask for less"};
  const auto response = request();
  EXPECT_EQ(response.status, 400);
  EXPECT_FALSE(response.on_stream);
  EXPECT_THAT(response.body, HasSubstr("more than 100000 cells"));
  EXPECT_EQ(feed_->stream_count(), 0U);
}

TEST_F(LiveFeedTest, SendsALargeStateInPiecesAsTheClientTakesThem) {
  start({.piece_bytes = 10'000});
  set_state(many_cells(5'000));
  const auto stream = connect();
  Counts counts;
  std::size_t pieces = 0;
  for (; counts.size() < 5'000; ++pieces) {
    const auto piece = stream->take();
    EXPECT_LE(piece.size(), 10'500U);
    add_counts(piece, counts);
  }
  EXPECT_GT(pieces, 50U);
  EXPECT_EQ(stream->waiting_max(), 1U);
  EXPECT_FALSE(stream->disconnected());
}

ViewAnswer page_of(std::vector<Cell> cells, std::optional<CellPlace> next = {}) {
  ViewAnswer page = make_test_answer(std::move(cells));
  page.next = std::move(next);
  return page;
}

const CellPlace kBehindA{.start = EventTime(), .source = "web", .event = "a"};
const CellPlace kBehindB{.start = EventTime(), .source = "web", .event = "b"};

TEST_F(LiveFeedTest, TheStateComesInPagesHoweverManyCellsThereAre) {
  start({.page_cells = 7});
  store_.pages = {page_of({make_test_cell("a", 1)}, kBehindA), page_of({}, kBehindB),
                  page_of({make_test_cell("c", 3)})};
  const auto stream = connect();
  Counts counts;
  add_counts(stream->take(), counts);
  EXPECT_EQ(counts, (Counts{{"a", 1}}));
  store_.wait_and_run();
  add_counts(stream->take(), counts);
  store_.wait_and_run();
  add_counts(stream->take(), counts);
  EXPECT_EQ(counts, (Counts{{"a", 1}, {"c", 3}}));
  ASSERT_EQ(store_.queries.size(), 3U);
  EXPECT_EQ(store_.queries[0].behind, std::nullopt);
  EXPECT_EQ(store_.queries[1].behind, kBehindA);
  EXPECT_EQ(store_.queries[2].behind, kBehindB);
  EXPECT_EQ(store_.queries[2].cells_max, 7U);
  EXPECT_EQ(store_.queries[2].from, store_.queries[0].from);
  store_.change({make_test_cell("a", 2)});
  add_counts(stream->take(), counts);
  EXPECT_EQ(counts["a"], 2U);
}

TEST_F(LiveFeedTest, ChangesOfWhatWasSentComeBeforeTheNextPageIsAskedFor) {
  start({.piece_bytes = 1});  // A cell a piece.
  store_.pages = {page_of({make_test_cell("a", 1), make_test_cell("b", 1)}, kBehindB),
                  page_of({}),  // For the other stream.
                  page_of({make_test_cell("c", 5)})};
  const auto stream = connect();
  stream->next();  // Not drained: "b" is still to be sent.
  store_.change({make_test_cell("a", 2)});
  const auto other = connect();
  other->next();  // By now the change was taken.
  stream->drain();
  Counts counts;
  add_counts(stream->take(), counts);
  add_counts(stream->take(), counts);
  EXPECT_EQ(counts, (Counts{{"a", 2}, {"b", 1}}));
  store_.wait_and_run();
  add_counts(stream->take(), counts);
  EXPECT_EQ(counts, (Counts{{"a", 2}, {"b", 1}, {"c", 5}}));
}

TEST_F(LiveFeedTest, WhileAPageIsUnderWayNoChangeGoesBeforeIt) {
  start({.keep_alive = std::chrono::milliseconds(1)});
  store_.pages = {page_of({make_test_cell("a", 1)}, kBehindA), page_of({make_test_cell("b", 5)})};
  const auto stream = connect();
  stream->take();
  while (!store_.is_asked()) {
    stream->take();  // Keep-alives.
  }
  store_.change({make_test_cell("b", 6)});  // Newer than the page, say, which was read before it.
  Counts counts;
  const auto take_cells = [&] {
    auto piece = stream->take();
    while (piece.starts_with(":")) {
      piece = stream->take();
    }
    add_counts(piece, counts);
  };
  stream->take();
  stream->take();
  store_.run();
  take_cells();
  EXPECT_EQ(counts, (Counts{{"b", 5}}));
  take_cells();
  EXPECT_EQ(counts, (Counts{{"b", 6}}));
}

TEST_F(LiveFeedTest, AStreamWhosePageCannotBeHadIsDisconnected) {
  start();
  store_.pages = {page_of({make_test_cell("a", 1)}, kBehindA),
                  Error{ErrorKind::kUnavailable, "disk"}};
  const auto stream = connect();
  stream->take();
  store_.wait_and_run();
  stream->wait_until_disconnected();
}

TEST_F(LiveFeedTest, ABurstReachesASlowClientAsTheNewestValues) {
  start({.piece_bytes = 10'000});
  const auto stream = connect();
  stream->next();  // Not drained: the client is slow.
  const auto other = connect();
  other->take();
  store_.change(many_cells(5'000, 1));
  other->next();  // By now the slow one had its turn, too.
  store_.change(many_cells(5'000, 2));
  store_.change(many_cells(4'999, 3));
  stream->drain();
  Counts counts;
  std::size_t cells = 0;
  while (counts.size() < 5'000) {
    const auto piece = stream->take();
    cells += add_counts(piece, counts);
  }
  EXPECT_LE(cells, 5'100U);  // Each once, but for a piece that was made before the last change.
  EXPECT_EQ(counts["event 4999"], 2U);
  EXPECT_EQ(counts["event 0"], 3U);
  EXPECT_EQ(stream->waiting_max(), 1U);
  EXPECT_FALSE(stream->disconnected());
}

TEST_F(LiveFeedTest, StreamsThatAreEquallyFarShareTheirPieces) {
  start();
  const auto first = connect();
  const auto second = connect();
  first->take();
  second->take();
  EXPECT_EQ(store_.subscriptions(), 1U);
  store_.change({make_test_cell("a", 1)});
  EXPECT_EQ(first->next(), second->next());
}

TEST_F(LiveFeedTest, DisconnectsOnlyWhoIsTooFarBehind) {
  start({.changed_cells_limit = 10});
  const auto quick = connect();
  const auto slow = connect();
  quick->take();
  slow->next();
  Counts counts;
  store_.change(many_cells(8));
  add_counts(quick->take(), counts);
  store_.change({make_test_cell("x", 1), make_test_cell("y", 1), make_test_cell("z", 1)});
  slow->wait_until_disconnected();
  add_counts(quick->take(), counts);
  EXPECT_EQ(counts.size(), 11U);
  EXPECT_FALSE(quick->disconnected());
}

TEST_F(LiveFeedTest, RefusesStreamsOverTheLimitUntilOneLeaves) {
  start({.streams_limit = 1, .keep_alive = std::chrono::milliseconds(1)});
  auto stream = connect();
  stream->take();
  FakeResponder responder;
  feed_->open(responder.respond());
  const auto refused = responder.wait();
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("streams_limit"));
  stream.reset();
  store_.wait_until_unsubscribed();
  EXPECT_EQ(connect()->take().substr(0, 6), "data: ");
}

TEST_F(LiveFeedTest, ForgetsAStreamWhoseClientLeftBeforeTheAnswer) {
  start({.keep_alive = std::chrono::milliseconds(1)});
  { const auto unsent = request(); }
  EXPECT_EQ(feed_->stream_count(), 0U);
  store_.wait_until_unsubscribed();
}

TEST_F(LiveFeedTest, CountsAStateAgainstTheBudgetUntilItIsSent) {
  start({}, 10'000);
  set_state(many_cells(30));
  const auto stream = connect();
  stream->next();  // The first state went out, though it was not taken.
  const auto unsent = request();
  EXPECT_EQ(unsent.status, 200);
  const auto refused = request();
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("overloaded"));
}

TEST_F(LiveFeedTest, KeepsAnIdleStreamAliveAndNoFullOne) {
  start({.keep_alive = std::chrono::milliseconds(1)});
  const auto stream = connect();
  stream->take();
  EXPECT_EQ(stream->take(), ": still here\n\n");
  EXPECT_EQ(stream->take(), ": still here\n\n");
  EXPECT_EQ(stream->waiting_max(), 1U);
}

}  // namespace
}  // namespace hapax
