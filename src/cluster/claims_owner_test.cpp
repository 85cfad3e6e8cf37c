// SPDX-License-Identifier: Apache-2.0
#include "cluster/claims_owner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/judged_ids.hpp"
#include "cluster/manifest.hpp"
#include "stream/forget_floor.hpp"
#include "testing/held_objects.hpp"
#include "testing/held_side_work.hpp"
#include "testing/memory_portable_store.hpp"
#include "testing/memory_topic.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// What the processes of a cluster share.
struct Shared {
  MemoryTopic events{1, "events"};
  MemoryTopic claims{4, "claims"};
  MemoryTopic verdicts{1, "verdicts"};
  HeldObjects::Objects objects;
  SeededRandom random{1};
};

/// Says of which states files were asked for, and has none of one of them.
class ObjectsWithFiles : public HeldObjects {
 public:
  using HeldObjects::HeldObjects;

  void get(const std::string& name, Got done) override {
    const std::string state = name.substr(0, name.find('/'));
    const bool is_file = name.starts_with(state + "/file/");
    if (is_file) {
      fetched.insert(state);
    }
    HeldObjects::get(is_file && state == withheld ? "not a name" : name, std::move(done));
  }

  std::set<std::string> fetched;
  std::string withheld;
};

/// What the owners of one process share.
struct Machine {
  explicit Machine(Shared& shared, Topic* other_events = nullptr)
      : cluster(shared),
        events(other_events == nullptr ? shared.events : *other_events),
        store(shared.objects) {}

  void answer() {
    cluster.events.run();
    cluster.claims.run();
    cluster.verdicts.run();
    while (store.waiting() > 0) {
      store.answer();
    }
  }

  Shared& cluster;
  Topic& events;
  ObjectsWithFiles store;
  HeldSideWork side;
  RestorationLine line;
};

struct Judge {
  explicit Judge(Machine& machine, std::uint32_t partition = 0)
      : on(machine),
        state(std::make_shared<JudgedIds>(1, DedupSettings{.bucket_ids_min = 64}, store)),
        owner(PartitionId(partition), {.events = machine.events,
                                       .claims = machine.cluster.claims,
                                       .verdicts = machine.cluster.verdicts,
                                       .objects = machine.store,
                                       .side = machine.side,
                                       .line = machine.line,
                                       .random = machine.cluster.random,
                                       .state = state}) {}

  /// One step; the error of the last one that had one.
  void step() {
    if (Result<void> done = owner.step(); !done) {
      error = std::move(done).error();
    }
    on.answer();
  }
  void run(int steps = 60) {
    for (int i = 0; i < steps && !error; ++i) {
      step();
      on.side.work_off();
    }
  }
  /// Judges what was claimed, and keeps it.
  void keep() {
    run();
    owner.request_save();
    run();
  }

  Machine& on;
  MemoryPortableStore store;
  std::shared_ptr<JudgedIds> state;
  ClaimsOwner owner;
  std::optional<Error> error;
};

