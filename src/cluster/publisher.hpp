// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "core/ids.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// Brings what a partition has kept to where it is read, one update after the other. It remembers
/// none of them: after an answer that says nothing it asks where readers are, and is given what
/// they lack. It is given nothing that is not kept. Threading and lifetime: as ManifestChain.
class Publisher {
 public:
  Publisher(ViewStore& views, PartitionId partition) : views_(views), partition_(partition) {}
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  /// Asks where readers are, if that is not known.
  void step();
  /// At which version they are, if publish() may be called.
  std::optional<std::uint64_t> readers_at() const { return busy_ ? std::nullopt : at_; }
  /// Only when readers_at(); greater than that.
  void publish(PartitionUpdate update);

 private:
  void answered(const Result<std::uint64_t>& at);

  ViewStore& views_;
  const PartitionId partition_;
  bool busy_ = false;
  std::optional<std::uint64_t> at_;
};

}  // namespace hapax
