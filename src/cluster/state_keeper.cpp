// SPDX-License-Identifier: Apache-2.0
#include "cluster/state_keeper.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace hapax {

void StateKeeper::step() {
  chain_.step();
  if (busy_ || failure_ || chain_.phase() != ManifestChain::Phase::kOwned) {
    return;
  }
  if (!loaded_) {
    load();
  } else if (image_) {
    upload();
  } else if (saves_ >= saves_per_collection_) {
    saves_ = 0;
    chain_.collect_garbage();
  }
}

/// Where nothing is kept yet there is no word of a topic.
Result<void> StateKeeper::check_topics(const Manifest& newest) const {
  return newest.payload.empty() ? Result<void>() : confirmation_.compare(state_, newest.topics);
}

void StateKeeper::load() {
  fetch_.step(current().files);
  if (fetch_.is_here()) {
    loaded_ = true;
    sizes_ = fetch_.sizes();
  }
  if (!fetch_.missing()) {
    return;
  }
  if (!std::exchange(proves_, true)) {
    chain_.prove();  // Who has taken over meanwhile may have removed it.
    return;
  }
  failure_ = Error{ErrorKind::kCorrupt,
                   fmt::format("the object {} is gone, which manifest {} names", *fetch_.missing(),
                               current().number),
                   "restore it from a backup of the bucket"};
}

std::uint64_t StateKeeper::bytes() const {
  std::uint64_t bytes = current().payload.size();
  for (const auto& [name, size] : sizes_) {
    bytes += size;
  }
  return bytes;
}

void StateKeeper::save(StateImage image) {
  assert(is_idle());
  image_ = std::move(image);
  confirmation_.ask();
}

void StateKeeper::upload() {
  confirmation_.step();
  if (image_->fresh.empty()) {
    return commit();
  }
  if (uploading_.empty()) {
    uploading_ = chain_.file_name();
  }
  busy_ = true;
  store_.put(uploading_, image_->fresh.front(), [this](const Result<void>& done) {
    busy_ = false;
    if (!done.has_value()) {
      return;  // Again, under the same name: whichever of both comes last, the bytes are the same.
    }
    sizes_[uploading_] = image_->fresh.front().size();
    image_->kept.push_back(std::exchange(uploading_, {}));
    image_->fresh.erase(image_->fresh.begin());
  });
}

void StateKeeper::commit() {
  failure_ = confirmation_.refusal();
  if (failure_ || !confirmation_.is_given()) {
    return;
  }
  std::erase_if(sizes_, [&](const auto& one) {
    return std::ranges::find(image_->kept, one.first) == image_->kept.end();
  });
  chain_.commit(std::move(image_->kept), std::move(image_->payload), confirmation_.ids());
  image_.reset();
  ++saves_;
}

}  // namespace hapax
