// SPDX-License-Identifier: Apache-2.0
#include "cluster/restoration_line.hpp"

#include <algorithm>
#include <cstddef>

namespace hapax {

void RestorationLine::forget_who_left() {
  std::erase_if(line_, [](const Waiting& one) { return one.place.expired(); });
}

/// Behind all whose turn has come.
std::vector<RestorationLine::Waiting>::iterator RestorationLine::first_of_waiting() {
  return line_.begin() + static_cast<std::ptrdiff_t>(std::min(kAtOnce, line_.size()));
}

/// The same for an owner: copies give way.
std::vector<RestorationLine::Waiting>::iterator RestorationLine::first_of_waiting(Kind kind) {
  const auto waiting = first_of_waiting();
  return kind == Kind::kCopy
             ? waiting
             : std::ranges::find(line_.begin(), waiting, Kind::kCopy, &Waiting::kind);
}

RestorationLine::Place RestorationLine::line_up(Kind kind) {
  forget_who_left();
  auto place = std::make_shared<const Kind>(kind);
  const auto behind =
      std::ranges::upper_bound(first_of_waiting(kind), line_.end(), kind, {}, &Waiting::kind);
  line_.insert(behind, {.kind = kind, .place = place});
  return place;
}

bool RestorationLine::is_turn_of(const Place& place) {
  forget_who_left();
  return std::any_of(line_.begin(), first_of_waiting(),
                     [&](const Waiting& one) { return one.place.lock() == place; });
}

}  // namespace hapax
