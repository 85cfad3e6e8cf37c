// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <utility>

#include "core/result.hpp"

namespace hapax {

/// Calls `to` with `answer`. Whom it cannot reach for want of memory goes without; the time limit
/// of its request ends that.
template <typename T>
void give(const std::function<void(Result<T>)>& to, Result<T> answer) noexcept {
  try {
    to(std::move(answer));
  } catch (...) {
  }
}

}  // namespace hapax
