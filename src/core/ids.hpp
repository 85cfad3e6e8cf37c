// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <functional>
#include <type_traits>

namespace hapax {

/// An integer with a meaning: explicit in, explicit out.
template <typename Tag, std::integral Rep>
class StrongId {
 public:
  using rep = Rep;

  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep value) : value_(value) {}
  constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(StrongId, StrongId) = default;

 private:
  Rep value_ = 0;
};

/// An ordered shard of the event log, 0 to partition count - 1.
using PartitionId = StrongId<struct PartitionTag, std::uint32_t>;

/// A record's place in its partition, from 0; an end offset is the next one to be written.
using Offset = StrongId<struct OffsetTag, std::uint64_t>;

/// Which log offsets are of: no two logs have the same, whichever servers or clusters they are of,
/// but for copies of a folder.
using LogId = StrongId<struct LogIdTag, std::uint64_t>;
constexpr LogId kNoLog{0};  ///< It is not said of which.

/// Unless both are known and differ.
constexpr bool may_be_one_log(LogId left, LogId right) {
  return left == right || left == kNoLog || right == kNoLog;
}

constexpr Offset advance(Offset offset, std::uint64_t count) {
  return Offset(offset.value() + count);
}

/// The number of the doubt that our clock was in when a record was received; 0: none.
using ClockEpoch = StrongId<struct ClockEpochTag, std::uint32_t>;
constexpr ClockEpoch kUndoubted{0};

static_assert(!std::is_convertible_v<std::uint64_t, Offset>);
static_assert(!std::is_convertible_v<Offset, PartitionId>);
static_assert(!std::is_convertible_v<LogId, Offset>);

}  // namespace hapax

template <typename Tag, std::integral Rep>
struct std::hash<hapax::StrongId<Tag, Rep>> {
  std::size_t operator()(hapax::StrongId<Tag, Rep> id) const noexcept {
    return std::hash<Rep>{}(id.value());
  }
};
