// SPDX-License-Identifier: Apache-2.0
#include "partition/partition_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/claim.hpp"
#include "cluster/topic_log.hpp"
#include "partition/runners_test_support.hpp"
#include "published/published_manifest.hpp"
#include "testing/memory_topic.hpp"

namespace hapax {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class HotReader;

class PartitionRunnerTest : public RunnersTest {
 protected:
  /// To one partition, which has time to count all that it may.
  void send_many(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      send(std::to_string(i), 0);
      if (i % 100 == 0) {
        step();
      }
    }
    for (int i = 0; i < 100; ++i) {
      step();
    }
  }
  /// Goes on for so many steps, `reader` beside it.
  void hear(HotReader& reader, int steps);
  /// The same until `reader` has heard of all that was sent, for so many steps at most.
  void hear_all(HotReader& reader, int steps_max);
};

/// Asks the first process again and again for what it counts.
class HotReader {
 public:
  explicit HotReader(HotFeed& feed) : feed_(feed) { ask(); }

  void step() {
    if (said_->empty()) {
      return;
    }
    const HotAnswer answer = decode_hot_answer(*said_).value();
    for (const HotUpdate& update : answer.updates) {
      if (update.is_untold) {
        ++untold[update.partition];
        continue;
      }
      ++updates;
      begun += update.since ? 1 : 0;
      last[update.partition] = update;
    }
    place_ = answer.place;
    ask();
  }
  std::uint64_t counted() const {
    std::uint64_t counted = 0;
    for (const auto& [partition, update] : last) {
      const PublishedManifest manifest = decode_published(update.change.manifest).value();
      for (const auto& source : manifest.sources) {
        counted += source.received;
      }
    }
    return counted;
  }

  std::map<PartitionId, HotUpdate> last;
  std::map<PartitionId, int> untold;
  std::size_t updates = 0;
  std::size_t begun = 0;

 private:
  void ask() {
    said_ = std::make_shared<std::string>();
    feed_.ask(place_, [said = said_](const Result<std::string>& said_now) { *said = *said_now; });
  }

  HotFeed& feed_;
  std::optional<HotPlace> place_;
  std::shared_ptr<std::string> said_;
};

void PartitionRunnerTest::hear(HotReader& reader, int steps) {
  for (int i = 0; i < steps; ++i) {
    step();
    reader.step();
  }
}

void PartitionRunnerTest::hear_all(HotReader& reader, int steps_max) {
  for (int i = 0; i < steps_max && reader.counted() < sent_; ++i) {
    hear(reader, 1);
  }
}

TEST_F(PartitionRunnerTest, ReadersAreToldWhatIsCountedWhileNoStateCanBeKept) {
  assign_all(0);
  step();
  send("a", 0);
  ASSERT_TRUE(run_until_all_is_published());
  objects_answer_ = false;
  HotReader reader(processes_[0]->hot);
  for (std::uint32_t i = 0; i < 40; ++i) {
    send(std::to_string(i), i);
  }
  hear_all(reader, 2000);
  EXPECT_EQ(reader.counted(), sent_);
  EXPECT_EQ(reader.begun, kEventPartitions) << "each begins once";
  EXPECT_GT(reader.updates, reader.begun);
  EXPECT_LT(books().received, sent_) << "nothing of it is published";
}

TEST_F(PartitionRunnerTest, AVerdictThatDiffersFromAnEarlierOneIsSeenAndChangesNothing) {
  assign_all(0);
  step();
  send("a", 0);
  ASSERT_TRUE(run_until_all_is_published());
  objects_answer_ = false;  // What is kept is judged for good.
  send("b", 0);
  const auto first = [&] { return processes_[0]->runner.events().front(); };
  for (int i = 0; i < 200; ++i) {
    step();
  }
  ASSERT_GT(first().counted, first().durable);
  world_.verdicts.append(
      PartitionId(0),
      {{.header = {},
        .value = encode_verdicts(
            {.partition = PartitionId(0),
             .decided = {{Offset(first().counted.value() - 1), Verdict::kDuplicate}}})}},
      [](const auto&) {});
  for (int i = 0; i < 20; ++i) {
    step();
  }
  EXPECT_EQ(first().contradictions, 1U);
  EXPECT_EQ(processes_[0]->runner.events().back().contradictions, 0U);
  objects_answer_ = true;
  ASSERT_TRUE(run_until_all_is_published());
  EXPECT_EQ(books().unique, 2U);
}

