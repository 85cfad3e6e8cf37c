// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/kept_groups.hpp"

#include <cassert>
#include <iterator>

namespace hapax {
namespace {

// Node and hash; what the allocator adds.
constexpr std::size_t kNodeBytes = 90;
/// When the limit was lowered, more than one is too many; each costs a look-up.
constexpr std::uint64_t kMergedAtOnce = 16;

}  // namespace

std::size_t KeptGroups::Kept::bytes() const {
  return kNodeBytes + group.size();
}

void KeptGroups::forget(std::set<Kept>::iterator one) {
  last_bytes_ -= one->bytes();
  last_.erase(one);
}

void KeptGroups::add(const GroupPlace& place) {
  ++count_;
  if (is_whole_ || (!last_.empty() && last_.begin()->place() < place)) {
    last_bytes_ +=
        last_.insert({.hash = place.hash, .group = std::string(place.group)}).first->bytes();
  }
  if (last_.size() > last_known_) {
    forget(last_.begin());
    is_whole_ = false;
  }
}

/// As long as there is room, none is asked for.
void KeptGroups::end_learning() {
  if (has_room()) {
    last_.clear();
    last_bytes_ = 0;
    is_whole_ = false;
  }
}

KeptGroups::Room KeptGroups::room_for(const GroupPlace& place) const {
  Room room;
  std::uint64_t count = count_ + 1;
  for (auto last = last_.rbegin(); count > groups_max_ && last != last_.rend(); ++last, --count) {
    if (last->place() < place) {
      room.is_kept = false;
      break;
    }
    if (room.merged.size() == kMergedAtOnce) {
      break;
    }
    room.merged.push_back(last->group);
  }
  return room;
}

void KeptGroups::remove_last() {
  assert(!last_.empty());
  forget(std::prev(last_.end()));
  --count_;
  is_cut_ = true;
}

void KeptGroups::shrink() {
  while (last_.size() > 1) {
    forget(last_.begin());
    is_whole_ = false;
  }
}

}  // namespace hapax
