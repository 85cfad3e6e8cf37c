// SPDX-License-Identifier: Apache-2.0
#include "partition/hot_feed.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "testing/still_clock.hpp"

namespace hapax {
namespace {

using std::chrono::seconds;

class HotFeedTest : public testing::Test {
 protected:
  using Numbers = std::vector<std::uint64_t>;
  using Said = std::shared_ptr<std::optional<Result<std::string>>>;

  Said ask(std::optional<HotPlace> place) {
    auto said = std::make_shared<std::optional<Result<std::string>>>();
    feed_.ask(place, [said](Result<std::string> answer) { *said = std::move(answer); });
    return said;
  }
  void tell(std::uint64_t number) {
    HotUpdate update{.partition = PartitionId(0), .epoch = 1, .number = number};
    update.change.manifest = std::string(100, 'm');
    feed_.tell(encode_hot_update(update));
  }
  static HotPlace place_of(const Said& said) { return decode_hot_answer(**(*said)).value().place; }
  static Numbers numbers_of(const Said& said) {
    Numbers numbers;
    const auto answer = decode_hot_answer(**(*said)).value();
    for (const HotUpdate& update : answer.updates) {
      numbers.push_back(update.number);
    }
    return numbers;
  }

  StillClock clock_;
  HotFeed feed_{{.bytes_kept_max = 1'000, .readers_max = 3}, 7, clock_};
};

TEST(HotFeedSettingsTest, PartitionsTogetherTellForATenthOfTheTime) {
  EXPECT_EQ(HotFeedSettings::rest(std::chrono::milliseconds(3)), std::chrono::milliseconds(27));
  EXPECT_EQ(HotFeedSettings::rest(std::chrono::hours(1)), std::chrono::seconds(1));
}

TEST_F(HotFeedTest, WhoAsksGetsWhatComesAndThenWhatFollows) {
  const Said first = ask(std::nullopt);
  tell(1);
  tell(2);
  EXPECT_FALSE(*first) << "what is told in one step comes together";
  feed_.step();
  ASSERT_TRUE(*first);
  EXPECT_EQ(numbers_of(first), (Numbers{1, 2}));
  tell(3);
  EXPECT_EQ(numbers_of(ask(place_of(first))), (Numbers{3})) << "it is there already";
  const Said later = ask(std::nullopt);
  feed_.step();
  EXPECT_FALSE(*later) << "what was told before it asked is of no use to it";
  tell(4);
  feed_.step();
  EXPECT_EQ(numbers_of(later), (Numbers{4}));
}

TEST_F(HotFeedTest, WhoIsNewOrLostAsksForAllAnew) {
  EXPECT_EQ(feed_.beginnings(), 0U);
  const Said first = ask(std::nullopt);
  EXPECT_EQ(feed_.beginnings(), 1U);
  tell(1);
  feed_.step();
  const HotPlace place = place_of(first);
  ask(place);
  EXPECT_EQ(feed_.beginnings(), 1U);
  ask(HotPlace{.life = 8, .count = place.count});
  EXPECT_EQ(feed_.beginnings(), 2U) << "of another process";
  ask(HotPlace{.life = 7, .count = place.count + 1});
  EXPECT_EQ(feed_.beginnings(), 3U) << "behind the end";
}

TEST_F(HotFeedTest, WhoFallsBehindWhatIsKeptBeginsAnew) {
  const Said first = ask(std::nullopt);
  tell(1);
  feed_.step();
  const HotPlace place = place_of(first);
  for (std::uint64_t number = 2; number < 30; ++number) {
    tell(number);
  }
  EXPECT_FALSE(*ask(place)) << "it waits for what comes next";
  EXPECT_EQ(feed_.beginnings(), 2U);
}

TEST_F(HotFeedTest, WithoutNewsItAnswersAfterAWhile) {
  const Said said = ask(std::nullopt);
  clock_.advance(feed_.settings().wait_max);
  feed_.step();
  ASSERT_TRUE(*said);
  EXPECT_EQ(numbers_of(said), Numbers());
  EXPECT_EQ(place_of(said), (HotPlace{.life = 7, .count = 0}));
}

TEST_F(HotFeedTest, IsHeardUntilNobodyHasAskedForAWhile) {
  EXPECT_FALSE(feed_.is_heard());
  ask(std::nullopt);
  tell(1);
  EXPECT_TRUE(feed_.is_heard());
  clock_.advance(feed_.settings().wait_max + feed_.settings().forgotten_after);
  EXPECT_FALSE(feed_.is_heard());
  feed_.step();
  ask(HotPlace{.life = 7, .count = 0});
  EXPECT_EQ(feed_.beginnings(), 2U) << "what was told is gone";
}

TEST_F(HotFeedTest, RefusesMoreReadersThanMayWait) {
  std::vector<Said> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(ask(std::nullopt));
  }
  EXPECT_FALSE(*all[2]);
  ASSERT_TRUE(*all[3]);
  EXPECT_EQ((*all[3])->error().kind, ErrorKind::kExhausted);
}

TEST_F(HotFeedTest, WhoIsRefusedCostsNothing) {
  HotFeed full({.readers_max = 0}, 7, clock_);
  full.ask(std::nullopt, [](const Result<std::string>& said) { EXPECT_FALSE(said); });
  EXPECT_FALSE(full.is_heard());
  EXPECT_EQ(full.beginnings(), 0U);
  feed_.stop();
  ask(std::nullopt);
  EXPECT_FALSE(feed_.is_heard());
  EXPECT_EQ(feed_.beginnings(), 0U);
}

TEST_F(HotFeedTest, AStopAnswersWhoWaits) {
  const Said waits = ask(std::nullopt);
  feed_.stop();
  ASSERT_TRUE(*waits);
  EXPECT_EQ((*waits)->error().kind, ErrorKind::kClosed);
  EXPECT_EQ((*ask(std::nullopt))->error().kind, ErrorKind::kClosed);
}

}  // namespace
}  // namespace hapax
