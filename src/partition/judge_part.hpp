// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "cluster/claims_state.hpp"
#include "cluster/judged_claims.hpp"
#include "cluster/judged_ids.hpp"
#include "partition/guarded_ports.hpp"
#include "ports/portable_store.hpp"
#include "stream/dedup_index.hpp"

namespace hapax {

/// What `make` makes over a store, and the store with it.
template <typename Make>
auto with_store(std::unique_ptr<PortableStore> store, const Make& make) {
  struct Both {
    Both(std::unique_ptr<PortableStore> kept, const Make& make)
        : store(std::move(kept)), state(make(*store)) {}

    const std::unique_ptr<PortableStore> store;
    std::invoke_result_t<Make, PortableStore&> state;
  };
  const auto both = std::make_shared<Both>(std::move(store), make);
  return std::shared_ptr<decltype(both->state)>(both, &both->state);
}

/// The judge of a partition of claims, with what it reads and says: who owns the partition has one,
/// who stands by has one, and who owned it leaves its own to go on as one that stands by.
/// Threading: one owner. Lifetime: the topics must outlive it.
class JudgePart {
 public:
  struct Parts {
    Topic& events;
    Topic& claims;
    Topic& verdicts;
    const DedupSettings& dedup;
    /// As of PartitionRunner::Parts.
    const std::function<std::unique_ptr<PortableStore>(const std::string& state)>& make_store;
  };

  JudgePart(PartitionId partition, const Parts& parts)
      : claims_(parts.claims),
        verdicts_(parts.verdicts),
        state_(make_state(partition, parts)),
        judged_(partition, claims_, verdicts_, state_) {}

  JudgedClaims& judged() { return judged_; }
  const JudgedClaims& judged() const { return judged_; }
  const std::shared_ptr<JudgedIds>& state() const { return state_; }
  std::optional<Error> trouble() const {
    return trouble_of({claims_.trouble(), verdicts_.trouble()});
  }

 private:
  static std::shared_ptr<JudgedIds> make_state(PartitionId partition, const Parts& parts) {
    return with_store(parts.make_store(claims_state_name(partition)), [&](auto& tables) {
      return JudgedIds(parts.events.partition_count(), parts.dedup, tables);
    });
  }

  GuardedTopic claims_;
  GuardedTopic verdicts_;
  const std::shared_ptr<JudgedIds> state_;
  JudgedClaims judged_;
};

}  // namespace hapax
