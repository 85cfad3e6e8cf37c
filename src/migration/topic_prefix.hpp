// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "ports/topic.hpp"

namespace hapax {

/// How many events, and which: of the same number and the same fingerprint they are the same, in
/// the same order.
struct EventPrefix {
  std::uint64_t count = 0;
  std::uint64_t fingerprint =
      0;  ///< XXH3, 64 bits, of each one, with that of those before as seed.

  void add(std::string_view record);
  friend bool operator==(const EventPrefix&, const EventPrefix&) = default;
};

/// Reads which events a topic of events has, of each partition up to an end. Threading: one owner.
/// Lifetime: `topic` must outlive it.
class TopicPrefix {
 public:
  /// `ends`: by partition.
  TopicPrefix(Topic& topic, std::vector<Offset> ends);

  /// Goes on. True: all is read. Errors: those of the readers; kUnavailable, call it again.
  Result<bool> step();
  /// By partition.
  const std::vector<EventPrefix>& events() const { return events_; }

 private:
  Topic& topic_;
  const std::vector<Offset> ends_;
  std::unique_ptr<TopicReader> reader_;  // Of the partition that is read now: each holds a lot.
  std::vector<EventPrefix> events_;
};

}  // namespace hapax
