// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/local_log/settings.hpp"
#include "ports/event_log.hpp"

namespace hapax {

/// What one subscriber wants to be kept: all from `released` on, as long as the files that hold it
/// are at most `bytes_limit`.
struct RetentionClaim {
  std::vector<Offset> released;  ///< By partition.
  std::optional<std::uint64_t> bytes_limit = {};
};

/// Who reads the log and how far they are. Threading: one owner.
class Subscribers {
 public:
  /// A new one holds all from `starts` on.
  SubscriberId subscribe(LogSubscription subscription, std::span<const PartitionStart> starts);
  void release(SubscriberId id, std::span<const Receipt::End> ends);
  bool unsubscribe(std::string_view name);

  std::vector<RetentionClaim> claims() const;

  /// The log now begins at `starts`: what a subscriber had not released of what was before is lost
  /// to it.
  void pass(std::span<const PartitionStart> starts);

  /// Without the bytes that they hold.
  std::vector<SubscriberStats> stats() const;

 private:
  struct Subscriber {
    SubscriberId id;
    RetentionClaim claim;
    std::uint64_t lost_records = 0;
  };

  std::map<std::string, Subscriber, std::less<>> by_name_;
  std::uint32_t next_id_ = 0;
};

}  // namespace hapax
