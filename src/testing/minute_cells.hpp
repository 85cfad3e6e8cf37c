// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "read/row_query.hpp"
#include "read/row_reader.hpp"
#include "views/publication.hpp"

namespace hapax {

/// A row of events_per_minute.
struct Cell {
  EventTime start;
  std::string source;
  std::string event;
  std::uint64_t count = 0;
  std::uint64_t users = 0;
  bool final = false;
  std::uint64_t revision = 0;
};

struct MinuteCells {
  EventTime watermark;
  EventTime complete_until;
  std::vector<Cell> cells;  ///< By start, source, event.
};

inline RowQuery all_of(std::shared_ptr<const ServedView> view) {
  RowQuery query{.view = std::move(view)};
  for (std::size_t i = 0; i < query.shape().spec.measures.size(); ++i) {
    query.measures.push_back(i);
  }
  query.rows_max = 1'000'000;
  return query;
}

inline std::uint64_t whole_number(const MeasureResult& result) {
  return std::get<std::uint64_t>(result.answer);
}

inline std::string group_text(const OwnedValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? *text : "";
}

inline MinuteCells minute_cells(const RowAnswer& answer) {
  MinuteCells all{.watermark = answer.watermark,
                  .complete_until = answer.complete_until.value_or(EventTime::min()),
                  .cells = {}};
  for (const Row& row : answer.rows) {
    const std::string event = group_text(row.group[1]);
    all.cells.push_back({.start = row.window.start,
                         .source = group_text(row.group[0]),
                         .event = event.empty() ? group_text(row.group[2]) : event,
                         .count = whole_number(row.results[0]),
                         .users = whole_number(row.results[1]),
                         .final = row.is_final,
                         .revision = row.revision});
  }
  return all;
}

/// Of a publication that begins with what is stored, and has the view.
inline Result<MinuteCells> minute_cells(Publication publication,
                                        const std::shared_ptr<const ServedView>& view) {
  const auto change = std::ranges::find(publication.views, view->id, &ViewChange::id);
  RowSnapshot rows(change->shape, change->table, publication.stored);
  change->changed.sort();
  rows.add(std::make_shared<const CellRows>(std::move(change->changed)));
  rows.drop_before(change->living_from);
  HAPAX_ASSIGN(const RowAnswer answer, read_rows(rows, all_of(view), publication.watermark));
  return minute_cells(answer);
}

}  // namespace hapax
