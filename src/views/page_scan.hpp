// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "ports/view_store.hpp"
#include "stream/cell_table.hpp"

namespace hapax {

/// The cell that a summary is of. Nothing when `key` is damaged.
std::optional<Cell> make_cell(const CellKeyParts& key, const CellSummary& summary,
                              EventTime watermark);
/// By start, source, event.
bool is_before(const Cell& left, const Cell& right);
CellPlace place_of(const Cell& cell);

/// Collects the cells of one page of a query from several tables, each of which is in memory and in
/// the store. Each of these parts is read in the order of cells, up to a limit of its own; what
/// lies beyond the part that came least far is left to the next page. Cost: a step for each cell in
/// memory of the minutes that it comes to; in the store, a step for each cell of the source that is
/// asked for (of any, without one), and a look and some steps for each minute with many others.
class PageScan {
 public:
  using Holds = std::function<bool(const CellKeyParts&)>;

  PageScan(const ViewQuery& query, EventTime watermark);

  /// Reads the cells of `table` that `holds` says yes to. Errors: kCorrupt; those of the store.
  Result<void> read(const CellTable& table, const Holds& holds);

  /// The partial cells of the page, in order; those of one cell follow each other.
  std::vector<Cell> take_cells();
  /// Up to where the page has all cells; nothing: there are no more.
  const std::optional<CellPlace>& end() const { return end_; }

 private:
  /// How far one part of a table was read.
  struct Part {
    std::size_t taken = 0;
    std::size_t scanned = 0;
    std::size_t foreign = 0;  ///< Cells of other sources, one after the other.
    std::size_t looks = 0;    ///< For the next cell of the source, past those of others.
    std::string last = {};    ///< The key of the last cell that was looked at.
  };
  struct HotCell {
    CellKeyParts key;
    const CellState* state;
  };

  void read_hot(const CellTable& table, const Holds& holds);
  static void bound(std::vector<HotCell>& minute, std::size_t count);
  static void keep_first(std::vector<HotCell>& minute, std::size_t count);
  bool take_minute(EventTime start, std::vector<HotCell>& minute, Part& part);
  Result<void> read_stored(const CellTable& table, const Holds& holds);
  bool visit_stored(const CellKeyParts& cell, std::string_view summary, const Holds& holds,
                    Part& part, std::string& go_on);
  bool pass_foreign(const CellKeyParts& cell, Part& part, std::string& go_on);
  bool is_ahead(const CellKeyParts& cell) const;
  bool is_wanted(const CellKeyParts& cell) const;
  void take(const CellKeyParts& key, const std::optional<CellSummary>& summary);
  void end_at(CellPlace place);
  void end_behind(std::string_view key);

  const ViewQuery& query_;
  const EventTime watermark_;
  const GroupFilter filter_;
  EventTime begin_;          ///< Start of the first cell to come.
  std::string begin_group_;  ///< Cells that start at begin_ come behind this group; empty: all.
  std::optional<CellPlace> end_;
  std::vector<Cell> cells_;
  bool damaged_ = false;
};

}  // namespace hapax
