// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "ports/state_store.hpp"

namespace hapax {

/// What the owner of a partition says of it before that is kept: the cells that have changed, each
/// whole, and what all tables stand for then. Laid over stored tables that are as of an offset from
/// `since` up to its own, whoever has published them, all updates from that with a `since` on are
/// the partition as it is at the last of them. It is true whatever becomes of the owner: what a
/// partition comes to is a function of logs (ADR 0035).
struct HotUpdate {
  PartitionId partition;
  std::uint64_t life = 0;  ///< Of the process, HotPlace::life: that of its answer.
  /// Of the owner: no two of a partition have the same, unless its state was restored from a copy.
  std::uint64_t epoch = 0;
  std::uint64_t number = 0;  ///< 1 more than that of the owner's update before.
  /// It has all cells that events from that offset on have changed; nothing: those that have
  /// changed since the update before.
  std::optional<Offset> since = {};
  /// More has changed than is told at once: from here on nothing is, until one with a `since`. It
  /// has no manifest and no tables.
  bool is_untold = false;
  /// Its manifest is a PublishedManifest without missed duplicates and collectors, which are read
  /// of what is published. Of a table of cells, of each cell: its summary, or that
  /// it is gone, and of measures that grow all that there is as one run, of number 0. Runs that are
  /// stored of it are of no account.
  StateWrite change = {};
};

/// Where a reader of one process's updates is: behind so many of those that it has told in this
/// life.
struct HotPlace {
  std::uint64_t life = 0;
  std::uint64_t count = 0;
  friend bool operator==(const HotPlace&, const HotPlace&) = default;
};

/// "123-45", as the parameter `after` of a request.
std::string to_text(const HotPlace& place);
/// Nothing when it is none.
std::optional<HotPlace> parse_hot_place(std::string_view text);

/// Updates of a process, in their order, and the place behind them.
struct HotAnswer {
  HotPlace place;
  std::vector<HotUpdate> updates = {};
};

// Format: docs/formats/cluster.md.

std::string encode_hot_update(const HotUpdate& update);
/// What an answer begins with; so many encoded updates follow it.
std::string encode_hot_head(const HotPlace& place, std::uint32_t count);
/// Errors: kCorrupt; kInvalid, it is of another version.
Result<HotAnswer> decode_hot_answer(std::string_view bytes);

}  // namespace hapax
