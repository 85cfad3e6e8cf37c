// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/claims_owner.hpp"
#include "cluster/judged_ids.hpp"
#include "stream/forget_floor.hpp"
#include "testing/held_objects.hpp"
#include "testing/held_side_work.hpp"
#include "testing/memory_portable_store.hpp"
#include "testing/memory_topic.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {

// Judges of partitions of claims in a cluster in memory.

/// What the processes of a cluster share.
struct ClaimsWorld {
  MemoryTopic events{1, "events"};
  MemoryTopic claims{4, "claims"};
  MemoryTopic verdicts{1, "verdicts"};

  /// What was said, in its order.
  std::vector<DecidedOffset> said() {
    std::vector<DecidedOffset> all;
    const auto reader = verdicts.read(PartitionId(0), Offset(0));
    const auto records = reader->poll(1000);
    for (const TopicRecord& record : records.value()) {
      const VerdictBlock block = decode_verdicts(record.entry.value).value();
      all.insert(all.end(), block.decided.begin(), block.decided.end());
    }
    return all;
  }

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
      std::exchange(meanwhile, [] {})();
    }
    HeldObjects::get(is_file && state == withheld ? "not a name" : name, std::move(done));
  }

  std::set<std::string> fetched;
  std::string withheld;
  std::function<void()> meanwhile = [] {};  ///< Before the first file that is asked for.
};

/// What the owners of one process share.
struct Machine {
  explicit Machine(ClaimsWorld& shared, Topic* other_events = nullptr)
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

  ClaimsWorld& cluster;
  Topic& events;
  ObjectsWithFiles store;
  HeldSideWork side;
  RestorationLine line;
};

struct OwningJudge {
  explicit OwningJudge(Machine& machine, std::uint32_t partition = 0)
      : on(machine),
        state(std::make_shared<JudgedIds>(1, DedupSettings{.bucket_ids_min = 64}, store)),
        judged(PartitionId(partition), machine.cluster.claims, machine.cluster.verdicts, state),
        owner(PartitionId(partition), {.events = machine.events,
                                       .claims = machine.cluster.claims,
                                       .verdicts = machine.cluster.verdicts,
                                       .objects = machine.store,
                                       .side = machine.side,
                                       .line = machine.line,
                                       .random = machine.cluster.random,
                                       .judged = judged}) {}

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
  JudgedClaims judged;
  ClaimsOwner owner;
  std::optional<Error> error;
};

class ClaimsTest : public testing::Test {
 protected:
  void claim(std::uint64_t offset, std::uint32_t partition = 0) {
    claim_again(offset, offset, partition);
  }
  /// The event at `offset` has the id of that at `of`.
  void claim_again(std::uint64_t offset, std::uint64_t of, std::uint32_t partition = 0) {
    const ProcessingTime now = processing_time_from_micros(1'700'000'000'000'000);
    ForgetFloor floor;
    const TimeSpan span = floor.pass(now, std::chrono::hours(24));
    const Claim claim{.offset = Offset(offset),
                      .seen = {.id = {.low = of + 1, .high = 7}, .content = {}},
                      .span = span,
                      .floor = floor.value()};
    append(ClaimBlock{.partition = PartitionId(0), .claims = {claim}}, partition);
  }
  /// All events below `counted` are counted durably.
  void settle(std::uint64_t counted) {
    append(
        SettledMark{
            .partition = PartitionId(0), .counted = Offset(counted), .time = {}, .floor = {}},
        0);
  }
  void append(const ClaimRecord& record, std::uint32_t partition) {
    cluster_.claims.append(PartitionId(partition), {{.header = {}, .value = encode_claims(record)}},
                           [](const Result<Offset>& end) { EXPECT_TRUE(end); });
  }
  /// Of states of which something is kept.
  void keep_states(std::uint32_t count) {
    Machine before(cluster_);
    for (std::uint32_t p = 0; p < count; ++p) {
      claim(p, p);
      OwningJudge judge(before, p);
      judge.keep();
      ASSERT_TRUE(judge.owner.is_saved());
    }
  }

  ClaimsWorld cluster_;
};

}  // namespace hapax
