// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/last_places.hpp"

namespace hapax {

void LastPlaces::add(const GroupPlace& place) {
  if (!is_whole_ && (places_.empty() || place < places_.begin()->place())) {
    return;
  }
  if (places_.insert({.hash = place.hash, .group = std::string(place.group)}).second) {
    weight_ += weight_of(place.group);
  }
  if (places_.size() > known_max_ && weight_ - weight_of(places_.begin()->group) >= weight_min_) {
    forget(places_.begin());
    is_whole_ = false;
  }
}

void LastPlaces::forget(Places::iterator one) {
  weight_ -= weight_of(one->group);
  places_.erase(one);
}

void LastPlaces::shrink(std::size_t known) {
  while (places_.size() > known) {
    forget(places_.begin());
    is_whole_ = false;
  }
}

void LastPlaces::forget_all() {
  places_.clear();
  weight_ = 0;
  is_whole_ = false;
}

}  // namespace hapax
