// SPDX-License-Identifier: Apache-2.0
#include "read/make_moment.hpp"

#include <utility>

namespace hapax {
namespace {

/// Null when the change is one of cells that were never told.
std::shared_ptr<const RowSnapshot> next_rows(ViewChange& change,
                                             const std::shared_ptr<const StateSnapshot>& stored,
                                             const DeclaredRows& before) {
  const auto known = before.find(change.id);
  if (!change.begins && known == before.end()) {
    return nullptr;
  }
  RowSnapshot rows = change.begins
                         ? RowSnapshot(std::move(change.shape), std::move(change.table), stored)
                         : *known->second;
  change.changed.sort();
  rows.add(std::make_shared<const CellRows>(std::move(change.changed)));
  rows.drop_before(std::move(change.living_from));
  rows.settle(change.settled_until);
  return std::make_shared<const RowSnapshot>(std::move(rows));
}

DeclaredRows next_declared(std::vector<ViewChange>& changes,
                           const std::shared_ptr<const StateSnapshot>& stored,
                           const DeclaredRows& before) {
  DeclaredRows declared;
  for (ViewChange& change : changes) {
    if (auto rows = next_rows(change, stored, before)) {
      declared.insert_or_assign(change.id, std::move(rows));
    }
  }
  return declared;
}

}  // namespace

SharedMoment make_moment(Publication& publication, const std::shared_ptr<const CellRun>& changed,
                         const ViewMoment* before) {
  ViewSnapshot view = publication.stored
                          ? ViewSnapshot(std::move(publication.stored),
                                         std::move(publication.tables), publication.seed)
                          : before->view;
  view.add(changed);
  DeclaredRows declared = next_declared(publication.views, view.stored(),
                                        before != nullptr ? before->declared : DeclaredRows());
  return std::make_shared<const ViewMoment>(
      ViewMoment{.view = std::move(view),
                 .processed = std::move(publication.processed),
                 .watermark = publication.watermark,
                 .declared = std::move(declared)});
}

}  // namespace hapax
