// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/control_note.hpp"
#include "core/ids.hpp"

namespace hapax {

/// What the notes below `as_of` come to, as of ControlState::encode().
struct ControlSnapshot {
  Offset as_of = {};
  std::string bytes = {};
};

/// In parts of `part_bytes_max` at most.
std::vector<SnapshotPart> parts_of(const ControlSnapshot& snapshot, std::uint64_t nonce,
                                   std::size_t part_bytes_max);

/// Puts snapshots together, whose parts come mixed with other notes and with those of other
/// snapshots, more than once, or not all of them. Threading: one owner.
class SnapshotParts {
 public:
  /// True: newest() is another one now, since this part was the last that it lacked.
  bool add(const SnapshotPart& part);
  /// Of those that were whole, the one that is of the greatest offset, and the one that was before.
  const std::optional<ControlSnapshot>& newest() const { return newest_; }
  const std::optional<ControlSnapshot>& former() const { return former_; }

 private:
  struct Unfinished {
    Offset as_of;
    std::uint32_t count = 0;
    std::map<std::uint32_t, std::string> parts = {};  // By index.
  };

  bool is_known(Offset as_of) const;

  std::map<std::uint64_t, Unfinished> unfinished_;  // By nonce.
  std::optional<ControlSnapshot> newest_;
  std::optional<ControlSnapshot> former_;
};

}  // namespace hapax
