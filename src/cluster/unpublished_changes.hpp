// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// Which keys of the tables that readers get have changed in a state since they were told last, by
/// version of the state. It is kept with the state, so that whoever takes that over can tell
/// readers what they lack.
/// Threading: one owner.
class UnpublishedChanges {
 public:
  /// Beyond so many keys they are given up: who lacks them gets all that there is.
  static constexpr std::size_t kKeysMax = 1'000'000;

  explicit UnpublishedChanges(std::size_t keys_max = kKeysMax) : keys_max_(keys_max) {}

  /// What `write`, of tables that readers get alone, changes: of `version`, greater than all
  /// before. `derived`: what they get beside, made of these tables, in any words; where that was
  /// something else before, they get all of it anew.
  void add(std::uint64_t version, const StateWrite& write, std::vector<std::string> derived = {});
  /// Of the last add().
  const std::vector<std::string>& derived() const { return derived_; }
  /// Readers are at `version`.
  void forget(std::uint64_t version);

  /// What readers lack who are at `version`. `store`: the state of the last add(); `tables`: all
  /// that readers get of it. Without the manifest, and without the version that it brings them to.
  /// Cost: a read for each key, or for all there are; none after a single add(). Errors: of
  /// `store`.
  Result<PartitionUpdate> update_from(std::uint64_t version, std::span<const std::string> tables,
                                      StateStore& store) const;

  void encode(ByteWriter& out) const;
  /// On a new one. False when it is damaged.
  [[nodiscard]] bool restore(ByteReader& in);

 private:
  struct Table {
    bool dropped = false;
    std::vector<StateWrite::Range> erased = {};
    std::vector<std::string> keys = {};
  };
  using Tables = std::map<std::string, Table>;
  struct Change {
    std::uint64_t version;
    std::size_t key_count = 0;
    Tables tables = {};
  };

  std::size_t keys_max_;
  /// Who is at it, or behind it, lacks nothing but what changes_ have.
  std::uint64_t known_since_ = 0;
  std::deque<Change> changes_;  // By version.
  std::vector<std::string> derived_;
  std::optional<StateWrite> latest_;  // What the last of them was made of, if it is the only one.
};

}  // namespace hapax
