// SPDX-License-Identifier: Apache-2.0
#include "cluster/missed_watch.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hash/mix64.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr PartitionId kPartition{2};
constexpr std::uint32_t kWhole = MissedDuplicates::kWhole;

/// Keeps what is appended; gives what it has been given.
class KeptTopic : public Topic {
 public:
  explicit KeptTopic(std::uint32_t partitions) : appended(partitions) {}

  std::uint32_t partition_count() const override {
    return static_cast<std::uint32_t>(appended.size());
  }
  void append(PartitionId partition, std::vector<TopicEntry> entries, Appended done) override {
    for (TopicEntry& entry : entries) {
      appended[partition.value()].push_back(std::move(entry.value));
    }
    done(Offset(appended[partition.value()].size()));
  }
  void reopen(PartitionId /*partition*/) override {}
  std::unique_ptr<TopicReader> read(PartitionId /*partition*/, Offset start) override {
    return std::make_unique<Reader>(*this, start);
  }
  void end_offset(PartitionId /*partition*/, Found done) override { done(Offset(to_read.size())); }
  const std::string& id() const override { return id_; }
  void confirm(Done done) override { done({}); }
  void first_since(PartitionId partition, ProcessingTime /*time*/, Found done) override {
    end_offset(partition, std::move(done));
  }
  void delete_before(PartitionId /*partition*/, Offset /*start*/, Done done) override { done({}); }

  std::vector<std::vector<std::string>> appended;  // By partition.
  std::vector<TopicRecord> to_read;

 private:
  const std::string id_ = "kept";

  class Reader : public TopicReader {
   public:
    Reader(const KeptTopic& topic, Offset at) : topic_(topic), at_(at) {}

    Result<std::span<TopicRecord>> poll(std::size_t count_max) override {
      const auto rest = std::span(topic_.to_read).subspan(at_.value());
      given_.assign(rest.begin(),
                    rest.begin() + static_cast<std::ptrdiff_t>(std::min(count_max, rest.size())));
      at_ = advance(at_, given_.size());
      return std::span(given_);
    }
    Offset position() const override { return at_; }

   private:
    const KeptTopic& topic_;
    Offset at_;
    std::vector<TopicRecord> given_;
  };
};

Claim claim(std::uint64_t offset, Microseconds at = hours(1)) {
  ForgetFloor floor;
  const TimeSpan span = floor.pass(ProcessingTime(at), hours(24));
  const std::uint64_t low = mix64(offset);
  return {.offset = Offset(offset),
          .seen = {.id = {.low = low, .high = mix64(low)}, .content = 1},
          .span = span,
          .floor = floor.value()};
}

class MissedWatchTest : public testing::Test {
 protected:
  MissedWatchTest() { begin(); }

  void begin(std::uint32_t sample = kWhole) {
    watch_ = std::make_unique<MissedWatch>(kPartition, sample, 3, claims_, verdicts_);
    watch_->begin(Offset(0));
  }
  /// The next owner goes on with what is kept, and reads verdicts from where it must.
  void move() {
    std::string kept;
    ByteWriter out(kept);
    watch_->encode(out);
    const Offset from = watch_->needed_from();
    watch_ = std::make_unique<MissedWatch>(kPartition, kWhole, 3, claims_, verdicts_);
    ByteReader in(kept);
    ASSERT_TRUE(watch_->restore(in));
    ASSERT_TRUE(in.at_end());
    watch_->begin(from);
  }
  void pass(std::uint64_t offset, Microseconds at = hours(1)) {
    watch_->pass(claim(offset, at), ProcessingTime(at));
  }
  void answer(std::uint64_t offset, Verdict verdict) {
    const VerdictBlock block{.partition = kPartition, .decided = {{Offset(offset), verdict}}};
    verdicts_.to_read.push_back({.offset = Offset(verdicts_.to_read.size()),
                                 .appended_at = {},
                                 .entry = {.header = {}, .value = encode_verdicts(block)}});
  }
  void step() { ASSERT_TRUE(watch_->step()); }
  MissedTally tally() const { return watch_->missed().total(); }
  /// Offsets of all claims that were appended, in their order.
  std::vector<std::uint64_t> claimed() const {
    std::vector<std::uint64_t> offsets;
    for (const std::string& bytes : claims_.appended[0]) {
      const ClaimRecord record = decode_claims(bytes).value();
      if (const auto* block = std::get_if<ClaimBlock>(&record)) {
        for (const Claim& one : block->claims) {
          offsets.push_back(one.offset.value());
        }
      }
    }
    return offsets;
  }
  SettledMark settles(std::uint64_t counted) const {
    return watch_->settles({.partition = kPartition,
                            .counted = Offset(counted),
                            .time = ProcessingTime(hours(2)),
                            .floor = ProcessingTime(hours(1))});
  }

  KeptTopic claims_{1};
  KeptTopic verdicts_{4};
  std::unique_ptr<MissedWatch> watch_;
};

TEST_F(MissedWatchTest, CountsWhatAnotherPartitionHadFirst) {
  pass(1);
  pass(2);
  step();
  answer(1, Verdict::kUnique);
  answer(2, Verdict::kConflict);
  EXPECT_EQ(watch_->missed().awaited, 2U);
  step();
  EXPECT_EQ(watch_->missed().awaited, 0U);
  EXPECT_EQ(watch_->answers(), 2U);
  EXPECT_EQ(tally(), (MissedTally{.asked = 2, .missed = 1}));
}

