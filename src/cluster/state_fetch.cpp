// SPDX-License-Identifier: Apache-2.0
#include "cluster/state_fetch.hpp"

#include <algorithm>
#include <functional>
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
  const auto next =
      std::ranges::find_if(names, [&](const auto& name) { return !files_.contains(name); });
  if (next == names.end()) {
    here_ = true;
  } else {
    fetch(*next);
  }
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
    files_[name] = std::move(**got);
  });
}

void StateFetch::keep(const std::vector<std::string>& names) {
  missing_.reset();
  const auto is_wanted = [&](const auto& one) {
    return std::ranges::find(names, one.first) != names.end();
  };
  std::erase_if(files_, std::not_fn(is_wanted));
  std::erase_if(sizes_, std::not_fn(is_wanted));
}

FetchedFiles StateFetch::take_files(const std::vector<std::string>& names) {
  FetchedFiles taken{.names = names, .files = {}, .turn = std::move(turn_)};
  for (const std::string& name : names) {
    taken.files.push_back(std::move(files_.at(name)));
  }
  files_.clear();
  return taken;
}

std::string StateFetch::waits_for() const {
  return turn_ && !has_turn_ ? "its turn: its process has another state to restore"
                             : "its state, which is fetched";
}

}  // namespace hapax
