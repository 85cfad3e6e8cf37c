// What the view answers. Reads cells in memory and in the store.
#include <algorithm>
#include <tuple>
#include <utility>

#include "stream/watermark.hpp"
#include "views/minute_view.hpp"

namespace hapax {
namespace {

Cell make_cell(CellName name, const CellSummary& summary, EventTime watermark) {
  const bool final = is_closed(MinuteView::cell_end(name.start), watermark);
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

}  // namespace

/// Collects the cells of one query, in the order in which it meets them.
class MinuteView::Scan {
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

  void take(EventTime start, std::string_view group, const std::optional<CellSummary>& summary) {
    std::optional<CellName> name = decode_cell_group(start, group);
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

Result<std::vector<Cell>> MinuteView::query(const ViewQuery& query, EventTime watermark) const {
  if (query.to <= query.from) {
    return std::vector<Cell>();
  }
  Scan scan(query, watermark);
  for (auto minute = minutes_.lower_bound(query.from);
       minute != minutes_.end() && minute->first < query.to; ++minute) {
    for (const auto& [group, cell] : minute->second) {
      if (scan.ok() && scan.wants(group)) {
        scan.take(cell.start, group, cell.state->summary());
      }
    }
  }
  scan.sort();
  const std::size_t hot = scan.count();
  const auto visit = [&](std::string_view key, std::string_view value) {
    const std::optional<CellKeyParts> parts = split_cell_key(key.substr(1));
    if (!parts) {
      scan.take({}, {}, std::nullopt);
    } else if (scan.wants(parts->group) && !is_hot(*parts)) {
      scan.take(parts->start, parts->group, CellSummary::decode(value));
    }
    return scan.ok();
  };
  if (scan.ok()) {
    HAPAX_TRY(store_.scan(kCellsTable,
                          stored_cell_key(CellPart::kSummary, cell_start_key(query.from)),
                          stored_cell_key(CellPart::kSummary, cell_start_key(query.to)), visit));
  }
  return scan.finish(hot);
}

// What is stored of a hot cell is out of date.
bool MinuteView::is_hot(const CellKeyParts& cell) const {
  const auto minute = minutes_.find(cell.start);
  return minute != minutes_.end() && minute->second.contains(cell.group);
}

std::vector<Cell> MinuteView::take_changes(EventTime watermark) {
  std::vector<Cell> cells;
  for (HotCell* cell : std::exchange(changed_, {})) {
    cell->changed = false;
    if (std::optional<CellName> name = decode_cell_group(cell->start, cell->group)) {
      cells.push_back(make_cell(std::move(*name), cell->state->summary(), watermark));
    }
  }
  return cells;
}

}  // namespace hapax
