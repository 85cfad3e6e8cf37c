// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/ids.hpp"

namespace hapax {

/// A T for what came while our clock was not in doubt, and one of its own for each doubted epoch,
/// until it is known that it counts (merge). `T::combine(other)` takes in
/// what the other took in, as if it had come here.
template <typename T>
class Partials {
 public:
  /// `empty`: what took nothing in.
  explicit Partials(T empty = T()) : empty_(std::move(empty)), undoubted_(empty_) {}

  T& at(ClockEpoch epoch) {
    return epoch == kUndoubted ? undoubted_ : doubted_.try_emplace(epoch, empty_).first->second;
  }
  const T& undoubted() const { return undoubted_; }
  const std::map<ClockEpoch, T>& doubted() const { return doubted_; }
  /// Those in doubt, ascending.
  std::vector<ClockEpoch> epochs() const {
    std::vector<ClockEpoch> epochs;
    epochs.reserve(doubted_.size());
    for (const auto& [epoch, partial] : doubted_) {
      epochs.push_back(epoch);
    }
    return epochs;
  }
  /// All of them together.
  T whole() const {
    T whole = undoubted_;
    for (const auto& [epoch, partial] : doubted_) {
      whole.combine(partial);
    }
    return whole;
  }

  /// Calls `change` with every partial, those to come included.
  template <typename Change>
  void for_each(Change&& change) {
    change(empty_);
    change(undoubted_);
    for (auto& [epoch, partial] : doubted_) {
      change(partial);
    }
  }

  /// From now on as if all of `epoch` had come without a doubt.
  void merge(ClockEpoch epoch) {
    if (const auto partial = doubted_.extract(epoch)) {
      undoubted_.combine(partial.mapped());
    }
  }

 private:
  T empty_;
  T undoubted_;
  std::map<ClockEpoch, T> doubted_;
};

}  // namespace hapax
