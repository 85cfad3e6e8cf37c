// SPDX-License-Identifier: Apache-2.0
#include "cluster/claims_owner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

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

using testing::HasSubstr;

/// What the processes of a cluster share.
struct Shared {
  MemoryTopic events{1, "events"};
  MemoryTopic claims{4, "claims"};
  MemoryTopic verdicts{1, "verdicts"};
  HeldObjects::Objects objects;
  SeededRandom random{1};
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
  HeldObjects store;
  HeldSideWork side;
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

}  // namespace
}  // namespace hapax
