// SPDX-License-Identifier: Apache-2.0
#include "read/live_window.hpp"

#include <utility>

#include "read/row_rank.hpp"
#include "read/scale_up.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

/// What a group takes beside its bytes.
constexpr std::size_t kGroupBytes = 250;

}  // namespace

bool LiveWindow::IsBefore::operator()(const Ranked& left, const Ranked& right) const {
  return ranks_before(descending, left.rank, left.group, right.rank, right.group);
}

bool LiveWindow::put(std::string_view group, std::string_view value) {
  const auto known = groups_.find(group);
  if (known == groups_.end() ? value.empty() : known->second.value == value) {
    if (known != groups_.end()) {
      known->second.round = round_;
    }
    return true;
  }
  const std::optional<ViewCellValue> decoded = value.empty() ? std::nullopt : decode(value, share_);
  if (!value.empty() && !decoded) {
    return false;
  }
  if (known != groups_.end()) {
    put_out(known);
  }
  if (decoded) {
    put_in(group, value, *decoded);
  }
  news_ = true;
  return true;
}

std::optional<ViewCellValue> LiveWindow::decode(std::string_view value, double share) const {
  const ViewShape& shape = query_.rows.shape();
  std::optional<ViewCellValue> decoded = decode_value(value, shape.measures, length_);
  if (decoded) {
    scale_up(share, shape, *decoded);
  }
  return decoded;
}

void LiveWindow::sample(double share) {
  if (share == share_) {
    return;
  }
  share_ = share;
  ranks_.clear();
  totals_ = LiveTotals();
  bytes_ = 0;
  for (const auto& [group, known] : std::exchange(groups_, {})) {
    put_in(group, known.value, *decode(known.value, share_));
  }
  news_ = true;
}

/// All groups that have no cell: they are never among the first.
bool LiveWindow::is_other(std::string_view group) const {
  const auto values = decode_group(group);
  return values && query_.rows.is_other(*values);
}

void LiveWindow::put_in(std::string_view group, std::string_view value,
                        const ViewCellValue& decoded) {
  const auto& order = query_.rows.order;
  const auto rank = order ? decoded.results[order->measure].answer : MeasureResult::Answer();
  const auto made =
      groups_.emplace(group, Group{.value = std::string(value), .rank = rank, .round = round_})
          .first;
  if (!is_other(group)) {
    ranks_.insert({.rank = rank, .group = made->first});
  }
  totals_.add(query_.rows, decoded.results);
  bytes_ += kGroupBytes + group.size() + value.size();
}

void LiveWindow::end_again() {
  for (auto group = groups_.begin(); group != groups_.end();) {
    const auto at = group++;
    if (at->second.round != round_) {
      put_out(at);
      news_ = true;
    }
  }
}

void LiveWindow::put_out(Groups::iterator group) {
  totals_.take_out(query_.rows, decode(group->second.value, share_)->results);
  bytes_ -= kGroupBytes + group->first.size() + group->second.value.size();
  ranks_.erase({.rank = group->second.rank, .group = group->first});
  groups_.erase(group);
}

void LiveWindow::take_news(LiveMarks marks, Listener& listener) {
  const bool all = std::exchange(marks_, marks) != marks;
  decltype(told_) told;
  LiveTotals others = totals_;
  for (auto ranked = ranks_.begin(); ranked != ranks_.end() && told.size() < query_.top();
       ++ranked) {
    const std::string& value = groups_.find(ranked->group)->second.value;
    const ViewCellValue decoded = *decode(value, share_);
    others.take_out(query_.rows, decoded.results);
    const auto before = told_.find(ranked->group);
    if (all || before == told_.end() || before->second != value) {
      listener.on_row(ranked->group, decoded, marks);
    }
    if (before != told_.end()) {
      told_.erase(before);
    }
    told.emplace(ranked->group, value);
  }
  for (const auto& [group, value] : std::exchange(told_, std::move(told))) {
    listener.on_left(group);
  }
  if (LiveOther other = others.other(query_.rows); other != other_) {
    listener.on_other(other_ = std::move(other));
  }
  news_ = false;
}

void LiveWindow::tell_again(Listener& listener) const {
  for (const auto& [group, value] : told_) {
    listener.on_row(group, *decode(value, marks_.share), marks_);
  }
  if (other_.groups > 0) {
    listener.on_other(other_);
  }
}

}  // namespace hapax
