// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/claims_owner.hpp"
#include "cluster/events_owner.hpp"
#include "sim_world.hpp"
#include "testing/memory_state_store.hpp"

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

/// As files with what has changed; now and then one with all.
class SimCounted : public CountedState {
 public:
  explicit SimCounted(World& world) : world_(world) {}

  Result<EventFacts> read(const TopicRecord& record) const override;
  void count(const TopicRecord& record, Verdict verdict) override;
  Result<void> restore(const std::string& payload, std::vector<std::string> names,
                       std::vector<std::string> files) override;
  Result<StateImage> freeze(std::uint64_t version) override;
  void kept(const std::vector<std::string>& names) override { names_ = names; }
  std::vector<CellRow> frozen_rows() override { return std::move(frozen_); }
  std::vector<CellRow> rows_since(std::uint64_t version) override;

 private:
  struct Cell {
    KeyCount count = {};
    std::uint64_t version = 0;
    bool changed = false;
  };

  World& world_;
  std::map<std::uint32_t, Cell> cells_;
  std::vector<std::string> names_;
  std::vector<CellRow> frozen_;
};

class SimJudge : public JudgeState {
 public:
  SimJudge(World& world, std::uint32_t partitions);

  ClaimJudge& judge() override { return *judge_; }
  Result<void> restore(const std::string& payload, std::vector<std::string> names,
                       std::vector<std::string> files) override;
  Result<StateImage> freeze(std::uint64_t version) override;
  void kept(const std::vector<std::string>& names) override { names_ = names; }

 private:
  World& world_;
  MemoryStateStore store_;
  std::optional<ClaimJudge> judge_;
  std::vector<std::string> names_;
};

}  // namespace hapax::sim
