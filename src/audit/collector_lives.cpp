// SPDX-License-Identifier: Apache-2.0
#include "audit/collector_lives.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace hapax {
namespace {

using State = CollectorAudit::State;
using Outcome = UnknownRange::Outcome;

/// Partitions hear of it one after the other.
State later(State left, State right) {
  const auto rank = [](State state) {
    return state == State::kLeft ? 2 : state == State::kGone ? 1 : 0;
  };
  return rank(left) < rank(right) ? right : left;
}

/// Of the partition that has heard the most, what is told of its clock.
void add_times(const CollectorAudit& audit, CollectorAudit& to) {
  if (audit.reported_at > to.reported_at) {
    to.reported_at = audit.reported_at;
    to.clock = audit.clock;
    to.oldest_unsettled = audit.oldest_unsettled;
  }
  to.joined_at = std::max(to.joined_at, audit.joined_at);
  to.ended_at = std::max(to.ended_at, audit.ended_at);
}

void add(const CollectorAudit& audit, CollectorLife& to) {
  to.whole.collector = audit.collector;
  to.whole.state = later(to.whole.state, audit.state);
  to.whole.lives = std::max(to.whole.lives, audit.lives);
  add_times(audit, to.whole);
  to.whole.figures.add(audit.figures);
  ++to.partitions;
  to.is_equal = to.is_equal && audit.figures.is_equal();
  for (const UnknownRange& range : audit.unknown) {
    to.unknown.emplace_back(audit.partition, range);
  }
}

}  // namespace

std::vector<CollectorLife> lives_of(const std::vector<CollectorAudit>& collectors) {
  std::map<std::pair<std::uint64_t, State>, CollectorLife> sums;
  for (const CollectorAudit& audit : collectors) {
    add(audit, sums[{audit.collector, audit.collector == 0 ? audit.state : State::kLive}]);
  }
  std::vector<CollectorLife> lives;
  lives.reserve(sums.size());
  for (auto& [key, life] : sums) {
    lives.push_back(std::move(life));
  }
  return lives;
}

const char* name_of(State state) {
  switch (state) {
    case State::kLive:
      return "live";
    case State::kLeft:
      return "left";
    case State::kGone:
      return "gone";
  }
  return "unknown";
}

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPresent:
      return "present";
    case Outcome::kAbsent:
      return "absent";
    case Outcome::kOpen:
      return "open";
  }
  return "unknown";
}

std::string collector_name(std::uint64_t collector) {
  return fmt::format("{:016x}", collector);
}

}  // namespace hapax
