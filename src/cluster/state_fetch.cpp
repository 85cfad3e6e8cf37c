// SPDX-License-Identifier: Apache-2.0
#include "cluster/state_fetch.hpp"

#include <utility>

namespace hapax {

void StateFetch::step(const std::vector<std::string>& names) {
  if (busy_ || here_ || missing_ || failure_) {
    return;
  }
  if (!turn_) {
    turn_ = line_.line_up(kind_);
  }
  has_turn_ = line_.is_turn_of(turn_);
  if (!has_turn_) {
    return;
  }
  if (fetched_.files.size() == names.size()) {
    here_ = true;
    return;
  }
  fetch(names[fetched_.files.size()]);
}

void StateFetch::fetch(const std::string& name) {
  busy_ = true;
  ++tries_;
  store_.get(name, [this, name](Result<std::optional<std::string>> got) {
    busy_ = false;
    if (!got) {
      if (tries_ >= kTriesOfFile) {
        failure_ = std::move(got).error();
      }
      return;  // Else step() asks again.
    }
    tries_ = 0;
    if (!got->has_value()) {
      missing_ = name;
      return;
    }
    sizes_[name] = (*got)->size();
    fetched_.names.push_back(name);
    fetched_.files.push_back(std::move(**got));
  });
}

void StateFetch::begin_anew() {
  fetched_ = {};
  sizes_.clear();
  missing_.reset();
  here_ = false;
}

FetchedFiles StateFetch::take_files() {
  FetchedFiles taken = std::move(fetched_);
  taken.turn = std::move(turn_);
  return taken;
}

std::string StateFetch::waits_for() const {
  return turn_ && !has_turn_ ? "its turn: its process has another state to restore"
                             : "its state, which is fetched";
}

}  // namespace hapax
