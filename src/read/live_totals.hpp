// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "read/row_query.hpp"
#include "stream/measure/exact_sum.hpp"
#include "stream/measure/measure_result.hpp"

namespace hapax {

/// What is shown of the groups that are not.
struct LiveOther {
  std::uint64_t groups = 0;
  /// By RowQuery::measures: what they say together; nothing where that does not add up.
  std::vector<MeasureResult::Answer> totals = {};

  friend bool operator==(const LiveOther&, const LiveOther&) = default;
};

/// Whether what groups say of it, added up, is what they say together.
constexpr bool adds_up(MeasureKind kind) {
  return kind == MeasureKind::kCount || kind == MeasureKind::kSum || kind == MeasureKind::kRate;
}

/// Groups added up, and taken out again, exactly. Threading: one owner.
class LiveTotals {
 public:
  /// Of `results`, by measure of the view, those that `query` asks for.
  void add(const RowQuery& query, const std::vector<MeasureResult>& results);
  void take_out(const RowQuery& query, const std::vector<MeasureResult>& results);

  LiveOther other(const RowQuery& query) const;

 private:
  struct Total {
    std::uint64_t count = 0;
    ExactSum sum;
    std::uint64_t beyond = 0;  ///< Groups whose sum is beyond the doubles.
  };

  void change(const RowQuery& query, const std::vector<MeasureResult>& results, bool is_in);

  std::uint64_t groups_ = 0;
  std::vector<Total> totals_;  // By RowQuery::measures.
};

}  // namespace hapax
