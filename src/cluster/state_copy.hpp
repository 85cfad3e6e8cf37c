// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cluster/confirmation.hpp"
#include "cluster/manifest_search.hpp"
#include "cluster/restoration_line.hpp"
#include "cluster/state_fetch.hpp"
#include "core/result.hpp"
#include "ports/object_store.hpp"

namespace hapax {

/// Fetches the newest state that is kept under a name, and leaves it to its owner. It goes on with
/// each call of step(). Threading and lifetime: as StateKeeper.
class StateCopy {
 public:
  /// `topics`: what the state is made of, as of StateKeeper.
  StateCopy(ObjectStore& objects, RestorationLine& line, std::string state,
            std::vector<StateTopic> topics)
      : state_(std::move(state)),
        search_(objects, state_),
        fetch_(objects, line, RestorationLine::Kind::kCopy),
        topics_(std::move(topics)) {}
  StateCopy(const StateCopy&) = delete;
  StateCopy& operator=(const StateCopy&) = delete;

  void step();

  /// All of it is here.
  bool is_here() const { return here_; }
  /// Of what is here. Of number 0, or without a payload: nothing is kept yet.
  const Manifest& manifest() const { return *search_.newest(); }
  /// As of StateFetch.
  FetchedFiles take_files() { return fetch_.take_files(manifest().files); }
  std::string waits_for() const { return fetch_.waits_for(); }

  /// kCorrupt: it cannot be read, lacks a file, or is of other topics; that of the store with which
  /// a file did not come. For good.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  Result<void> go_on();
  Result<void> follow();

  /// So often its owner is followed, who goes on meanwhile.
  static constexpr unsigned kFollowedMax = 1000;

  const std::string state_;
  ManifestSearch search_;
  StateFetch fetch_;
  const Confirmation topics_;
  std::optional<std::uint64_t> lacks_;  // The number of a manifest of which a file was missing.
  bool follows_ = false;                // A newer one is looked for.
  unsigned followed_ = 0;
  bool here_ = false;
  std::optional<Error> failure_;
};

}  // namespace hapax