TEST_F(MissedWatchTest, AnAnswerCountsOnceAlsoAfterAMove) {
  pass(1);
  step();
  answer(1, Verdict::kDuplicate);
  step();
  answer(1, Verdict::kDuplicate);
  step();
  move();
  answer(1, Verdict::kDuplicate);
  step();
  EXPECT_EQ(tally(), (MissedTally{.asked = 1, .missed = 1}));
}

TEST_F(MissedWatchTest, WhatIsAwaitedIsAskedAgainAfterAMove) {
  pass(1);
  pass(4);
  step();
  answer(4, Verdict::kUnique);
  step();
  move();
  step();
  EXPECT_EQ(claimed(), (std::vector<std::uint64_t>{1, 4, 1}));
  answer(1, Verdict::kDuplicate);
  step();
  EXPECT_EQ(tally(), (MissedTally{.asked = 2, .missed = 1}));
}

TEST_F(MissedWatchTest, WhatIsAwaitedIsNotSettled) {
  EXPECT_EQ(settles(9).counted, Offset(9));
  pass(3);
  pass(5);
  EXPECT_EQ(settles(9).counted, Offset(3));
  EXPECT_EQ(settles(9).time, ProcessingTime(hours(1)));
  EXPECT_EQ(settles(9).floor, claim(3).floor);
  EXPECT_EQ(settles(9).partition, kPartition);
  step();
  answer(3, Verdict::kUnique);
  step();
  EXPECT_EQ(settles(9).counted, Offset(5));
}

TEST_F(MissedWatchTest, TooManyAreNotAskedAndSaid) {
  for (std::uint64_t offset = 1; offset <= 5; ++offset) {
    pass(offset);
  }
  step();
  EXPECT_EQ(claimed().size(), 3U);
  EXPECT_EQ(tally().unasked, 2U);
  answer(1, Verdict::kUnique);
  step();
  pass(6);
  EXPECT_EQ(tally().unasked, 2U);
}

TEST_F(MissedWatchTest, AnAnswerIsOfTheHourOfItsEvent) {
  pass(1, hours(5) + minutes(59));
  pass(2, hours(6));
  step();
  answer(1, Verdict::kDuplicate);
  answer(2, Verdict::kDuplicate);
  step();
  const std::vector<MissedHour> hours_of = watch_->missed().hours;
  ASSERT_EQ(hours_of.size(), 2U);
  EXPECT_EQ(hours_of[0].begin, ProcessingTime(hours(5)));
  EXPECT_EQ(hours_of[1].begin, ProcessingTime(hours(6)));
  EXPECT_EQ(hours_of[1].tally, (MissedTally{.asked = 1, .missed = 1}));
}

TEST_F(MissedWatchTest, WithoutASampleNothingIsAppended) {
  begin(0);
  pass(1);
  step();
  watch_->settle(settles(2));
  EXPECT_TRUE(claims_.appended[0].empty());
  EXPECT_EQ(tally(), MissedTally());
}

TEST(MissedDuplicatesTest, ASampleIsThatShareOfIds) {
  int in_sample = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const Hash128 id{.low = mix64(i), .high = 0};
    EXPECT_TRUE(is_in_sample(id, kWhole));
    EXPECT_FALSE(is_in_sample(id, 0));
    in_sample += is_in_sample(id, kWhole / 16) ? 1 : 0;
  }
  EXPECT_NEAR(in_sample, 100'000 / 16, 300);
}

TEST(MissedDuplicatesTest, HoursThatAreTooOldAreOneSum) {
  MissedDuplicates missed{.sample = kWhole};
  for (int hour = 0; hour < 30; ++hour) {
    missed.at(ProcessingTime(hours(hour))).missed += 1;
  }
  missed.at(ProcessingTime(hours(2))).missed += 1;
  ASSERT_EQ(missed.hours.size(), MissedDuplicates::kHoursMax);
  EXPECT_EQ(missed.hours.front().begin, ProcessingTime(hours(6)));
  EXPECT_EQ(missed.before.missed, 7U);
  EXPECT_EQ(missed.total().missed, 31U);
}

TEST(MissedDuplicatesTest, ASumOfPartitionsDoesNotDependOnTheirOrder) {
  MissedDuplicates one{.sample = 5, .awaited = 1};
  MissedDuplicates other{.sample = 5, .awaited = 2};
  for (int hour = 0; hour < 20; ++hour) {
    one.at(ProcessingTime(hours(hour))).asked += 1;
    other.at(ProcessingTime(hours(hour + 10))).asked += 2;
  }
  MissedDuplicates sum = one;
  sum.add(other);
  MissedDuplicates same = other;
  same.add(one);
  EXPECT_EQ(sum, same);
  EXPECT_EQ(sum.total().asked, 60U);
  EXPECT_EQ(sum.awaited, 3U);
}

TEST(MissedDuplicatesTest, AnEstimateIsOfAllIdsAndOfTheUnasked) {
  const MissedDuplicates missed{.sample = kWhole / 16};
  EXPECT_EQ(missed.estimate({.asked = 100, .missed = 3}), 48U);
  EXPECT_EQ(missed.estimate({.asked = 50, .missed = 3, .unasked = 50}), 96U);
  EXPECT_EQ(missed.estimate({}), 0U);
  EXPECT_EQ((MissedDuplicates{.sample = kWhole}).estimate({.asked = 9, .missed = 7}), 7U);
}

}  // namespace
}  // namespace hapax
