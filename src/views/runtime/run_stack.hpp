// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace hapax {

/// Sorted runs of cells, of which a later one counts in place of an earlier, kept few by merging
/// neighbours. `Run` has size() and merge(older, newer). Cost: each cell is moved about as often as
/// the number of cells doubles. Threading: as a value; the runs do not change.
template <typename Run>
class RunStack {
 public:
  using Shared = std::shared_ptr<const Run>;

  // Of two neighbours the older one is more than twice as long (Bentley and Saxe 1980), so there
  // are few, and a cell is seldom moved.
  void add(Shared run) {
    if (run->size() == 0) {
      return;
    }
    runs_.push_back(std::move(run));
    while (runs_.size() > 1 && runs_[runs_.size() - 2]->size() <= 2 * runs_.back()->size()) {
      auto merged =
          std::make_shared<const Run>(Run::merge(*runs_[runs_.size() - 2], *runs_.back()));
      runs_.pop_back();
      runs_.back() = std::move(merged);
    }
  }

  /// Oldest first, each much shorter than the one before.
  const std::vector<Shared>& runs() const { return runs_; }

 private:
  std::vector<Shared> runs_;
};

}  // namespace hapax
