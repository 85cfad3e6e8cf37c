// SPDX-License-Identifier: Apache-2.0
#include "stream/dedup_index.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <string>

#include "testing/memory_state_store.hpp"

namespace hapax {
namespace {

using std::chrono::hours;

constexpr std::uint64_t kFirstBucketIds = 32;
constexpr std::uint64_t kContent = SeenId::pack(7, 0);
constexpr std::uint64_t kOtherContent = SeenId::pack(8, 0);
constexpr Microseconds kWindow = hours(24);

ProcessingTime at(Microseconds time) {
  return ProcessingTime(time);
}

SeenId seen(std::uint64_t number, std::uint64_t content = 0) {
  // Spread like a hash, so that filters work as they do in life.
  std::mt19937_64 spread(number);
  const std::uint64_t low = spread();
  return {.id = {.low = low, .high = spread()}, .content = content};
}

/// As the only event of its partition.
Seen add_to(DedupIndex& index, const SeenId& seen, ProcessingTime received) {
  ForgetFloor floor;
  floor.pass(received, kWindow);
  return index.add(seen, span_of(received, kWindow), floor.value()).value();
}

/// A dedup index with a store, restarted and checkpointed by hand.
class DedupIndexTest : public testing::Test {
 protected:
  DedupIndexTest() { start(); }

  void start() { index_.emplace(settings_, store_); }

  Seen add(std::uint64_t number, ProcessingTime received, std::uint64_t content = 0) {
    return add_to(*index_, seen(number, content), received);
  }
  void expire(ProcessingTime clock) {
    index_->expire(clock, ForgetFloor::floor_at(clock, kWindow));
  }

  StateWrite write_of(const FrozenIds& frozen) {
    StateWrite write{.manifest = manifest_};
    EXPECT_TRUE(frozen.add_to(write, store_));
    return write;
  }

  void write_frozen(const FrozenIds& frozen) {
    ASSERT_TRUE(store_.write(write_of(frozen)));
    index_->commit();
  }

  void encode() {
    std::string buckets;
    std::string runs;
    ByteWriter to_buckets(buckets);
    ByteWriter to_runs(runs);
    index_->encode(to_buckets);
    index_->encode_runs(to_runs);
    manifest_.clear();
    ByteWriter out(manifest_);
    out.put_string(buckets);
    out.put_string(runs);
  }

  Result<void> restore(std::string_view manifest) {
    ByteReader in(manifest);
    const std::string of_buckets = in.string();
    const std::string of_runs = in.string();
    ByteReader buckets(of_buckets);
    ByteReader runs(of_runs);
    HAPAX_TRY(index_->restore(buckets, &runs));
    EXPECT_TRUE(in.at_end() && buckets.at_end() && runs.at_end());
    return {};
  }

  void checkpoint() {
    const FrozenIds frozen = index_->freeze();
    encode();
    write_frozen(frozen);
  }

  void restart() {
    start();
    ASSERT_TRUE(restore(store_.manifest().value().value()));
  }