TEST_F(PartitionRunnerTest, WithoutReadersNothingIsTold) {
  assign_all(0);
  step();
  {
    HotReader reader(processes_[0]->hot);
    send("a", 0);
    hear_all(reader, 2000);
    EXPECT_EQ(reader.counted(), sent_);
  }
  world_.clock.advance(std::chrono::minutes(1));
  for (int i = 0; i < 20; ++i) {
    step();
  }
  send("b", 0);
  ASSERT_TRUE(run_until_all_is_published());
  HotReader late(processes_[0]->hot);
  for (int i = 0; i < 100 && late.begun < kEventPartitions; ++i) {
    step();
    late.step();
  }
  EXPECT_EQ(late.begun, kEventPartitions);
  EXPECT_EQ(late.updates, late.begun) << "it begins anew, with nothing of before";
}

TEST_F(PartitionRunnerTest, BeginningsThatTogetherAreMoreThanIsKeptForReadersArrive) {
  processes_[0] = std::make_unique<Process>(world_, HotFeedSettings{.interval = {},
                                                                    .bytes_per_second_max = 50'000,
                                                                    .bytes_kept_max = 1'500,
                                                                    .answer_bytes_max = 500});
  assign_all(0);
  step();
  for (std::uint32_t i = 0; i < 40; ++i) {
    send(std::to_string(i), i);
  }
  ASSERT_TRUE(run_until_all_is_published());
  HotReader reader(processes_[0]->hot);
  hear_all(reader, 400);
  EXPECT_EQ(reader.counted(), sent_);
  EXPECT_EQ(reader.begun, kEventPartitions);
}

