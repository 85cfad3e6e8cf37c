// SPDX-License-Identifier: Apache-2.0
#include "read/make_moment.hpp"

#include <utility>

namespace hapax {
namespace {

/// The changes of one view after the other, to those of the moment before.
class DeclaredMoment {
 public:
  DeclaredMoment(const std::shared_ptr<const StateSnapshot>& stored, const DeclaredRows& before)
      : stored_(stored), before_(before) {}

  void add(ViewChange& change) {
    const auto known = before_.find(change.id);
    if (!change.begins && known == before_.end()) {
      return;  // A change of cells that were never told.
    }
    RowSnapshot rows = change.begins ? begin(change) : *known->second;
    change.changed.sort();
    const auto changed = std::make_shared<const CellRows>(std::move(change.changed));
    rows.add(changed);
    rows.drop_before(std::move(change.living_from));
    rows.settle(change.settled_until);
    rows.sample(std::move(change.key_shares));
    if (known != before_.end()) {
      changes.insert_or_assign(change.id, changed);
    }
    declared.insert_or_assign(change.id, std::make_shared<const RowSnapshot>(std::move(rows)));
  }

  DeclaredRows declared;
  RowChanges changes;

 private:
  RowSnapshot begin(ViewChange& change) const {
    return change.is_of_parts
               ? RowSnapshot::of_parts(std::move(change.shape), std::move(change.table), stored_)
               : RowSnapshot(std::move(change.shape), std::move(change.table), stored_);
  }

  const std::shared_ptr<const StateSnapshot>& stored_;
  const DeclaredRows& before_;
};

}  // namespace

MadeMoment make_moment(Publication& publication, const ViewMoment* before) {
  const DeclaredRows none;
  std::shared_ptr<const StateSnapshot> stored = std::move(publication.stored);
  if (!stored) {
    stored = before->stored;
  }
  DeclaredMoment next(stored, before != nullptr ? before->declared : none);
  for (ViewChange& change : publication.views) {
    next.add(change);
  }
  return {.moment = std::make_shared<const ViewMoment>(
              ViewMoment{.stored = std::move(stored),
                         .processed = std::move(publication.processed),
                         .watermark = publication.watermark,
                         .declared = std::move(next.declared)}),
          .changes = std::move(next.changes)};
}

}  // namespace hapax