class ClaimsOwnerTest : public testing::Test {
 protected:
  void claim(std::uint64_t offset, std::uint32_t partition = 0) {
    const ProcessingTime now = processing_time_from_micros(1'700'000'000'000'000);
    ForgetFloor floor;
    const TimeSpan span = floor.pass(now, std::chrono::hours(24));
    const Claim claim{.offset = Offset(offset),
                      .seen = {.id = {.low = offset + 1, .high = 7}, .content = {}},
                      .span = span,
                      .floor = floor.value()};
    cluster_.claims.append(
        PartitionId(partition),
        {{.header = {},
          .value = encode_claims(ClaimBlock{.partition = PartitionId(0), .claims = {claim}})}},
        [](const Result<Offset>& end) { EXPECT_TRUE(end); });
  }
  /// Of states of which something is kept.
  void keep_states(std::uint32_t count) {
    Machine before(cluster_);
    for (std::uint32_t p = 0; p < count; ++p) {
      claim(p, p);
      Judge judge(before, p);
      judge.keep();
      ASSERT_TRUE(judge.owner.is_saved());
    }
  }

  Shared cluster_;
};

TEST_F(ClaimsOwnerTest, GoesOnWithWhatWasKept) {
  Machine machine(cluster_);
  claim(0);
  claim(1);
  {
    Judge first(machine);
    first.keep();
    EXPECT_EQ(first.owner.durable(), Offset(2));
  }
  Judge second(machine);
  second.run();
  EXPECT_FALSE(second.error);
  EXPECT_EQ(second.owner.position(), Offset(2));
}

TEST_F(ClaimsOwnerTest, AStateOfAnotherTopicOfEventsStaysAsItIs) {
  keep_states(1);
  const HeldObjects::Objects before = cluster_.objects;
  MemoryTopic made_anew(1, "events, made anew");
  Machine machine(cluster_, &made_anew);
  Judge judge(machine);
  judge.run();
  ASSERT_TRUE(judge.error);
  EXPECT_EQ(judge.error->kind, ErrorKind::kCorrupt);
  EXPECT_THAT(judge.error->message, HasSubstr("the topic of events is another one"));
  EXPECT_EQ(cluster_.objects, before);
}

TEST_F(ClaimsOwnerTest, WhatIsClaimedOfAnotherTopicOfEventsIsNotKept) {
  Machine machine(cluster_);
  claim(0);
  Judge judge(machine);
  judge.keep();
  cluster_.events.make_anew();
  claim(0);
  judge.keep();
  ASSERT_TRUE(judge.error);
  EXPECT_EQ(judge.error->kind, ErrorKind::kCorrupt);
  EXPECT_EQ(judge.owner.durable(), Offset(1));
}

TEST_F(ClaimsOwnerTest, AStateThatDoesNotNameTheTopicOfEventsIsRefusedWithAWord) {
  keep_states(1);
  std::string& newest = cluster_.objects.rbegin()->second;
  Manifest manifest = decode_manifest(newest).value();
  manifest.topics.erase(manifest.topics.begin());
  newest = encode_manifest(manifest);
  const HeldObjects::Objects before = cluster_.objects;
  Machine machine(cluster_);
  Judge judge(machine);
  judge.run();
  ASSERT_TRUE(judge.error);
  EXPECT_THAT(judge.error->text(), HasSubstr("another version of Hapax"));
  EXPECT_EQ(cluster_.objects, before);
}

TEST_F(ClaimsOwnerTest, OneStateOfAProcessIsFetchedAndRestoredAtATime) {
  keep_states(3);
  Machine machine(cluster_);
  std::vector<std::unique_ptr<Judge>> judges;
  for (std::uint32_t p = 0; p < 3; ++p) {
    judges.push_back(std::make_unique<Judge>(machine, p));
  }
  const auto step_all = [&] {
    for (int i = 0; i < 60; ++i) {
      for (const auto& judge : judges) {
        judge->step();
        ASSERT_FALSE(judge->error);
      }
    }
  };
  for (std::size_t restored = 0; restored < judges.size(); ++restored) {
    step_all();
    ASSERT_EQ(machine.side.waiting(), 1U);
    EXPECT_EQ(
        std::ranges::count_if(judges, [](const auto& one) { return one->owner.is_restored(); }),
        static_cast<std::ptrdiff_t>(restored));
    EXPECT_EQ(
        std::ranges::count_if(
            judges, [](const auto& one) { return one->owner.waits_for().starts_with("its turn"); }),
        static_cast<std::ptrdiff_t>(judges.size() - restored - 1));
    machine.side.work_off();
  }
  step_all();
  EXPECT_TRUE(
      std::ranges::all_of(judges, [](const auto& one) { return one->owner.is_restored(); }));
}

TEST_F(ClaimsOwnerTest, WhoGoesWhileItWaitsForItsTurnHasFetchedNothing) {
  keep_states(3);
  Machine machine(cluster_);
  Judge first(machine, 0);
  auto second = std::make_unique<Judge>(machine, 1);
  Judge third(machine, 2);
  for (int i = 0; i < 60; ++i) {
    first.step();
    second->step();
    third.step();
  }
  second.reset();
  machine.side.work_off();
  third.run();
  EXPECT_TRUE(third.owner.is_restored());
  EXPECT_THAT(machine.store.fetched, ElementsAre("claims-0", "claims-2"));
}

TEST_F(ClaimsOwnerTest, AStateOfWhichAFileDoesNotComeGivesItsTurnAway) {
  keep_states(2);
  Machine machine(cluster_);
  machine.store.withheld = "claims-0";
  auto broken = std::make_unique<Judge>(machine, 0);
  broken->run();
  ASSERT_TRUE(broken->error);
  EXPECT_FALSE(broken->owner.is_restored());
  broken.reset();
  Judge other(machine, 1);
  other.run();
  EXPECT_TRUE(other.owner.is_restored());
}

}  // namespace
}  // namespace hapax
