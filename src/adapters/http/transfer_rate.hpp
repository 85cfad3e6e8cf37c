// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hapax {

/// How slow a client may be, whichever way the bytes go: each of them buys it
/// 1/bytes_per_second_min seconds more, and it never has more than `grace` in hand. So who keeps
/// the rate may take as long as it needs, who pauses for longer than the grace or trickles is too
/// slow, and what came quickly earns no right to hold a connection for hours.
struct TransferRate {
  using Time = std::chrono::nanoseconds;

  std::chrono::milliseconds grace;
  std::int64_t bytes_per_second_min;

  /// What `deadline` becomes when `bytes` more came at `now`; at first it is the grace.
  Time extended(Time deadline, Time now, std::size_t bytes) const {
    constexpr Time kSecond = std::chrono::seconds(1);
    return std::min(now + grace,
                    deadline + kSecond * static_cast<std::int64_t>(bytes) / bytes_per_second_min);
  }
};

}  // namespace hapax
