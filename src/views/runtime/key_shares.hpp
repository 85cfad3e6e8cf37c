// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>

#include "stream/window/window_assigner.hpp"

namespace hapax {

/// Which share of its keys a view over keys counts, where that is a sample: the probability with
/// which a key is in it. As a value.
struct KeyShares {
  std::map<Window, double> of_windows = {};  ///< Of those whose keys are a sample.
  std::optional<double> of_all = {};  ///< Of every window, as its keys are those of the view.

  /// 1: all keys are counted.
  double of(const Window& window) const {
    const auto found = of_windows.find(window);
    return found != of_windows.end() ? found->second : of_all.value_or(1);
  }
};

}  // namespace hapax
