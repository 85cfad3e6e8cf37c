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
  if (!turn_) {
    turn_ = line_.line_up(kind_);
  }
  has_turn_ = line_.is_turn_of(turn_);
  if (!has_turn_) {
    return;
  }
  const std::vector<std::string>& names = current().files;
  if (files_.size() == names.size()) {
    loaded_ = true;
    return;
  }
  const std::string& name = names[files_.size()];
  if (file_is_missing_) {
    failure_ =
        Error{ErrorKind::kCorrupt,
              fmt::format("the object {} is gone, which manifest {} names", name, current().number),
              "restore it from a backup of the bucket"};
    return;
  }
  fetch(name);
}

void StateKeeper::fetch(const std::string& name) {
  busy_ = true;
  ++tries_;
  store_.get(name, [this](Result<std::optional<std::string>> got) {
    busy_ = false;
    if (!got) {
      if (tries_ >= kTriesOfFile) {
        failure_ = std::move(got).error();
      }
      return;  // Else step() asks again.
    }
    tries_ = 0;
    if (!got->has_value()) {
      file_is_missing_ = true;
      chain_.prove();  // Who has taken over meanwhile may have removed it.
      return;
    }
    sizes_[current().files[files_.size()]] = (*got)->size();
    files_.push_back(std::move(**got));
  });
}

FetchedFiles StateKeeper::take_files() {
  return {.names = current().files, .files = std::move(files_), .turn = std::move(turn_)};
}

std::string StateKeeper::waits_for() const {
  return turn_ && !has_turn_ ? "its turn: its process has another state to restore"
                             : "its state, which is fetched";
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
