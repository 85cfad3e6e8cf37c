// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/result.hpp"
#include "numbers/gap_report.hpp"

namespace hapax {

/// Where readers are told of losses: whoever follows the numbers of devices, on a thread of its
/// own. Threading: all calls may run at the same time. Callbacks run on its thread and must not
/// block.
class GapSource {
 public:
  virtual ~GapSource() = default;

  /// Errors: what stopped counting; kUnavailable, it may be asked for again; kClosed.
  virtual void gaps(GapQuery query, std::function<void(Result<GapReport>)> answer) = 0;
  /// What read_gap_devices() needs for a page, as of a moment after this call. Errors: as gaps();
  /// those of the store.
  virtual void gap_devices(GapDevicesQuery query,
                           std::function<void(Result<GapDevicesMoment>)> answer) = 0;
};

}  // namespace hapax
