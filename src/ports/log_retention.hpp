// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "record/receipt.hpp"

namespace hapax {

/// A reader whose records must not be dropped before it has done with them.
struct LogSubscription {
  std::string name;  ///< Its own; one subscriber has one name.
  /// How many bytes of the log it may hold back. Over it the oldest are dropped all the same and
  /// the subscriber loses them. Nothing: it never loses, and when the disk is full, it is full.
  std::optional<std::uint64_t> retained_bytes_limit = {};
};

using SubscriberId = StrongId<struct SubscriberTag, std::uint32_t>;

/// What a log of one machine may drop, and what it must keep for those who have not read it. Of a
/// topic that machines share the owner of a partition deletes what nobody needs: LogTrimmer.
/// Threading: all calls may run at the same time.
class LogRetention {
 public:
  virtual ~LogRetention() = default;

  /// Holds back retention: a record is dropped only when every subscriber has released it (and age
  /// and size allow it). The new subscriber holds all that is retained now. Who subscribes under a
  /// name that is there is that subscriber, with the new limit. Subscribers are not stored: after a
  /// start nothing is dropped before the first has subscribed and released, so all of them must
  /// have subscribed by then; whoever comes later holds what is left.
  virtual SubscriberId subscribe(LogSubscription subscription) = 0;
  /// Says that a subscriber has no more use for offsets below `ends`. Does nothing for one that is
  /// unsubscribed.
  virtual void release(SubscriberId subscriber, std::span<const Receipt::End> ends) = 0;
  /// Holds nothing for that name any more. False when there is no such subscriber.
  virtual bool unsubscribe(std::string_view name) = 0;
  /// Where the log would begin if no subscriber held anything: what is below is over age or size;
  /// by partition.
  virtual std::vector<Offset> over_retention() const = 0;
};

}  // namespace hapax
