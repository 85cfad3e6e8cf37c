#include "views/minute_view.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "stream/watermark.hpp"

namespace hapax {
namespace {

Cell make_cell(CellName name, const CellSummary& summary, EventTime watermark) {
  const bool final = is_closed(cell_end(name.start), watermark);
  return {.start = name.start,
          .source = std::move(name.source),
          .event = std::move(name.event),
          .count = summary.count,
          .users = summary.users,
          .final = final,
          .revision = summary.revision};
}

Error too_many(std::size_t count, const char* what) {
  return {ErrorKind::kInvalid, "more than " + std::to_string(count) + " cells " + what,
          "ask for a shorter time range"};
}

auto cell_order(const Cell& cell) {
  return std::tie(cell.start, cell.source, cell.event);
}

/// Collects the cells of one query, in the order in which it meets them.
class Scan {
 public:
  Scan(const ViewQuery& query, EventTime watermark)
      : query_(query), watermark_(watermark), filter_(query.source, query.event) {}

  bool ok() const { return outcome_.has_value(); }

  /// Whether the query asks for a cell of `group`; counts what it is asked.
  bool wants(std::string_view group) {
    if (++scanned_ > query_.scan_max) {
      outcome_ = too_many(query_.scan_max, "lie in the time range");
      return false;
    }
    return filter_.matches(group);
  }

  void take(const CellKeyParts& key, const std::optional<CellSummary>& summary) {
    std::optional<CellName> name = decode_cell_group(key.start, key.group);
    if (!name || !summary) {
      outcome_ = damaged_cell();
      return;
    }
    Cell cell = make_cell(std::move(*name), *summary, watermark_);
    if (query_.final_only && !cell.final) {
      return;
    }
    if (cells_.size() == query_.cells_max) {
      outcome_ = too_many(query_.cells_max, "match");
      return;
    }
    cells_.push_back(std::move(cell));
  }

  void sort() { std::ranges::sort(cells_, {}, cell_order); }
  std::size_t count() const { return cells_.size(); }
  /// The first `hot` cells and the others are each in order.
  Result<std::vector<Cell>> finish(std::size_t hot) {
    HAPAX_TRY(std::move(outcome_));
    std::ranges::inplace_merge(cells_, cells_.begin() + static_cast<std::ptrdiff_t>(hot), {},
                               cell_order);
    return std::move(cells_);
  }

 private:
  const ViewQuery& query_;
  const EventTime watermark_;
  const GroupFilter filter_;
  std::size_t scanned_ = 0;
  std::vector<Cell> cells_;
  Result<void> outcome_;
};

}  // namespace

Result<std::vector<Cell>> MinuteView::query(const ViewQuery& query, EventTime watermark) const {
  if (query.to <= query.from) {
    return std::vector<Cell>();
  }
  Scan scan(query, watermark);
  cells_.scan_hot(query.from, query.to, [&](const CellKeyParts& cell, const CellState& state) {
    if (scan.wants(cell.group)) {
      scan.take(cell, state.summary());
    }
    return scan.ok();
  });
  scan.sort();
  const std::size_t hot = scan.count();
  if (scan.ok()) {
    HAPAX_TRY(cells_.scan_stored(query.from, query.to,
                                 [&](const CellKeyParts& cell, std::string_view summary) {
                                   if (scan.wants(cell.group)) {
                                     scan.take(cell, decode_summary(summary));
                                   }
                                   return scan.ok();
                                 }));
  }
  return scan.finish(hot);
}

std::vector<Cell> MinuteView::take_changes(EventTime watermark) {
  std::vector<Cell> cells;
  cells_.take_changes([&](const CellKeyParts& cell, const CellState& state) {
    if (std::optional<CellName> name = decode_cell_group(cell.start, cell.group)) {
      cells.push_back(make_cell(std::move(*name), state.summary(), watermark));
    }
    return true;
  });
  return cells;
}

}  // namespace hapax
