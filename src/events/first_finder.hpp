// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "events/event_verdict.hpp"
#include "events/log_slice.hpp"
#include "ports/clock.hpp"
#include "ports/log_source.hpp"
#include "record/event.hpp"

namespace hapax {

/// What dedup knows an event by, hashed: source and message id, which clients choose. `seed` is
/// secret, so that they cannot be chosen to collide or to be in every share.
std::uint64_t event_key(const EventView& event, std::uint64_t seed);

/// Finds the records that others are copies of: the first ones of their ids.
/// Threading: one owner. Lifetime: what is passed must outlive it.
class FirstFinder {
 public:
  /// `seed`: of event_key().
  FirstFinder(LogSource& log, VerdictLog& verdicts, const Clock& clock, std::uint64_t seed)
      : log_(log), verdicts_(verdicts), clock_(clock), seed_(seed) {}

  /// `copy` is one, all below `cut` was read before it. The newest copy comes first.
  void want(const EventView& copy, const std::vector<Offset>& cut);
  /// Searches backwards until all are found, and a file at least, while there is time and the log
  /// has records. Errors: kCorrupt; kClosed, `stop` was requested; those of the log.
  Result<void> find(std::chrono::milliseconds time_max, const std::stop_token& stop);
  /// Nothing: it was not found.
  std::optional<EventAddress> first_of(const EventView& copy) const;

 private:
  Result<void> search_file(const LogSlice& slice);

  LogSource& log_;
  VerdictLog& verdicts_;
  const Clock& clock_;
  const std::uint64_t seed_;
  std::vector<Offset> before_;
  std::unordered_map<std::uint64_t, std::optional<EventAddress>> firsts_;  ///< By event_key().
  std::size_t found_ = 0;
};

}  // namespace hapax
