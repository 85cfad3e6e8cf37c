// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "read/row_query.hpp"

namespace hapax {

/// Whether a group comes before another one, by what they say of the measure they are ranked by;
/// keys are distinct. The answers are of one measure, or there are none.
bool ranks_before(bool descending, const MeasureResult::Answer& left, std::string_view left_key,
                  const MeasureResult::Answer& right, std::string_view right_key);

/// Keeps the first rows of an order by a measure. Threading: one owner.
class RowRank {
 public:
  RowRank(const RowOrder& order, std::size_t rows_max) : order_(order), rows_max_(rows_max) {}

  /// With the results of all measures; keys are distinct.
  void offer(std::string_view key, Row row);
  std::uint64_t offered() const { return offered_; }
  /// The first `rows_max`, in order.
  std::vector<Row> take();

 private:
  struct Ranked {
    std::string key;
    Row row;
  };
  bool is_before(const Ranked& left, const Ranked& right) const;

  const RowOrder order_;
  const std::size_t rows_max_;
  std::uint64_t offered_ = 0;
  std::vector<Ranked> first_;  // A heap, with the last of them in front.
};

}  // namespace hapax
