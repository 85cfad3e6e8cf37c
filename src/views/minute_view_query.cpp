// What the view answers. Reads cells in memory and in the store.
#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "stream/watermark.hpp"
#include "views/minute_view.hpp"

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

/// Collects the cells of one query.
class Scan {
 public:
  /// Not more than `cells_max` cells.
  Scan(const ViewQuery& query, std::size_t cells_max, EventTime watermark)
      : query_(query),
        cells_max_(cells_max),
        watermark_(watermark),
        filter_(query.source, query.event) {}

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
    if (cells_.size() == cells_max_) {
      outcome_ = too_many(cells_max_, "match");
      return;
    }
    cells_.push_back(std::move(cell));
  }

  /// All cells of `table` that `holds` says yes to. Errors: those of the store.
  template <typename Holds>
  Result<void> take_table(const CellTable& table, const Holds& holds) {
    const auto begin = static_cast<std::ptrdiff_t>(cells_.size());
    table.scan_hot(query_.from, query_.to, [&](const CellKeyParts& cell, const CellState& state) {
      if (holds(cell) && wants(cell.group)) {
        take(cell, state.summary());
      }
      return ok();
    });
    std::ranges::sort(cells_.begin() + begin, cells_.end(), {}, cell_order);
    const auto hot = static_cast<std::ptrdiff_t>(cells_.size());
    if (ok()) {
      HAPAX_TRY(table.scan_stored(query_.from, query_.to,
                                  [&](const CellKeyParts& cell, std::string_view summary) {
                                    if (holds(cell) && wants(cell.group)) {
                                      take(cell, decode_summary(summary));
                                    }
                                    return ok();
                                  }));
    }
    std::ranges::inplace_merge(cells_.begin() + begin, cells_.begin() + hot, cells_.end(), {},
                               cell_order);
    return {};
  }

  /// Table by table, each in order.
  Result<std::vector<Cell>> finish() {
    HAPAX_TRY(std::move(outcome_));
    return std::move(cells_);
  }

 private:
  const ViewQuery& query_;
  const std::size_t cells_max_;
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
  Scan scan(query, doubted_.empty() ? query.cells_max : query.scan_max, watermark);
  HAPAX_TRY(scan.take_table(undoubted_, [](const CellKeyParts&) { return true; }));
  for (const auto& [epoch, doubted] : doubted_) {
    if (scan.ok()) {
      HAPAX_TRY(scan.take_table(doubted.cells, [&doubted = doubted](const CellKeyParts& cell) {
        return doubted.holds(cell);
      }));
    }
  }
  HAPAX_ASSIGN(std::vector<Cell> cells, scan.finish());
  if (!doubted_.empty()) {
    HAPAX_ASSIGN(cells, combine(std::move(cells), watermark));
  }
  return cells.size() > query.cells_max
             ? Result<std::vector<Cell>>(too_many(query.cells_max, "match"))
             : std::move(cells);
}

/// Those of one cell become one. Users are a union, so the whole states are needed.
Result<std::vector<Cell>> MinuteView::combine(std::vector<Cell> partials,
                                              EventTime watermark) const {
  std::ranges::stable_sort(partials, {}, cell_order);
  std::vector<Cell> cells;
  for (Cell& partial : partials) {
    if (cells.empty() || cell_order(cells.back()) != cell_order(partial)) {
      cells.push_back(std::move(partial));
      continue;
    }
    std::string group;
    append_cell_group(partial.source, partial.event, group);
    HAPAX_ASSIGN(const CellState state, whole({.start = partial.start, .group = group}));
    CellName name{.start = partial.start, .source = partial.source, .event = partial.event};
    cells.back() = make_cell(std::move(name), state.summary(), watermark);
  }
  return cells;
}

Result<CellState> MinuteView::whole(const CellKeyParts& cell) const {
  CellState whole = CellState::init(seed_);
  HAPAX_ASSIGN(const std::optional<CellState> undoubted, undoubted_.find(cell));
  if (undoubted) {
    whole.combine(*undoubted);
  }
  for (const auto& [epoch, doubted] : doubted_) {
    if (doubted.holds(cell)) {
      HAPAX_ASSIGN(const std::optional<CellState> partial, doubted.cells.find(cell));
      if (partial) {
        whole.combine(*partial);
      }
    }
  }
  return whole;
}

std::vector<Cell> MinuteView::take_changes(EventTime watermark) {
  std::vector<Cell> cells;
  const auto take = [&](const CellKeyParts& cell, const CellSummary& summary) {
    if (std::optional<CellName> name = decode_cell_group(cell.start, cell.group)) {
      cells.push_back(make_cell(std::move(*name), summary, watermark));
    }
  };
  if (doubted_.empty() && untold_.empty()) {
    undoubted_.take_changes([&](const CellKeyParts& cell, const CellState& state) {
      take(cell, state.summary());
      return true;
    });
    return cells;
  }
  for (const std::string& key : take_changed_keys()) {
    const std::optional<CellKeyParts> cell = split_cell_key(key);
    if (const Result<CellState> state = whole(*cell)) {
      take(*cell, state->summary());
    } else {
      untold_.insert(key);  // The store cannot be read; told the next time.
    }
  }
  return cells;
}

std::set<std::string> MinuteView::take_changed_keys() {
  std::set<std::string> keys = std::exchange(untold_, {});
  const auto take = [&](const CellKeyParts& cell, const CellState&) {
    keys.insert(cell_start_key(cell.start).append(cell.group));
    return true;
  };
  undoubted_.take_changes(take);
  for (auto& [epoch, doubted] : doubted_) {
    doubted.cells.take_changes(take);
  }
  return keys;
}

}  // namespace hapax
