// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/result.hpp"

namespace hapax {

/// What a checkpoint writes of the cells that changed, as of its freeze.
/// Threading: all() and let_go() one at a time, on any thread. Lifetime: until all() has returned,
/// the cells must live, but for those that are with bury().
template <typename Image>
class FrozenImages {
 public:
  FrozenImages() = default;
  FrozenImages(const FrozenImages&) = delete;
  FrozenImages& operator=(const FrozenImages&) = delete;
  virtual ~FrozenImages() = default;

  /// Of all cells, in no order; the first call makes those that are not made yet. Errors:
  /// kInternal, is_lost(). Throws what making them does.
  virtual Result<std::span<const Image>> all() = 0;
  /// An exception came in between, so that a cell is neither as it was nor in an image. There will
  /// be no images, and what is in memory must not be written.
  virtual bool is_lost() const = 0;
  /// Frees the images: they are written, and nobody asks for them again.
  virtual void let_go() = 0;
};

}  // namespace hapax
