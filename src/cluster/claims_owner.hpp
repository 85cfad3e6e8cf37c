// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cluster/claims_state.hpp"
#include "cluster/judged_claims.hpp"
#include "cluster/log_trimmer.hpp"
#include "cluster/state_keeper.hpp"
#include "ports/topic.hpp"

namespace hapax {

/// Owns one partition of claims: judges what comes and appends what it decided to the topic of
/// verdicts. Its position is kept with its state, and only once the verdicts of all claims before
/// it are durable: so none is missing, and what is said twice is said the same.
/// It goes on with each call of step(). Threading: one owner. Lifetime: all that it is given must
/// outlive it; it must outlive what it appends and stores, or the process end with it.
class ClaimsOwner {
 public:
  struct Parts {
    Topic& events;  ///< What claims speak of; it is not read.
    Topic& claims;
    Topic& verdicts;
    ObjectStore& objects;
    SideWork& side;         ///< Restores the state.
    RestorationLine& line;  ///< Of all owners of the process, of events, too.
    Random& random;
    /// Of the partition; others may go on with it when this owner is gone. It must not have begun.
    JudgedClaims& judged;
    unsigned saves_per_collection = StateKeeper::kSavesPerCollection;
    /// Claims that are older may be deleted. Nothing: none ever is.
    std::optional<Microseconds> retention = {};
  };

  ClaimsOwner(PartitionId partition, const Parts& parts);

  /// Errors: kCorrupt, and every error before the state is here: this owner is of no use any more,
  /// another one must take the state over; others, try again.
  Result<void> step();
  /// Keeps the state as it is now, if it is not at that already.
  void request_save() { save_requested_ = true; }
  /// Deletes claims that are older than that, and judged durably. What is old is told by when the
  /// topic took the newest claim that was read.
  void request_trim();

  bool is_deposed() const { return keeper_.is_deposed(); }
  /// The state is here.
  bool is_restored() const { return restored_; }
  /// Nothing was done since the last state that was kept.
  bool is_saved() const { return restored_ && keeper_.is_idle() && saved_ == position(); }
  Offset position() const { return judged_.position(); }
  /// As kept: nobody asks for claims below it any more.
  Offset durable() const { return saved_; }
  std::uint64_t state_bytes() const { return keeper_.bytes(); }
  /// As of EventsOwner.
  std::string waits_for() const { return restored_ ? "" : keeper_.waits_for(); }

 private:
  struct Frozen {
    Offset position;
    std::uint64_t verdicts_below;  ///< Numbers of the appender that belong to it.
    StateImage image;
  };

  /// What the keeper saves: its position, and the number that its manifest will have.
  struct Saving {
    Offset position;
    std::uint64_t number;
  };

  Result<void> restore();
  Result<void> save();

  JudgedClaims& judged_;
  StateKeeper keeper_;
  ClaimsRestoration restoration_;
  LogTrimmer trimmer_;
  const std::optional<Microseconds> retention_;
  bool restored_ = false;
  Offset saved_ = {};
  bool save_requested_ = false;
  std::optional<Frozen> frozen_;  // Waits for its verdicts to be durable.
  std::optional<Saving> being_saved_;
};

}  // namespace hapax
