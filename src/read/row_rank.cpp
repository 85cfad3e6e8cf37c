// SPDX-License-Identifier: Apache-2.0
#include "read/row_rank.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hapax {
namespace {

/// Whether it says a value: one beyond the doubles is null, as none is.
bool has_value(const MeasureResult::Answer& answer) {
  const auto* number = std::get_if<double>(&answer);
  return number != nullptr ? std::isfinite(*number)
                           : !std::holds_alternative<std::monostate>(answer);
}

}  // namespace

bool ranks_before(bool descending, const MeasureResult::Answer& left, std::string_view left_key,
                  const MeasureResult::Answer& right, std::string_view right_key) {
  const bool has_left = has_value(left);
  const bool has_right = has_value(right);
  if (!has_left || !has_right) {
    return has_left == has_right ? left_key < right_key : has_left;
  }
  if (const auto* number = std::get_if<double>(&left)) {
    if (*number != std::get<double>(right)) {
      return descending ? *number > std::get<double>(right) : *number < std::get<double>(right);
    }
  } else if (const auto* count = std::get_if<std::uint64_t>(&left)) {
    if (*count != std::get<std::uint64_t>(right)) {
      return descending ? *count > std::get<std::uint64_t>(right)
                        : *count < std::get<std::uint64_t>(right);
    }
  }
  return left_key < right_key;
}

bool RowRank::is_before(const Ranked& left, const Ranked& right) const {
  if (left.row.is_other != right.row.is_other) {
    return right.row.is_other;
  }
  return ranks_before(order_.descending, left.row.results[order_.measure].answer, left.key,
                      right.row.results[order_.measure].answer, right.key);
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
