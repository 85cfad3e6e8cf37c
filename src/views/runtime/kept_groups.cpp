// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/kept_groups.hpp"

#include <cassert>

namespace hapax {
namespace {

/// When the limit was lowered, more than one is too many; each costs a look-up.
constexpr std::uint64_t kMergedAtOnce = 16;

}  // namespace

void KeptGroups::add(const GroupPlace& place) {
  ++count_;
  last_.add(place);
}

/// As long as there is room, none is asked for.
void KeptGroups::end_learning() {
  if (has_room()) {
    last_.forget_all();
  }
}

KeptGroups::Room KeptGroups::room_for(const GroupPlace& place) const {
  Room room;
  std::uint64_t count = count_ + 1;
  const LastPlaces::Places& known = last_.places();
  for (auto last = known.rbegin(); count > groups_max_ && last != known.rend(); ++last, --count) {
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
  assert(!last_.places().empty());
  last_.remove_last();
  --count_;
  is_cut_ = true;
}

}  // namespace hapax
