// SPDX-License-Identifier: Apache-2.0
#include "cluster/collector_ledger.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace hapax {

const CollectorLedger::Unit& CollectorLedger::open(std::vector<Hash128> ids) {
  const std::uint64_t first = last_number_ + 1;
  last_number_ += ids.size();
  return open_.emplace_back(Unit{.first = first, .ids = std::move(ids)});
}

std::size_t CollectorLedger::acknowledge(Offset end) {
  assert(!open_.empty());
  const Unit unit = std::move(open_.front());
  open_.pop_front();
  settle(unit, true, end);
  return unit.ids.size();
}

void CollectorLedger::give_up(Offset end) {
  for (const Unit& unit : open_) {
    settle(unit, false, end);
  }
  open_.clear();
}

void CollectorLedger::settle(const Unit& unit, bool acknowledged, Offset end) {
  account_.settled_end = std::max(account_.settled_end, end);
  for (const Hash128& id : unit.ids) {
    ++account_.settled;
    if (acknowledged) {
      account_.acknowledged.add(id);
    } else {
      account_.unknown.push_back({.sequence = account_.settled, .id = id, .resolved_at = end});
    }
    if (account_.settled % mark_records_ == 0) {
      account_.mark = account_.settled;
      account_.acknowledged_at_mark = account_.acknowledged;
    }
  }
}

}  // namespace hapax