TEST_F(PartitionRunnerTest, TooMuchThatIsNotKeptIsNotToldAndBeginsAnewOnceItIsKept) {
  processes_[0] =
      std::make_unique<Process>(world_, HotFeedSettings{.interval = {}, .update_cells_max = 0});
  assign_all(0);
  step();
  send("a", 0);
  ASSERT_TRUE(run_until_all_is_published());
  objects_answer_ = false;
  for (const char* id : {"b", "c"}) {  // The first goes with a state that cannot be kept.
    send(id, 0);
    for (int i = 0; i < 100; ++i) {
      step();
    }
  }
  const PartitionId full(0);
  HotReader reader(processes_[0]->hot);
  hear(reader, 1'000);
  EXPECT_EQ(reader.untold[full], 1) << "it is said once";
  EXPECT_FALSE(reader.last.contains(full));
  EXPECT_TRUE(reader.last.contains(PartitionId(1))) << "others go on";
  HotReader late(processes_[0]->hot);
  hear(late, 300);
  EXPECT_EQ(late.untold[full], 1) << "and to who comes later";
  objects_answer_ = true;
  hear_all(reader, 1'000);
  EXPECT_EQ(reader.counted(), sent_);
}

TEST_F(PartitionRunnerTest, NothingThatIsReadOfAnotherTopicIsTold) {
  assign_all(0);
  step();
  HotReader reader(processes_[0]->hot);
  send("a", 0);
  hear_all(reader, 2000);
  ASSERT_EQ(reader.counted(), 1U);
  world_.events.make_anew();
  send("b", 0);
  hear(reader, 200);
  EXPECT_EQ(reader.counted(), 1U);
}

TEST_F(PartitionRunnerTest, WhatIsToldAndPublishedSaysOfWhichTopicItIs) {
  assign_all(0);
  step();
  HotReader reader(processes_[0]->hot);
  send("a", 0);
  ASSERT_TRUE(run_until_all_is_published());
  hear_all(reader, 2000);
  for (const std::string& manifest : {world_.published.now()->front().published.manifest,
                                      reader.last.at(PartitionId(0)).change.manifest}) {
    EXPECT_EQ(decode_published(manifest)->log, log_of(world_.events));
  }
}

TEST_F(PartitionRunnerTest, BooksOfCollectorsAreToldNobodyBeforeTheyAreKept) {
  assign_all(0);
  step();
  HotReader reader(processes_[0]->hot);
  send("a", 0);
  ASSERT_TRUE(run_until_all_is_published());
  const auto kept = world_.published.now()->front().published.manifest;
  EXPECT_EQ(decode_published(kept)->collectors.size(), 1U);
  hear_all(reader, 2000);
  const HotUpdate& last = reader.last.at(PartitionId(0));
  EXPECT_TRUE(decode_published(last.change.manifest)->collectors.empty());
}

TEST_F(PartitionRunnerTest, WhatTwoKeysSendUnderOneIdCountsOnce) {
  assign_all(0);
  step();
  for (std::uint32_t i = 0; i < 100; ++i) {
    send(std::to_string(i), i);
    send(std::to_string(i), i + 1);
  }
  ASSERT_TRUE(run_until_all_is_published());
  EXPECT_EQ(books().unique, 100U);
  EXPECT_EQ(books().duplicate, 100U);
  EXPECT_EQ(books().counted, 100U);
  EXPECT_TRUE(processes_[0]->runner.is_ready());
}

TEST_F(PartitionRunnerTest, PartitionsMoveWhileEventsCome) {
  SeededRandom random(3);
  assign_all(0);
  step();
  for (std::uint32_t i = 0; i < 600; ++i) {
    send(std::to_string(random.below(300)), static_cast<std::uint32_t>(random.below(50)));
    step();
    if (random.one_in(15)) {
      assign(true, static_cast<std::uint32_t>(random.below(kEventPartitions)), random.below(2));
    }
    if (random.one_in(25)) {
      assign(false, static_cast<std::uint32_t>(random.below(kClaimPartitions)), random.below(2));
    }
  }
  ASSERT_TRUE(run_until_all_is_published());
  const SourceAudit sum = books();
  EXPECT_EQ(sum.unique, ids_.size());
  EXPECT_EQ(sum.unique + sum.duplicate, 600U);
  EXPECT_EQ(sum.counted, sum.unique);
}

TEST_F(PartitionRunnerTest, OnePartitionWhoseStateDoesNotComeHoldsUpNoOther) {
  assign_all(0);
  step();
  send("a", 0);
  send("b", 1);
  ASSERT_TRUE(run_until_all_is_published());
  world_.reached.silent_of = "events-1/";
  assign(true, 1, 1);
  assign(true, 0, 1);
  send("c", 0);
  EXPECT_TRUE(run_until_all_is_published());
  EXPECT_FALSE(processes_[1]->runner.is_ready());
  send("d", 1);
  world_.reached.silent_of.clear();
  assign(true, 1, 0);  // What was asked for is not answered any more.
  EXPECT_TRUE(run_until_all_is_published());
}

TEST_F(PartitionRunnerTest, OnePartitionWhoseStateIsBeingRestoredHoldsUpNoOther) {
  assign_all(0);
  step();
  send("a", 0);
  send("b", 1);
  ASSERT_TRUE(run_until_all_is_published());
  processes_[0]->side_is_held = true;
  assign(true, 1, 1);
  step();
  assign(true, 1, 0);
  for (int i = 0; i < 100; ++i) {
    step();
  }
  ASSERT_EQ(processes_[0]->side.waiting(), 1U);
  send("c", 0);
  EXPECT_TRUE(run_until_all_is_published());
  EXPECT_FALSE(processes_[0]->runner.is_ready());
  send("d", 1);
  processes_[0]->side_is_held = false;
  EXPECT_TRUE(run_until_all_is_published());
}

TEST_F(PartitionRunnerTest, APartitionThatGoesWhileItsStateIsRestoredComesBack) {
  assign_all(0);
  step();
  send("a", 1);
  ASSERT_TRUE(run_until_all_is_published());
  processes_[1]->side_is_held = true;
  assign(true, 1, 1);
  while (processes_[1]->side.waiting() == 0) {
    step();
  }
  assign(true, 1, 0);
  send("b", 1);
  EXPECT_TRUE(run_until_all_is_published());
  assign(true, 1, 1);
  for (int i = 0; i < 100; ++i) {
    step();
  }
  EXPECT_EQ(processes_[1]->side.waiting(), 1U) << "its first life is not restored yet";
  processes_[1]->side_is_held = false;
  send("c", 1);
  EXPECT_TRUE(run_until_all_is_published());
  EXPECT_EQ(books().unique, 3U);
}

TEST_F(PartitionRunnerTest, StatesAreRestoredOneAtATimeJudgesFirst) {
  assign_all(0);
  step();
  send_to_all();
  ASSERT_TRUE(run_until_all_is_published());
  Process& next = *processes_[1];
  next.side_is_held = true;
  assign_all(1);
  const auto restored = [](const std::vector<OwnedPartition>& all) {
    return static_cast<std::size_t>(std::ranges::count_if(all, &OwnedPartition::is_restored));
  };
  for (std::size_t done = 0; done < kClaimPartitions + kEventPartitions; ++done) {
    for (int i = 0; i < 100; ++i) {
      step();
    }
    ASSERT_EQ(next.side.waiting(), 1U);
    EXPECT_EQ(restored(next.runner.claims()), std::min<std::size_t>(done, kClaimPartitions));
    EXPECT_EQ(restored(next.runner.claims()) + restored(next.runner.events()), done);
    next.side.work_off();
  }
  next.side_is_held = false;
  send("b", 0);
  EXPECT_TRUE(run_until_all_is_published());
}

TEST_F(PartitionRunnerTest, AnotherClusterOnTheSameObjectsDisturbsNobody) {
  assign_all(0);
  step();
  send_to_all();
  ASSERT_TRUE(run_until_all_is_published());
  for (int i = 0; i < 100; ++i) {
    step();
  }
  const HeldObjects::Objects before = world_.kept;
  SharedWorld foreign("foreign", &world_.kept);
  Process intruder(foreign);
  intruder.group.told = processes_[0]->group.told;
  for (int i = 0; i < 100; ++i) {
    foreign.clock.advance(milliseconds(5));
    foreign.control.run();
    while (foreign.objects.waiting() > 0) {
      foreign.objects.answer();
    }
    intruder.side.work_off();
    intruder.runner.step();
  }
  for (const auto& owned : {intruder.runner.events(), intruder.runner.claims()}) {
    for (const OwnedPartition& one : owned) {
      EXPECT_THAT(one.error, testing::HasSubstr("is another one"));
    }
  }
  EXPECT_EQ(world_.kept, before);
  send("b", 0);
  EXPECT_TRUE(run_until_all_is_published());
  EXPECT_TRUE(processes_[0]->runner.is_ready());
}

TEST_F(PartitionRunnerTest, WhatWaitsForAJudgeIsBounded) {
  assign_all(0);
  assign(false, 0, 1);
  assign(false, 1, 1);
  processes_[1]->side_is_held = true;  // The judges are not there.
  step();
  send_many(2'000);
  const OwnedPartition full = processes_[0]->runner.events().at(0);
  EXPECT_TRUE(full.is_full);
  EXPECT_LT(full.held_bytes, 200'000U) << "the limit, and one poll";
  EXPECT_FALSE(processes_[0]->runner.is_ready());
  processes_[1]->side_is_held = false;
  EXPECT_TRUE(run_until_all_is_published());
  EXPECT_EQ(books().unique, 2'000U);
}

TEST_F(PartitionRunnerTest, WhatIsCountedAndNotKeptIsBounded) {
  assign_all(0);
  step();
  send("a", 0);
  ASSERT_TRUE(run_until_all_is_published());
  world_.reached.silent_of = "events-0/";
  send_many(5'000);
  EXPECT_TRUE(processes_[0]->runner.events().at(0).is_full);
  EXPECT_LT(processes_[0]->runner.events().at(0).counted, Offset(2'000));
  world_.reached.silent_of.clear();
  assign(true, 0, 1);  // The store does not answer what it was asked.
  EXPECT_TRUE(run_until_all_is_published());
  EXPECT_EQ(books().unique, 5'001U);
}

TEST_F(PartitionRunnerTest, SaysUpToWhereAPartitionIsDone) {
  assign_all(1);
  step();
  for (std::uint32_t i = 0; i < 20; ++i) {
    send(std::to_string(i), 1);
  }
  ASSERT_TRUE(run_until_all_is_published());
  const Offset all(1 + 20);  // A fence, since a collector has come, and these.
  EXPECT_EQ((processes_[1]->group.committed[{0, PartitionId(1)}]), all);
}

TEST_F(PartitionRunnerTest, TakesNothingWhileATopicIsWrongAndGoesOnOnceItIsRight) {
  assign_all(0);
  step();
  send("a", 0);
  ASSERT_TRUE(run_until_all_is_published());
  world_.trouble.tell({.why = "topic events: retention.ms is 1000"});
  step();  // What was on its way comes.
  const std::size_t kept = world_.kept.size();
  send("b", 0);
  for (int i = 0; i < 100; ++i) {
    step();
  }
  EXPECT_EQ(books().received, 1U);
  EXPECT_EQ(world_.kept.size(), kept);
  EXPECT_FALSE(processes_[0]->runner.is_ready());
  assign(true, 0, 1);  // It may be told to go meanwhile.
  step();
  EXPECT_EQ(processes_[0]->runner.events().size(), kEventPartitions - 1);
  world_.trouble.tell({});
  EXPECT_TRUE(run_until_all_is_published());
}

TEST_F(PartitionRunnerTest, NothingThatIsReadOfAnotherTopicIsKept) {
  assign_all(0);
  step();
  send("a", 0);
  ASSERT_TRUE(run_until_all_is_published());
  world_.events.make_anew();
  send("b", 0);
  std::set<std::string> errors;
  for (int i = 0; i < 200; ++i) {
    step();
    errors.insert(processes_[0]->runner.events().at(0).error);
  }
  EXPECT_EQ(books().received, 1U);
  EXPECT_THAT(errors, testing::Contains(testing::HasSubstr("another one")));
}

TEST_F(PartitionRunnerTest, APartitionWithoutEventsIsPublishedToo) {
  assign_all(0);
  for (int i = 0; i < 100; ++i) {
    step();
  }
  ASSERT_EQ(world_.published.now()->size(), kEventPartitions);
  for (const auto& partition : *world_.published.now()) {
    EXPECT_GT(partition.published.version, 0U);
  }
}

/// While nothing is counted a state is kept only for how far it is complete, seldom.
TEST_F(PartitionRunnerTest, APartitionWithoutEventsIsKeptSeldom) {
  assign_all(0);
  step();
  send("a", 0);
  ASSERT_TRUE(run_until_all_is_published());
  const auto versions = [&] {
    std::uint64_t sum = 0;
    for (const auto& partition : *world_.published.now()) {
      sum += partition.published.version;
    }
    return sum;
  };
  const std::uint64_t before = versions();
  const ProcessingTime complete_before = complete(0);
  for (int i = 0; i < 6'000; ++i) {  // Half a minute.
    step();
  }
  EXPECT_GT(complete(0), complete_before);
  EXPECT_GE(versions() - before, 2 * kEventPartitions);
  EXPECT_LE(versions() - before, 4 * kEventPartitions);
}

TEST_F(PartitionRunnerTest, TimeInWhichTheProcessStoodStillIsNoSilence) {
  assign_all(0);
  step();
  world_.clock.advance(std::chrono::minutes(5));
  for (int i = 0; i < 20; ++i) {
    step();
  }
  EXPECT_FALSE(collection_.is_gone());
}

TEST_F(PartitionRunnerTest, ReadersThatAreAheadOfAStateThatWasLostGetAllOfItAnew) {
  assign_all(0);
  step();
  send("a", 0);
  ASSERT_TRUE(run_until_all_is_published());
  const std::uint64_t version = world_.published.now()->at(0).published.version + 20;
  PartitionUpdate ahead{.version = version, .since = 0, .change = {}};
  ahead.change.tables.emplace_back().name = "view.gone.1";
  ahead.change.tables.back().changes.put("s", "left over");
  ahead.change.manifest = world_.published.now()->at(0).published.manifest;
  ASSERT_TRUE(world_.published.publish(PartitionId(0), ahead));
  assign(true, 0, 1);
  for (int i = 0; i < 2000 && world_.published.now()->at(0).published.version <= version; ++i) {
    step();
  }
  EXPECT_GT(world_.published.now()->at(0).published.version, version);
  EXPECT_FALSE(world_.published.now()->at(0).tables.contains("view.gone.1"));
}

TEST_F(PartitionRunnerTest, SaysWhyTheViewStoreLacksWhatIsCounted) {
  assign_all(0);
  world_.published.fail(Error{ErrorKind::kUnavailable, "the password is wrong"});
  for (int i = 0; i < 100; ++i) {
    step();
  }
  ASSERT_EQ(processes_[0]->runner.events().size(), kEventPartitions);
  EXPECT_EQ(processes_[0]->runner.events()[0].error, "the password is wrong");
  EXPECT_FALSE(processes_[0]->runner.is_ready());
}

TEST_F(PartitionRunnerTest, ACollectorThatSaysNothingIsDeclaredGone) {
  assign_all(0);
  step();
  Collection silent(CollectorId(2), {}, {world_.events, world_.control, follower_});
  step();
  silent.step();
  for (int i = 0; i < 2500 && !silent.is_gone(); ++i) {
    step();
    silent.step();
  }
  EXPECT_TRUE(silent.is_gone());
  EXPECT_FALSE(collection_.is_gone());
}

}  // namespace
}  // namespace hapax
