// SPDX-License-Identifier: Apache-2.0
#include "partition/standby_judges.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "cluster/standby_judge.hpp"
#include "partition/retry_pause.hpp"

namespace hapax {

/// One of them, with all that it has for itself.
class StandbyJudges::Home {
 public:
  Home(PartitionId partition, const Parts& parts)
      : judge_(std::make_unique<JudgePart>(partition, parts.judge)),
        fetching_(std::in_place, partition, *judge_, parts) {}
  /// Of one that judges already.
  explicit Home(std::unique_ptr<JudgePart> judge) : judge_(std::move(judge)) {}

  Result<void> step() {
    if (!fetching_) {
      return judge_->judged().step();
    }
    fetching_->objects.step();
    return fetching_->standby.step();
  }
  Result<void> spill() { return judge_->state()->spill(); }

  JudgePart& judge() { return *judge_; }
  const JudgePart& judge() const { return *judge_; }
  bool is_restored() const { return !fetching_ || fetching_->standby.is_restored(); }
  std::string waits_for() const { return fetching_ ? fetching_->standby.waits_for() : ""; }
  std::optional<Error> trouble() const {
    return fetching_ && fetching_->objects.trouble() ? fetching_->objects.trouble()
                                                     : judge_->trouble();
  }

 private:
  struct Fetching {
    Fetching(PartitionId partition, JudgePart& judge, const Parts& parts)
        : events(parts.judge.events),
          claims(parts.judge.claims),
          verdicts(parts.judge.verdicts),
          objects(parts.objects, parts.clock),
          side(parts.side),
          standby(partition, {.events = events,
                              .claims = claims,
                              .verdicts = verdicts,
                              .objects = objects,
                              .side = side,
                              .line = parts.line,
                              .judged = judge.judged()}) {}

    GuardedTopic events;
    GuardedTopic claims;
    GuardedTopic verdicts;
    GuardedObjects objects;
    GuardedSideWork side;
    StandbyJudge standby;
  };

  const std::unique_ptr<JudgePart> judge_;
  std::optional<Fetching> fetching_;
};

struct StandbyJudges::Place {
  std::unique_ptr<Home> home = {};  ///< Null: it waits until it may be tried again.
  bool is_owned = false;            ///< Here, by an owner that fetches the state.
  std::chrono::nanoseconds try_next = {};
  std::chrono::nanoseconds spill_next = {};
  std::chrono::nanoseconds speaks_until = {};
  std::chrono::nanoseconds kept_until = {};
  RetryPause retry = {};
  std::string error = {};
};

StandbyJudges::StandbyJudges(Parts parts) : parts_(std::move(parts)) {}

StandbyJudges::~StandbyJudges() = default;

void StandbyJudges::follow(const std::set<PartitionId>& wanted,
                           const std::map<PartitionId, bool>& owned) {
  const auto now = parts_.clock.monotonic();
  for (const PartitionId partition : wanted) {
    if (parts_.is_on && !owned.contains(partition)) {
      Place& place = places_[partition];
      place.kept_until = now + kSpeaksFor;
      if (!place.home && now >= place.try_next) {
        place.home = std::make_unique<Home>(partition, parts_);
        place.spill_next = now + parts_.spill_interval;
      }
    }
  }
  std::erase_if(places_, [&](const auto& one) { return !is_of_use(one.first, one.second, owned); });
  for (auto& [partition, place] : places_) {
    place.is_owned = owned.contains(partition);
  }
}

bool StandbyJudges::is_of_use(PartitionId partition, const Place& place,
                              const std::map<PartitionId, bool>& owned) const {
  const bool is_here = place.home && place.home->is_restored();
  if (const auto own = owned.find(partition); own != owned.end()) {
    return is_here && !own->second;  // Until the owner is here; what both would fetch it fetches.
  }
  const auto now = parts_.clock.monotonic();
  return now < place.kept_until ||
         (is_here && place.home->judge().judged().speaks() && now < place.kept_until + kSpeaksFor);
}

void StandbyJudges::adopt(PartitionId partition, std::unique_ptr<JudgePart> judge) {
  if (!parts_.is_on) {
    return;
  }
  const auto until = stepped_ + kSpeaksFor;
  places_[partition] = {.home = std::make_unique<Home>(std::move(judge)),
                        .spill_next = stepped_ + parts_.spill_interval,
                        .speaks_until = until,
                        .kept_until = until};
}

void StandbyJudges::step(bool verdicts_are_late) {
  const auto now = stepped_ = parts_.clock.monotonic();
  bool may_spill = true;  // One in each round: others wait meanwhile.
  for (auto& [partition, place] : places_) {
    if (!place.home) {
      continue;
    }
    if (place.home->is_restored()) {
      place.home->judge().judged().speak(verdicts_are_late || place.is_owned ||
                                         now < place.speaks_until);
    }
    const bool spills = may_spill && place.home->is_restored() && now >= place.spill_next;
    step(partition, place, spills);
    may_spill = may_spill && !spills;
  }
}

void StandbyJudges::step(PartitionId partition, Place& place, bool may_spill) {
  const auto now = parts_.clock.monotonic();
  Result<void> done = place.home->step();
  if (done && may_spill) {
    place.spill_next = now + parts_.spill_interval;
    done = place.home->spill();
  }
  const std::optional<Error> trouble = done ? place.home->trouble() : done.error();
  std::string error = trouble ? trouble->text() : std::string();
  if (!error.empty() && error != place.error) {
    parts_.log(
        fmt::format("claims partition {}, for which it stands by: {}", partition.value(), error));
  }
  place.error = std::move(error);
  if (!done && (!may_be_retried(done.error()) || !place.home->is_restored())) {
    place.home.reset();
    place.try_next = now + place.retry.next(parts_.retry_interval);
  } else if (place.home->is_restored() && place.error.empty()) {
    place.retry.end();
  }
}

std::vector<OwnedPartition> StandbyJudges::all() const {
  std::vector<OwnedPartition> all;
  for (const auto& [partition, place] : places_) {
    OwnedPartition& one = all.emplace_back();
    one.partition = partition;
    one.error = place.error;
    if (place.home) {
      one.is_restored = place.home->is_restored();
      one.counted = place.home->judge().judged().position();
      one.speaks = place.home->judge().judged().speaks();
      one.waits_for = place.home->waits_for();
    }
  }
  return all;
}

}  // namespace hapax
