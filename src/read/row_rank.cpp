// SPDX-License-Identifier: Apache-2.0
#include "read/row_rank.hpp"

#include <algorithm>
#include <utility>

namespace hapax {

bool RowRank::is_before(const Ranked& left, const Ranked& right) const {
  const MeasureResult::Answer& a = left.row.results[order_.measure].answer;
  const MeasureResult::Answer& b = right.row.results[order_.measure].answer;
  const bool has_a = !std::holds_alternative<std::monostate>(a);
  const bool has_b = !std::holds_alternative<std::monostate>(b);
  if (has_a != has_b) {
    return has_a;
  }
  if (const auto* number = std::get_if<double>(&a)) {
    if (*number != std::get<double>(b)) {
      return order_.descending ? *number > std::get<double>(b) : *number < std::get<double>(b);
    }
  } else if (const auto* count = std::get_if<std::uint64_t>(&a)) {
    if (*count != std::get<std::uint64_t>(b)) {
      return order_.descending ? *count > std::get<std::uint64_t>(b)
                               : *count < std::get<std::uint64_t>(b);
    }
  }
  return left.key < right.key;
}

void RowRank::offer(std::string_view key, Row row) {
  const auto before = [this](const Ranked& left, const Ranked& right) {
    return is_before(left, right);
  };
  ++offered_;
  Ranked ranked{.key = std::string(key), .row = std::move(row)};
  if (first_.size() == rows_max_) {
    if (!is_before(ranked, first_.front())) {
      return;
    }
    std::ranges::pop_heap(first_, before);
    first_.pop_back();
  }
  first_.push_back(std::move(ranked));
  std::ranges::push_heap(first_, before);
}

std::vector<Row> RowRank::take() {
  std::ranges::sort(
      first_, [this](const Ranked& left, const Ranked& right) { return is_before(left, right); });
  std::vector<Row> rows;
  rows.reserve(first_.size());
  for (Ranked& ranked : first_) {
    rows.push_back(std::move(ranked.row));
  }
  first_.clear();
  return rows;
}

}  // namespace hapax
