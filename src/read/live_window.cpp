// SPDX-License-Identifier: Apache-2.0
#include "read/live_window.hpp"

#include <utility>

namespace hapax {

void LiveWindow::take(const LiveQuery& query, std::string_view group, const CellSummary& summary,
                      std::uint64_t added) {
  count_ += added;
  groups_ += added == summary.count && added > 0 ? 1 : 0;
  news_ = news_ || added > 0;
  const std::uint64_t rank = query.by == LiveOrder::kUsers ? summary.users : summary.count;
  if (const auto found = first_.find(group); found != first_.end()) {
    change(*found, summary, rank);
    return;
  }
  if (first_.size() == query.top) {
    if (!(*ranks_.begin() < Rank{.value = rank, .group = group})) {
      return;
    }
    put_out_last();
  }
  put_in(group, summary, rank);
}

void LiveWindow::change(Groups::value_type& group, const CellSummary& summary, std::uint64_t rank) {
  Group& known = group.second;
  if (known.summary == summary) {
    return;
  }
  ranks_.erase({.value = known.rank, .group = group.first});
  ranks_.insert({.value = rank, .group = group.first});
  first_count_ += summary.count - known.summary.count;
  known.summary = summary;
  known.rank = rank;
  known.fresh = true;
  news_ = true;
}

void LiveWindow::put_in(std::string_view group, const CellSummary& summary, std::uint64_t rank) {
  const bool told = left_.erase(std::string(group)) > 0;
  const auto made =
      first_.emplace(group, Group{.summary = summary, .rank = rank, .told = told, .fresh = true});
  ranks_.insert({.value = rank, .group = made.first->first});
  first_count_ += summary.count;
  news_ = true;
}

void LiveWindow::put_out_last() {
  const auto last = first_.find(ranks_.begin()->group);
  ranks_.erase(ranks_.begin());
  first_count_ -= last->second.summary.count;
  if (last->second.told) {
    left_.insert(last->first);
  }
  first_.erase(last);
}

void LiveWindow::tell_all() {
  for (auto& [name, group] : first_) {
    group.fresh = true;
  }
  news_ = true;
}

LiveOther LiveWindow::other() const {
  return {.groups = groups_ - first_.size(), .count = count_ - first_count_};
}

void LiveWindow::visit_all(const VisitCell& visit) {
  for (auto& [name, group] : first_) {
    visit(name, group.summary);
    group.told = true;
  }
  if (other_told_ != other()) {
    other_told_.reset();
  }
}

bool LiveWindow::take_news(const VisitCell& visit, const VisitLeft& left) {
  for (auto& [name, group] : first_) {
    if (group.fresh) {
      visit(name, group.summary);
      group.fresh = false;
      group.told = true;
    }
  }
  for (const std::string& name : left_) {
    left(name);
  }
  left_.clear();
  news_ = false;
  return std::exchange(other_told_, other()) != other();
}

}  // namespace hapax
