// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "cluster/manifest.hpp"
#include "core/result.hpp"
#include "ports/object_store.hpp"

namespace hapax {

/// Finds the newest manifest of a state, a look with each call of step(). There is no gap in their
/// numbers, so it is found by doubling and halving. Threading: one owner. Lifetime: as
/// ManifestChain.
class ManifestSearch {
 public:
  /// `state`: its name, the first part of all names of its objects.
  ManifestSearch(ObjectStore& store, std::string state) : store_(store), state_(std::move(state)) {}
  ManifestSearch(const ManifestSearch&) = delete;
  ManifestSearch& operator=(const ManifestSearch&) = delete;

  /// Goes on until it is found; a call that failed is made again.
  void step();
  /// Of number 0: there is none. Nothing while it is looked for.
  const std::optional<Manifest>& newest() const { return newest_; }
  /// Once it is found; from then on it is looked for anew.
  Manifest take_newest() { return *std::exchange(newest_, std::nullopt); }
  /// Looks anew; `number` is taken, and so is a higher one.
  void search_above(std::uint64_t number);
  /// kCorrupt: one that was found cannot be read. For good.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  void found(std::uint64_t number, const std::optional<std::string>& bytes);

  ObjectStore& store_;
  const std::string state_;
  bool busy_ = false;  // A call is on its way.
  // The numbers up to `taken_` are taken, `free_` is not, if it is known.
  std::uint64_t taken_ = 0;
  std::optional<std::uint64_t> free_;
  Manifest last_;  // That of `taken_`, if it was looked at.
  std::optional<Manifest> newest_;
  std::optional<Error> failure_;
};

}  // namespace hapax
