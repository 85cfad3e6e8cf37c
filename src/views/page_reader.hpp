// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "ports/view_store.hpp"
#include "views/cell_merge.hpp"
#include "views/view_snapshot.hpp"

namespace hapax {

/// Reads one page of a query. Threading: one owner. Lifetime: what is passed must outlive it.
class PageReader {
 public:
  PageReader(const ViewQuery& query, EventTime watermark, const PageBudget& budget);

  /// Once. Errors: kCorrupt; those of the store.
  Result<CellPage> read(CellMerge& cells) &&;

 private:
  Result<bool> visit(CellMerge& cells);
  bool pass_foreign(CellMerge& cells);
  bool is_full() const;
  bool is_ahead(const CellKeyParts& cell) const;
  bool is_wanted(const CellKeyParts& cell) const;
  Result<void> take(CellMerge& cells);
  Result<void> end_behind_last();

  const ViewQuery& query_;
  const EventTime watermark_;
  const PageBudget& budget_;
  const GroupFilter filter_;
  EventTime begin_;          ///< Start of the first cell to come.
  std::string begin_group_;  ///< Cells that start at begin_ come behind this group; empty: all.
  CellPage page_;
  std::size_t scanned_ = 0;
  std::size_t bytes_ = 0;
  std::size_t foreign_ = 0;  ///< Cells that are not near, one after the other.
  std::size_t looks_ = 0;    ///< For the next near cell, past others.
  std::size_t steps_ = 0;
  bool out_of_time_ = false;
  std::string last_;  ///< The key of the last cell that was looked at.
};

}  // namespace hapax
