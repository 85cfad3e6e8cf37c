// SPDX-License-Identifier: Apache-2.0
#include "cluster/manifest_chain.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace hapax {

ManifestChain::ManifestChain(ObjectStore& store, std::string state, Random& random,
                             MayContinue may_continue)
    : store_(store),
      state_(std::move(state)),
      random_(random),
      may_continue_(std::move(may_continue)),
      search_(store, state_) {}

std::string ManifestChain::file_name() {
  return fmt::format("{}/file/{:020}-{:020}", state_, current_.epoch, next_file_++);
}

void ManifestChain::fail(Error error) {
  failure_ = std::move(error);
  phase_ = Phase::kFailed;
}

void ManifestChain::step() {
  if (busy_) {
    return;
  }
  switch (phase_) {
    case Phase::kSearching:
      return search();
    case Phase::kTakingOver:
    case Phase::kCommitting:
      return unsure_ ? read_back() : create();
    case Phase::kProving:
      return look_for_higher();
    case Phase::kCollecting:
      return collect();
    case Phase::kOwned:
    case Phase::kDeposed:
    case Phase::kFailed:
      return;
  }
}

void ManifestChain::look(std::uint64_t number, const ObjectStore::Got& got) {
  busy_ = true;
  store_.get(name_of(number), [this, got](Result<std::optional<std::string>> found) {
    busy_ = false;
    if (found) {
      got(std::move(found));
    } else if (phase_ == Phase::kProving && proven_ == Phase::kCollecting) {
      phase_ = Phase::kOwned;  // Garbage is collected another time.
    }                          // Else step() asks again.
  });
}

void ManifestChain::search() {
  if (search_.failure()) {
    return fail(*search_.failure());
  }
  search_.step();
  if (search_.newest()) {
    take_over(search_.take_newest());
  }
}

void ManifestChain::take_over(Manifest newest) {
  if (Result<void> allowed = may_continue_(newest); !allowed) {
    return fail(std::move(allowed).error());
  }
  next_ = std::move(newest);
  ++next_.number;
  ++next_.epoch;
  phase_ = Phase::kTakingOver;
}

void ManifestChain::create() {
  next_.nonce = random_.next();
  busy_ = true;
  store_.create(name_of(next_.number), encode_manifest(next_), [this](Result<bool> created) {
    busy_ = false;
    if (created && *created) {
      return this->created(next_);
    }
    unsure_ = true;  // The answer was lost; or there is one, and a call of ours may have made it.
  });
}

void ManifestChain::read_back() {
  look(next_.number, [this](Result<std::optional<std::string>> found) {
    if (!found->has_value()) {
      // It was not done, but it may be later. With the same nonce both are the same call.
      busy_ = true;
      store_.create(name_of(next_.number), encode_manifest(next_), [this](Result<bool> created) {
        busy_ = false;
        if (created && *created) {
          this->created(next_);
        }
      });
      return;
    }
    Result<Manifest> manifest = decode_manifest(**found);
    if (!manifest) {
      return fail(std::move(manifest).error());
    }
    if (manifest->nonce == next_.nonce && !manifest->is_stub) {
      return created(std::move(*manifest));
    }
    if (phase_ == Phase::kTakingOver) {
      unsure_ = false;
      // Another one was quicker: take over from that one.
      search_.search_above(next_.number - 1);
      phase_ = Phase::kSearching;
      return;
    }
    phase_ = Phase::kDeposed;
  });
}

void ManifestChain::created(Manifest manifest) {
  unsure_ = false;
  current_ = std::move(manifest);
  phase_ = Phase::kOwned;
}

void ManifestChain::commit(std::vector<std::string> files, std::string payload,
                           std::vector<std::string> topics) {
  assert(phase_ == Phase::kOwned);
  next_ = {.number = current_.number + 1,
           .epoch = current_.epoch,
           .stubs_below = current_.stubs_below,
           .files = std::move(files),
           .payload = std::move(payload),
           .topics = std::move(topics)};
  phase_ = Phase::kCommitting;
}

void ManifestChain::collect_garbage() {
  assert(phase_ == Phase::kOwned);
  collecting_ = Collecting::kListing;
  phase_ = Phase::kCollecting;
}

void ManifestChain::prove() {
  assert(phase_ == Phase::kOwned);
  phase_ = Phase::kProving;
  proven_ = Phase::kOwned;
}

void ManifestChain::look_for_higher() {
  look(current_.number + 1, [this](Result<std::optional<std::string>> found) {
    phase_ = found->has_value() ? Phase::kDeposed : proven_;
  });
}

void ManifestChain::collect() {
  switch (collecting_) {
    case Collecting::kListing:
      busy_ = true;
      store_.list(state_ + "/file/", [this](Result<std::vector<std::string>> listed) {
        busy_ = false;
        if (!listed) {
          phase_ = Phase::kOwned;  // Another time.
          return;
        }
        garbage_.clear();
        std::ranges::copy_if(*listed, std::back_inserter(garbage_), [&](const std::string& file) {
          return std::ranges::find(current_.files, file) == current_.files.end();
        });
        collecting_ = Collecting::kStubs;
        phase_ = Phase::kProving;
        proven_ = Phase::kCollecting;
      });
      return;
    case Collecting::kStubs:
      if (current_.stubs_below < current_.number) {
        const Manifest stub{.number = current_.stubs_below, .is_stub = true};
        busy_ = true;
        store_.put(name_of(stub.number), encode_manifest(stub), [this](const Result<void>& done) {
          busy_ = false;
          if (done.has_value()) {
            ++current_.stubs_below;
          } else {
            phase_ = Phase::kOwned;
          }
        });
        return;
      }
      collecting_ = Collecting::kRemoving;
      [[fallthrough]];
    case Collecting::kRemoving:
      if (garbage_.empty()) {
        phase_ = Phase::kOwned;
        return;
      }
      busy_ = true;
      store_.remove(garbage_.back(), [this](const Result<void>& done) {
        busy_ = false;
        garbage_.pop_back();
        if (!done.has_value()) {
          phase_ = Phase::kOwned;
        }
      });
      return;
  }
}

}  // namespace hapax