  DedupSettings settings_{
      .ids_limit = 1'000, .bucket_ids_min = kFirstBucketIds, .bucket_ids_max = 4 * kFirstBucketIds};
  MemoryStateStore store_;
  std::string manifest_;
  std::optional<DedupIndex> index_;
};

TEST_F(DedupIndexTest, TellsFirstFromDuplicateFromConflict) {
  EXPECT_EQ(add(1, at(hours(0)), kContent), Seen::kFirst);
  EXPECT_EQ(add(1, at(hours(1)), kContent), Seen::kDuplicate);
  EXPECT_EQ(add(1, at(hours(1)), kOtherContent), Seen::kConflict);
  EXPECT_EQ(add(1, at(hours(1)), kContent), Seen::kDuplicate);  // The first content stays.
}

TEST_F(DedupIndexTest, TellsAnotherTimeFromAnotherContent) {
  constexpr std::uint64_t kOtherTime = std::uint64_t{1} << 63U;  // Its highest bits are kept.
  const auto content = [](std::uint64_t what, std::uint64_t time) {
    return SeenId::pack(what, time);
  };
  EXPECT_EQ(add(1, at(hours(0)), content(7, 0)), Seen::kFirst);
  for (const bool stored : {false, true}) {
    if (stored) {
      checkpoint();
      restart();
    }
    EXPECT_EQ(add(1, at(hours(1)), content(7, 0)), Seen::kDuplicate);
    EXPECT_EQ(add(1, at(hours(1)), content(7, kOtherTime)), Seen::kRestamped);
    EXPECT_EQ(add(1, at(hours(1)), content(8, 0)), Seen::kConflict);
    EXPECT_EQ(add(1, at(hours(1)), content(8, kOtherTime)), Seen::kConflict);
  }
}

TEST_F(DedupIndexTest, TheIdOfAllZerosIsAnIdLikeAnyOther) {
  const SeenId zero{.id = {}, .content = 5};
  EXPECT_EQ(add_to(*index_, zero, at(hours(0))), Seen::kFirst);
  EXPECT_EQ(add_to(*index_, zero, at(hours(0))), Seen::kDuplicate);
}

// Reliability row 12b: whatever lies between the tries, each id at every distance from each edge.
TEST_F(DedupIndexTest, ARetryAcrossAnyEdgeIsFound) {
  std::uint64_t next = 0;
  std::map<std::uint64_t, int> seen_times;
  const auto pass_all = [&](ProcessingTime now) {
    for (std::uint64_t number = 0; number < next; ++number) {
      ASSERT_EQ(add(number, now, number), Seen::kDuplicate) << number << " of " << next;
    }
  };
  for (int round = 0; round < 20; ++round) {
    const ProcessingTime now = at(hours(round));
    for (int i = 0; i < 17; ++i) {
      ASSERT_EQ(add(next, now, next), Seen::kFirst);
      ++next;
      pass_all(now);
    }
    if (round % 3 == 0) {
      const FrozenIds frozen = index_->freeze();
      pass_all(now);  // Frozen, not written.
      ASSERT_EQ(add(next, now, next), Seen::kFirst);
      ++next;
      write_frozen(frozen);
      pass_all(now);
    }
    if (round % 5 == 4) {
      checkpoint();
      restart();
      pass_all(now);
    }
    expire(now);
  }
  EXPECT_EQ(index_->stats().buckets, 5U);
}

TEST_F(DedupIndexTest, EachQuarterOfTheWindowHasItsBuckets) {
  add(1, at(hours(0)));
  add(2, at(hours(6)) - Microseconds(1));
  EXPECT_EQ(index_->stats().buckets, 1U);
  add(3, at(hours(6)));
  EXPECT_EQ(index_->stats().buckets, 2U);
  add(4, at(hours(5)));  // Of a partition that is behind: not sealed yet.
  EXPECT_EQ(index_->stats().buckets, 2U);
  expire(at(hours(6)));
  add(5, at(hours(5)));
  EXPECT_EQ(index_->stats().buckets, 3U);
}

TEST_F(DedupIndexTest, RemembersForTheWindowAndForgetsNotMuchLater) {
  add(1, at(hours(5)));
  EXPECT_EQ(add(1, at(hours(5) + kWindow)), Seen::kDuplicate);
  EXPECT_EQ(add(1, at(hours(6) + kWindow) - Microseconds(1)), Seen::kDuplicate);
  EXPECT_EQ(add(1, at(hours(6) + kWindow)), Seen::kFirst);
}

// Whichever of the two is read first: in a replay that may be another one than at first.
TEST_F(DedupIndexTest, TwoTriesAreTheSameDistanceApartInEitherOrder) {
  add(1, at(hours(6) + kWindow), kContent);
  EXPECT_EQ(add(1, at(hours(6)), kOtherContent), Seen::kConflict);
  EXPECT_EQ(add(1, at(hours(6)) - Microseconds(1), kOtherContent), Seen::kFirst);
}

TEST_F(DedupIndexTest, TheEndsOfTimeDoNotWrap) {
  EXPECT_EQ(add(1, ProcessingTime::min()), Seen::kFirst);
  EXPECT_EQ(add(1, ProcessingTime::min()), Seen::kDuplicate);
  expire(ProcessingTime::min());
  EXPECT_EQ(add(1, ProcessingTime::max() - Microseconds(1)), Seen::kFirst);
  EXPECT_EQ(add(1, ProcessingTime::max() - Microseconds(1)), Seen::kDuplicate);
}

// What is remembered follows from the received times, whenever memory is reclaimed and restarts
// happen.
TEST_F(DedupIndexTest, ReclaimingChangesNoAnswer) {
  std::mt19937_64 random(5);
  DedupIndex other(settings_, store_);  // Never reclaims, never restarts, asks no store.
  for (int i = 0; i < 20'000; ++i) {
    const ProcessingTime now = at(std::chrono::seconds(20 * i));
    const std::uint64_t number = random() % 2'000;
    ASSERT_EQ(add(number, now), add_to(other, seen(number), now)) << i;
    if (random() % 10 == 0) {
      expire(now);
    }
    if (random() % 300 == 0) {
      checkpoint();
      if (random() % 2 == 0) {
        restart();
      }
    }
  }
  EXPECT_LT(index_->stats().buckets, other.stats().buckets);
}

TEST_F(DedupIndexTest, WhatIsForgottenIsForgottenWhereverItIs) {
  add(1, at(hours(0)));
  checkpoint();  // Stays in memory as the last frozen set.
  add(2, at(hours(7)));
  expire(at(hours(30)));
  EXPECT_EQ(add(1, at(hours(30))), Seen::kFirst);
  EXPECT_EQ(add(2, at(hours(30))), Seen::kDuplicate);
  checkpoint();
  EXPECT_FALSE(store_.tables().contains(runs_table(BucketId(0))));
  EXPECT_FALSE(store_.tables().contains(ids_table(BucketId(0))));
}

TEST_F(DedupIndexTest, ASpanThatIsOverKeepsNoRoomForMore) {
  for (std::uint64_t number = 0; number < 100; ++number) {
    add(number, at(hours(0)));
  }
  expire(at(hours(6)));
  add(100, at(hours(6)));
  checkpoint();
  const std::uint64_t open = index_->stats().filter_bytes;
  expire(at(hours(12)));
  checkpoint();
  EXPECT_EQ(index_->stats().filter_bytes, open - 2 * (128 - kFirstBucketIds));
  restart();
  for (std::uint64_t number = 0; number <= 100; ++number) {
    EXPECT_EQ(add(number, at(hours(12))), Seen::kDuplicate) << number;
  }
}

// Whoever counts only says what is to be folded: that takes long.
TEST_F(DedupIndexTest, AFilterIsFoldedOnceItIsWritten) {
  for (std::uint64_t number = 0; number < 100; ++number) {
    add(number, at(hours(0)));
  }
  add(100, at(hours(6)));
  checkpoint();
  expire(at(hours(12)));
  std::uint64_t all = index_->stats().filter_bytes;
  const FrozenIds frozen = index_->freeze();
  encode();
  EXPECT_EQ(index_->stats().filter_bytes, all);
  store_.fail_writes(Error{ErrorKind::kExhausted, "disk full"});
  EXPECT_FALSE(store_.write(write_of(frozen)));
  store_.fail_writes(std::nullopt);
  EXPECT_EQ(add(100, at(hours(12))), Seen::kDuplicate);
  all = index_->stats().filter_bytes;  // There is a bucket of that span now.
  write_frozen(frozen);
  EXPECT_EQ(index_->stats().filter_bytes, all - 2 * (128 - kFirstBucketIds));
  EXPECT_EQ(add(100, at(hours(12))), Seen::kDuplicate);
}

/// Capacities that grow as they do in life, but from a few ids on.
class DedupCapacityTest : public DedupIndexTest {
 protected:
  DedupCapacityTest() {
    settings_ = {.bucket_ids_min = 32,
                 .bucket_ids_fourfold = 64,
                 .bucket_ids_at_once = 512,
                 .bucket_ids_max = 1U << 16U};
    start();
  }

