// SPDX-License-Identifier: Apache-2.0
#include "views/view_snapshot.hpp"

#include <utility>

#include "views/cell_merge.hpp"
#include "views/page_reader.hpp"

namespace hapax {

// Of two neighbours the older one is more than twice as long (Bentley and Saxe 1980), so there are
// few, and a cell is seldom moved.
void ViewSnapshot::add(std::shared_ptr<const CellRun> changed) {
  if (changed->size() == 0) {
    return;
  }
  runs_.push_back(std::move(changed));
  while (runs_.size() > 1 && runs_[runs_.size() - 2]->size() <= 2 * runs_.back()->size()) {
    auto merged =
        std::make_shared<const CellRun>(CellRun::merge(*runs_[runs_.size() - 2], *runs_.back()));
    runs_.pop_back();
    runs_.back() = std::move(merged);
  }
}

Result<CellPage> ViewSnapshot::query(const ViewQuery& query, EventTime watermark,
                                     const PageBudget& budget) const {
  CellPage page;
  if (!stored_ || query.to <= query.from) {
    return page;
  }
  HAPAX_TRY(stored_->read([&](SnapshotReader& stored) -> Result<void> {
    CellMerge cells(*this, stored, query.to);
    HAPAX_ASSIGN(page, PageReader(query, watermark, budget).read(cells));
    return {};
  }));
  return page;
}

Result<void> ViewSnapshot::scan(const CellKeyParts& from, EventTime to, const Visit& visit) const {
  if (!stored_) {
    return {};
  }
  return stored_->read([&](SnapshotReader& stored) -> Result<void> {
    CellMerge cells(*this, stored, to);
    bool more = true;
    for (cells.seek(cell_start_key(from.start).append(from.group)); more && cells.valid();
         cells.next()) {
      HAPAX_ASSIGN(const CellSummary summary, cells.summary());
      more = visit(cells.key(), summary);
    }
    return cells.status();
  });
}

}  // namespace hapax
