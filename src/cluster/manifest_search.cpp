// SPDX-License-Identifier: Apache-2.0
#include "cluster/manifest_search.hpp"

#include <algorithm>
#include <utility>

namespace hapax {

void ManifestSearch::step() {
  if (busy_ || newest_ || failure_) {
    return;
  }
  const std::uint64_t number =
      free_ ? taken_ + (*free_ - taken_) / 2 : std::max<std::uint64_t>(1, 2 * taken_);
  busy_ = true;
  store_.get(manifest_name(state_, number),
             [this, number](const Result<std::optional<std::string>>& got) {
               busy_ = false;
               if (got) {
                 found(number, *got);
               }
             });
}

void ManifestSearch::found(std::uint64_t number, const std::optional<std::string>& bytes) {
  if (!bytes) {
    free_ = number;
  } else {
    taken_ = number;
    Result<Manifest> manifest = decode_manifest(*bytes);
    if (!manifest) {
      failure_ = std::move(manifest).error();
      return;
    }
    last_ = std::move(*manifest);
  }
  if (!free_ || *free_ != taken_ + 1) {
    return;
  }
  if (last_.is_stub) {  // Somebody went on meanwhile.
    free_.reset();
    return;
  }
  newest_ = std::exchange(last_, {});
}

void ManifestSearch::search_above(std::uint64_t number) {
  taken_ = number;
  free_.reset();
  newest_.reset();
}

}  // namespace hapax