  /// Returns how many bytes of filters that takes at once.
  std::uint64_t begin_span(ProcessingTime now) {
    const std::uint64_t before = index_->stats().filter_bytes;
    add(next_++, now);
    return index_->stats().filter_bytes - before;
  }
  /// `count` ids of one span, the first of it included; returns how many buckets they take.
  std::uint64_t fill_span(ProcessingTime now, std::uint64_t count) {
    const std::uint64_t before = index_->stats().buckets;
    for (std::uint64_t i = 0; i < count; ++i) {
      add(next_++, now);
    }
    return index_->stats().buckets - before;
  }

  static constexpr std::uint64_t kBytesAnId = 2;  ///< Of room in a filter.

 private:
  std::uint64_t next_ = 0;
};

// That of a busy day is no memory for a night in which hardly an event comes.
TEST_F(DedupCapacityTest, ASpanBeginsWithAQuarterOfTheRoomThatTheLastOneTook) {
  fill_span(at(hours(0)), 4'000);
  EXPECT_EQ(begin_span(at(hours(6))), kBytesAnId * 4'096 / 4);
  EXPECT_EQ(begin_span(at(hours(12))), kBytesAnId * 32) << "the last one has one id";
}

TEST_F(DedupCapacityTest, ASpanHasOneBucketWhereTheRoomForAllOfItIsSmall) {
  fill_span(at(hours(0)), 400);
  EXPECT_EQ(fill_span(at(hours(6)), 500), 1U);
  EXPECT_EQ(fill_span(at(hours(12)), 450), 1U);
}

TEST_F(DedupCapacityTest, ASteadyStreamHasTwoBucketsASpan) {
  fill_span(at(hours(0)), 2'500);
  for (int span = 1; span <= 4; ++span) {
    EXPECT_LE(fill_span(at(hours(6 * span)), span % 2 == 0 ? 2'500 : 2'750), 2U) << span;
  }
}

TEST_F(DedupCapacityTest, NoFilterHasRoomForMoreThanFourTimesWhatIsThere) {
  fill_span(at(hours(0)), 8'000);
  begin_span(at(hours(6)));
  for (std::uint64_t ids = 1; ids < 8'000; ++ids) {
    ASSERT_LE(begin_span(at(hours(6))), kBytesAnId * 4 * ids) << ids;
  }
}

// Of another partition, which is read later.
TEST_F(DedupCapacityTest, AStragglerOfAnOlderSpanSaysNothingOfTheNext) {
  fill_span(at(hours(6)), 4'000);
  EXPECT_EQ(begin_span(at(hours(0))), kBytesAnId * 32);
  EXPECT_EQ(begin_span(at(hours(12))), kBytesAnId * 4'096 / 4);
}

// Reliability row 11: full means an alarm, not a shorter window.
TEST_F(DedupIndexTest, MoreIdsThanExpectedRaiseAnAlarmAndAreKept) {
  for (std::uint64_t number = 0; number < 1'000; ++number) {
    add(number, at(hours(1)));
  }
  EXPECT_FALSE(index_->stats().window_pressure);
  for (std::uint64_t number = 1'000; number < 2'000; ++number) {
    add(number, at(hours(1)));
    if (number % 100 == 0) {
      checkpoint();
      expire(at(hours(2)));
    }
  }
  EXPECT_TRUE(index_->stats().window_pressure);
  for (std::uint64_t number = 0; number < 2'000; ++number) {
    ASSERT_EQ(add(number, at(hours(2))), Seen::kDuplicate);
  }
}

TEST_F(DedupIndexTest, AFailedLookupRemembersNothing) {
  for (std::uint64_t number = 0; number < 100; ++number) {
    add(number, at(hours(0)));
  }
  checkpoint();
  checkpoint();  // Nothing is left in memory.
  store_.fail_reads("", Error{ErrorKind::kUnavailable, "disk"});
  EXPECT_FALSE(index_->add(seen(5), span_of(at(hours(0)), kWindow), ForgetFloor().value()));
  store_.fail_reads("", std::nullopt);
  EXPECT_EQ(add(5, at(hours(0))), Seen::kDuplicate);
}

TEST_F(DedupIndexTest, AStoreThatLostIdsIsNotBelieved) {
  add(1, at(hours(0)));
  add(2, at(hours(0)));
  checkpoint();
  const std::string table = runs_table(BucketId(0));
  StateWrite loss{.manifest = manifest_, .tables = {{.name = table}}};
  loss.tables[0].changes.erase(store_.table(table).begin()->first);
  ASSERT_TRUE(store_.write(loss));
  start();
  const Result<void> restored = restore(manifest_);
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().kind, ErrorKind::kCorrupt);
}

TEST_F(DedupIndexTest, ATableThatIsUsedAgainHoldsNothingOfBefore) {
  for (std::uint64_t number = 0; number < 300; ++number) {
    if (number % 100 == 0) {
      checkpoint();
    }
    EXPECT_EQ(add(number, at(hours(0))), Seen::kFirst);
  }
  const FrozenIds frozen = index_->freeze();
  std::size_t ids = 0;
  for (const FrozenIds::Part& part : frozen.parts) {
    ids += part.ids->size();
    part.ids->for_each([&](const FrozenIds::Slot&) { --ids; });
  }
  EXPECT_EQ(ids, 0U);
  for (std::uint64_t number = 0; number < 300; ++number) {
    EXPECT_EQ(add(number, at(hours(0))), Seen::kDuplicate) << number;
  }
}

TEST_F(DedupIndexTest, ATableThatIsStillWrittenStaysAsItIs) {
  std::vector<FrozenIds> kept;
  for (std::uint64_t number = 0; number < 400; ++number) {
    if (number % 100 == 0) {
      kept.push_back(index_->freeze());
      write_frozen(kept.back());
    }
    add(number, at(hours(0)));
  }
  ASSERT_FALSE(kept[1].parts.empty());
  std::size_t ids = 0;
  kept[1].parts[0].ids->for_each([&](const FrozenIds::Slot&) { ++ids; });
  EXPECT_EQ(ids, kept[1].parts[0].ids->size());
  EXPECT_GT(ids, 0U);
}

TEST_F(DedupIndexTest, RunsAreSortedAndDistinct) {
  for (std::uint64_t number = 0; number < 100; ++number) {
    add(number % 60, at(hours(0)));
  }
  std::size_t total = 0;
  for (const StateWrite::Table& table : write_of(index_->freeze()).tables) {
    std::string last;
    std::string last_id;
    table.changes.for_each([&](std::string_view key, std::optional<std::string_view> page) {
      EXPECT_LT(last, key);
      last = key;
      for (; table.name.starts_with("runs.") && !page->empty(); page->remove_prefix(24)) {
        EXPECT_LT(last_id, page->substr(0, 16));
        last_id = page->substr(0, 16);
        ++total;
      }
      return true;
    });
  }
  EXPECT_EQ(total, 60U);
}

// Against a map, with ids of all ages, checkpoints and restarts at random.
TEST_F(DedupIndexTest, AgreesWithAMapWhateverHappens) {
  std::mt19937_64 random(3);
  std::map<std::uint64_t, std::uint64_t> oracle;
  for (int i = 0; i < 20'000; ++i) {
    const ProcessingTime now = at(std::chrono::seconds(i));
    const std::uint64_t number = random() % 3'000;
    const std::uint64_t content = random() % 2 == 0 ? kContent : kOtherContent;
    const auto [first, inserted] = oracle.try_emplace(number, content);
    const Seen expected = inserted                   ? Seen::kFirst
                          : first->second == content ? Seen::kDuplicate
                                                     : Seen::kConflict;
    ASSERT_EQ(add(number, now, content), expected) << i;
    expire(now);
    if (random() % 500 == 0) {
      checkpoint();
      if (random() % 2 == 0) {
        restart();
      }
    }
  }
}

}  // namespace
}  // namespace hapax
