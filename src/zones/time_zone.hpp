// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "zones/posix_rule.hpp"

namespace hapax {

/// A place's clock: its offset from UTC, at any time, by the rules that are built in
/// (zone_data.hpp). Times before the first transition have the zone's first offset, local mean time
/// as a rule; those behind the last one follow the footer's rule for ever.
/// Seconds are since 1970, in UTC or as the clock shows them ("local"), within ±10^13 (an
/// EventTime has fewer). Threading: immutable.
class TimeZone {
 public:
  /// By its name in tzdata ("Europe/Berlin", "UTC", or a link as "Asia/Calcutta"), in its spelling.
  /// Errors: kInvalid, there is no such zone, with the nearest one.
  static Result<TimeZone> find(std::string_view name);

  /// As find() was asked for it.
  const std::string& name() const { return name_; }

  /// The span of even time around `second` of UTC. Neighbours may have the same offset.
  ZoneSpan span_at(std::int64_t second) const;

  /// The first second of UTC at which the clock has reached `local`: where it is set forward over
  /// `local`, that of the change; where it shows `local` twice, the earlier one. So it never
  /// decreases as `local` grows, whatever the clock does.
  std::int64_t first_reach(std::int64_t local) const;

 private:
  class Reader;

  std::string name_;
  std::vector<std::int64_t> transitions_;  // Ascending.
  std::vector<std::int64_t> offsets_;      // From each transition on.
  std::int64_t first_offset_ = 0;
  std::optional<PosixRule> afterwards_;
};

}  // namespace hapax
