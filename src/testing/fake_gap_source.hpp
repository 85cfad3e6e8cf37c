// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "numbers/gap_source.hpp"

namespace hapax {

/// Answers at once with what a test says, and keeps what it was asked.
class FakeGapSource : public GapSource {
 public:
  Result<GapReport> report = GapReport();
  Result<GapDevicesMoment> moment = Error{ErrorKind::kClosed, "closed"};
  std::optional<GapQuery> asked = {};
  std::optional<GapDevicesQuery> devices_asked = {};

  void gaps(GapQuery query, std::function<void(Result<GapReport>)> answer) override {
    asked = std::move(query);
    answer(report);
  }
  void gap_devices(GapDevicesQuery query,
                   std::function<void(Result<GapDevicesMoment>)> answer) override {
    devices_asked = std::move(query);
    answer(moment);
  }
};

}  // namespace hapax
