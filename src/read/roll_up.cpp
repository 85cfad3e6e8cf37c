// SPDX-License-Identifier: Apache-2.0
#include "read/roll_up.hpp"

#include <chrono>
#include <utility>

#include "read/scale_up.hpp"
#include "stream/measure/owned_value.hpp"
#include "stream/stored_runs.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

constexpr Microseconds kDay = std::chrono::hours(24);

Error refused(std::string why) {
  return {ErrorKind::kInvalid, "parameter window: " + std::move(why),
          "ask without `window`, or declare a view with that window"};
}

Error takes_too_much(const std::string& why) {
  return {ErrorKind::kExhausted, "a window " + why + " to be rolled up",
          "ask for some groups, or declare a view with that window"};
}

bool is_calendar(const WindowSpec& window) {
  return window.kind != WindowKind::kNone && window.kind != WindowKind::kFixed;
}

/// Calendar windows of one zone: days lie in weeks and in months, weeks not in months.
bool nests(const WindowSpec& fine, const WindowSpec& coarse) {
  if (fine.kind == WindowKind::kFixed) {
    const Microseconds whole = is_calendar(coarse) ? kDay : coarse.length;
    return whole % fine.length == Microseconds(0);
  }
  if (coarse.kind == WindowKind::kFixed) {
    return fine.kind == WindowKind::kDay && coarse.length % kDay == Microseconds(0);
  }
  return fine.kind == WindowKind::kDay ||
         (fine.kind == coarse.kind &&
          (fine.kind == WindowKind::kMonth || fine.week_starts == coarse.week_starts));
}

}  // namespace

Result<void> check_roll_up(const WindowSpec& fine, const WindowSpec& coarse) {
  if (fine.kind == WindowKind::kNone) {
    return refused("the view has no windows");
  }
  if (fine.kind == WindowKind::kFixed && fine.advance != fine.length) {
    return refused("the windows of the view overlap, so that events would count several times");
  }
  const bool is_utc = fine.zone == "UTC" && coarse.zone == "UTC";
  if (!is_utc && (!is_calendar(fine) || !is_calendar(coarse) || fine.zone != coarse.zone)) {
    return refused("its zone is not that of the view, which is " + fine.zone);
  }
  if (!nests(fine, coarse)) {
    return refused("not every window of the view lies in one such window");
  }
  return {};
}

Result<bool> RollUp::add(const WalkedCell& cell, const Give& give) {
  if (const Window window = window_of(cell.window); window_ != window) {
    HAPAX_ASSIGN(const bool more, finish(give));
    if (!more) {
      return false;
    }
    window_ = window;
    share_ = cells_.share_of(cell.window);
  }
  if (cells_.share_of(cell.window) != share_) {
    return takes_too_much("is of windows that count different shares of their keys, and is not");
  }
  const std::string_view group = group_of(cell);
  auto found = groups_.find(group);
  if (found == groups_.end()) {
    if (groups_.size() >= limits_.groups_max) {
      return takes_too_much("has too many groups");
    }
    found = groups_.emplace(group, ViewCell(shape_.measures)).first;
  }
  HAPAX_TRY(take_in(cell, found->second));
  return true;
}

std::string_view RollUp::group_of(const WalkedCell& cell) {
  if (!group_by_) {
    return cell.group_bytes;
  }
  group_.clear();
  bool is_other = false;  // Others of a source are of it all the same.
  for (const std::size_t field : *group_by_) {
    if (field < cell.group.size()) {
      append_group_value(view_of(cell.group[field]), group_);
    } else {
      is_other = true;
    }
  }
  if (is_other) {
    group_ = other_groups(group_);
  }
  return group_;
}

Result<void> RollUp::take_in(const WalkedCell& cell, ViewCell& group) {
  if (!whole_) {
    return combine_value(cell.value, group) ? Result<void>() : damaged_cell(shape_.spec.name);
  }
  const std::size_t before = group.bytes();
  HAPAX_TRY(cell.at.combine_into(group));
  bytes_ += group.bytes() - before;
  return bytes_ <= limits_.bytes_max ? Result<void>() : takes_too_much("holds too much");
}

Result<bool> RollUp::finish(const Give& give) {
  bool more = true;
  if (window_) {
    const Window window = *std::exchange(window_, std::nullopt);
    for (auto group = groups_.begin(); more && group != groups_.end(); ++group) {
      if (group->second.size == 0) {
        continue;
      }
      ViewCellValue value{
          .revision = group->second.revision,
          .size = group->second.size,
          .results = group->second.measures.finalize(shape_.length_of(window)),
          .heavy = group_by_ ? std::vector<HeavyFound>() : group->second.heavy_groups()};
      scale_up(share_, shape_, value);
      HAPAX_ASSIGN(more, give(window, group->first, std::move(value), share_));
    }
    groups_.clear();
    bytes_ = 0;
  }
  return more;
}

}  // namespace hapax
