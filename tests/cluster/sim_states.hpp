// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/events_owner.hpp"
#include "cluster/judged_ids.hpp"
#include "cluster/kept_files.hpp"
#include "cluster/unpublished_changes.hpp"
#include "published/published_manifest.hpp"
#include "sim_world.hpp"
#include "testing/memory_portable_store.hpp"

namespace hapax::sim {

/// An event as the clients of the simulated world send it.
struct SimEvent {
  std::uint64_t id = 0;
  std::uint32_t key = 0;     ///< Whose it is; chooses the partition.
  std::uint32_t number = 0;  ///< 1, 2, ... of its key; 0: of no order.
  std::uint32_t content = 0;
  ProcessingTime received_at = {};
};

std::string encode_event(const SimEvent& event);
SimEvent decode_event(std::string_view bytes);
Hash128 hash_of(std::uint64_t id);

/// Counts the events of each key: how many, and the digest of their ids.
struct KeyCount {
  std::uint64_t count = 0;
  Digest digest;
  friend bool operator==(const KeyCount&, const KeyCount&) = default;
};
std::string encode_count(const KeyCount& count);
KeyCount decode_count(std::string_view bytes);

/// Of what a partition publishes beside its rows.
struct SimTold {
  CountedPlace place = {.counted = {}, .complete = ProcessingTime::min()};
  std::uint64_t awaited = 0;  ///< MissedDuplicates::awaited.
  MissedTally missed = {};    ///< Of all hours.
};
SimTold told_of(const PublishedManifest& manifest);

class SimStore : public MemoryPortableStore {
 public:
  explicit SimStore(World& world) : world_(world) {}

  Result<void> open(std::vector<StateFile> files) override;

 private:
  World& world_;
};

/// Counts the events of each key, which is a row of the table "counts".
class SimCounted : public CountedState {
 public:
  explicit SimCounted(World& world)
      : world_(world), store_(world), files_(store_), changes_(world.random.one_in(4) ? 2 : 64) {}

  Result<EventFacts> read(const TopicRecord& record) const override;
  Result<void> count(const TopicRecord& record, Verdict verdict) override;
  void settle(const CountedPlace& place, OwnerBooks books) override;
  ClaimJudge& judge() override { return *judge_; }
  Result<void> restore(const std::string& payload, std::vector<std::string> names,
                       std::vector<std::string> files) override;
  Result<StateImage> freeze(std::uint64_t version) override;
  void kept(const std::vector<std::string>& names) override { files_.kept(names); }
  Result<PartitionUpdate> update_from(std::uint64_t version) override;
  void published(std::uint64_t version) override { changes_.forget(version); }

 private:
  World& world_;
  SimStore store_;
  KeptFiles files_;
  UnpublishedChanges changes_;
  std::optional<ClaimJudge> judge_;          // Once restored.
  std::map<std::string, KeyCount> changed_;  // Rows, since the last freeze.
  std::string manifest_;
  bool is_restored_ = false;  // And nothing was published since.
};

DedupSettings small_buckets();

}  // namespace hapax::sim
