// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "collector/segment_request.hpp"
#include "record/event.hpp"

namespace hapax {

/// Says of the records of one request where they stand in the count of their device.
/// Threading: one owner. Lifetime: the request must outlive it, and it all records.
class RequestNumbering {
 public:
  explicit RequestNumbering(const SegmentRequest& request) : request_(request) {}

  /// Numbers `record`, which `event` became, if the event has a number. So has one that is
  /// rejected, as long as its JSON is sound: it has arrived.
  void number(const SegmentEvent& event, EventView& record);

 private:
  const SegmentRequest& request_;
  // Each is made once it is needed.
  std::string with_device_;
  std::string of_anonymous_id_;
};

}  // namespace hapax
