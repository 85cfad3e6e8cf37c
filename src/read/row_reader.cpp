// SPDX-License-Identifier: Apache-2.0
#include "read/row_reader.hpp"

#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "read/row_rank.hpp"
#include "read/row_source.hpp"
#include "stream/watermark.hpp"

namespace hapax {
namespace {

using End = CellWalk::End;

Error takes_too_much() {
  return {ErrorKind::kExhausted, "the answer takes more than a query may",
          "ask for a shorter range, for some groups, or by `order=time` and without `window` and "
          "`group_by`"};
}

void keep_asked_results(const std::vector<std::size_t>& measures, std::vector<Row>& rows) {
  for (Row& row : rows) {
    std::vector<MeasureResult> asked;
    asked.reserve(measures.size());
    for (const std::size_t measure : measures) {
      asked.push_back(row.results[measure]);
    }
    row.results = std::move(asked);
  }
}

Result<void> read_ranked(RowSource& source, const RowQuery& query, RowAnswer& answer) {
  answer.matched = 0;
  for (std::size_t range = 0; range < query.ranges.size(); ++range) {
    RowRank rank(*query.order, query.rows_max);
    HAPAX_ASSIGN(const End end,
                 source.give_rows(range, {},
                                  [&](std::string_view key, Row row, std::size_t) -> Result<bool> {
                                    rank.offer(key, std::move(row));
                                    return true;
                                  }));
    if (end != End::kWhole) {
      return takes_too_much();
    }
    *answer.matched += rank.offered();
    std::vector<Row> rows = rank.take();
    std::ranges::move(rows, std::back_inserter(answer.rows));
  }
  return {};
}

/// A page in the order of time.
class PageOfRows {
 public:
  PageOfRows(RowSource& source, const RowQuery& query, const RowBudget& budget, RowAnswer& answer)
      : source_(source), query_(query), budget_(budget), answer_(answer) {}

  Result<void> read() {
    const RowPlace begin = query_.behind.value_or(RowPlace());
    for (std::size_t range = begin.range; range < query_.ranges.size() && !answer_.next; ++range) {
      HAPAX_TRY(read(range, range == begin.range ? begin.key : std::string()));
    }
    return {};
  }

 private:
  Result<void> read(std::size_t range, const std::string& behind) {
    last_ = behind;
    HAPAX_ASSIGN(
        const End end,
        source_.give_rows(range, behind, [this](std::string_view key, Row row, std::size_t bytes) {
          return take(key, std::move(row), bytes);
        }));
    if (end == End::kStopped) {
      answer_.next = RowPlace{.range = range, .key = last_};
    } else if (end == End::kSpent) {
      return end_spent(range, behind);
    }
    return {};
  }

  Result<bool> take(std::string_view key, Row row, std::size_t bytes) {
    if (answer_.rows.size() >= query_.rows_max || bytes_ >= budget_.bytes_max) {
      return false;
    }
    bytes_ += bytes;
    last_ = key;
    answer_.rows.push_back(std::move(row));
    return true;
  }

  /// A window that is rolled up is read by one page.
  Result<void> end_spent(std::size_t range, const std::string& behind) {
    std::string at = source_.spent_at();
    const std::string begin =
        behind.empty() ? start_key(query_.ranges[range].from) : behind.substr(0, at.size());
    const bool is_ahead = range > query_.behind.value_or(RowPlace()).range || at > begin;
    if (query_.rolls_up() && !is_ahead) {
      return takes_too_much();
    }
    answer_.next = RowPlace{.range = range, .key = std::move(at)};
    return {};
  }

  RowSource& source_;
  const RowQuery& query_;
  const RowBudget& budget_;
  RowAnswer& answer_;
  std::string last_;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<RowAnswer> read_rows(const RowSnapshot& cells, const RowQuery& query, EventTime watermark,
                            const RowBudget& budget) {
  HAPAX_ASSIGN(const std::unique_ptr<RowSource> source,
               RowSource::create(cells, query, watermark, budget));
  RowAnswer answer{.watermark = watermark};
  if (query.has_windows()) {
    answer.complete_until = source->window_start(cells.settled_until(watermark));
  }
  if (query.order) {
    HAPAX_TRY(read_ranked(*source, query, answer));
  } else {
    HAPAX_TRY(PageOfRows(*source, query, budget, answer).read());
  }
  answer.windows_cut = source->windows_cut();
  keep_asked_results(query.measures, answer.rows);
  return answer;
}

}  // namespace hapax
