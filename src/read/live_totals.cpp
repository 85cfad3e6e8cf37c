// SPDX-License-Identifier: Apache-2.0
#include "read/live_totals.hpp"

#include <cmath>
#include <variant>

namespace hapax {

void LiveTotals::add(const RowQuery& query, const std::vector<MeasureResult>& results) {
  ++groups_;
  change(query, results, true);
}

void LiveTotals::take_out(const RowQuery& query, const std::vector<MeasureResult>& results) {
  --groups_;
  change(query, results, false);
}

void LiveTotals::change(const RowQuery& query, const std::vector<MeasureResult>& results,
                        bool is_in) {
  totals_.resize(query.measures.size());
  for (std::size_t i = 0; i < totals_.size(); ++i) {
    if (!adds_up(query.shape().spec.measures[query.measures[i]].kind)) {
      continue;
    }
    Total& total = totals_[i];
    const MeasureResult::Answer& answer = results[query.measures[i]].answer;
    if (const auto* count = std::get_if<std::uint64_t>(&answer)) {
      total.count += is_in ? *count : 0 - *count;
    } else if (const auto* sum = std::get_if<double>(&answer); sum != nullptr) {
      if (std::isfinite(*sum)) {
        total.sum.add(is_in ? *sum : -*sum);
      } else {
        total.beyond += is_in ? 1 : std::uint64_t{0} - 1;
      }
    }
  }
}

LiveOther LiveTotals::other(const RowQuery& query) const {
  LiveOther other{.groups = groups_,
                  .totals = std::vector<MeasureResult::Answer>(query.measures.size())};
  for (std::size_t i = 0; i < query.measures.size(); ++i) {
    const MeasureKind kind = query.shape().spec.measures[query.measures[i]].kind;
    const Total total = i < totals_.size() ? totals_[i] : Total();
    if (kind == MeasureKind::kCount) {
      other.totals[i] = total.count;
    } else if (adds_up(kind) && total.beyond == 0) {
      other.totals[i] = total.sum.rounded();
    }
  }
  return other;
}

}  // namespace hapax
