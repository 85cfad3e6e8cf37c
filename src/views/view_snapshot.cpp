// SPDX-License-Identifier: Apache-2.0
#include "views/view_snapshot.hpp"

#include <utility>

#include "views/cell_merge.hpp"
#include "views/page_reader.hpp"

namespace hapax {

void ViewSnapshot::add(std::shared_ptr<const CellRun> changed) {
  runs_.add(std::move(changed));
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
