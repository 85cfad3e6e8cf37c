// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/claim_judge.hpp"
#include "cluster/claims_owner.hpp"
#include "cluster/kept_files.hpp"
#include "ports/portable_store.hpp"

namespace hapax {

/// The state of a partition of claims: a judge, and its ids in a store that can be brought
/// elsewhere.
/// Threading: one owner. Lifetime: `store` must outlive it.
class JudgedIds : public JudgeState {
 public:
  /// As of ClaimJudge.
  JudgedIds(std::uint32_t partitions, const DedupSettings& dedup, PortableStore& store)
      : partitions_(partitions), dedup_(dedup), store_(store), files_(store) {}

  ClaimJudge& judge() override { return *judge_; }

  Result<void> restore(const std::string& payload, std::vector<std::string> names,
                       std::vector<std::string> files) override;
  Result<StateImage> freeze(std::uint64_t version) override;
  void kept(const std::vector<std::string>& names) override { files_.kept(names); }
  /// Ids that are in memory alone go to the store, of a state that is kept by somebody else.
  /// Errors: as of freeze().
  Result<void> spill();

 private:
  Result<void> write_frozen();

  const std::uint32_t partitions_;
  const DedupSettings dedup_;
  PortableStore& store_;
  KeptFiles files_;
  std::optional<ClaimJudge> judge_;  // Once restored.
  std::optional<FrozenIds> frozen_;  // It has not come into the store yet.
};

}  // namespace hapax
