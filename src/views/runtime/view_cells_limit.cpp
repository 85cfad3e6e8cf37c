// SPDX-License-Identifier: Apache-2.0
// Which groups have cells of their own, where there is a limit.
#include <cassert>

#include "stream/stored_runs.hpp"
#include "stream/watermark.hpp"
#include "views/runtime/group_key.hpp"
#include "views/runtime/view_cells.hpp"

namespace hapax {
namespace {

/// More than the first byte of any value of a group.
constexpr char kBehindAllValues = '\xFF';

}  // namespace

GroupPlace ViewCells::place_of(std::string_view group) const {
  return {.hash = limit_->hasher.group(group), .group = group};
}

/// What the groups that share a limit begin with.
std::string_view ViewCells::scope_of(std::string_view group) const {
  return limit_->by_source ? first_value(group) : std::string_view();
}

/// A cell in memory that something is in is that of a group which is kept. Whoever floods a window
/// with groups behind the last one that is kept is told so by memory.
Result<void> ViewCells::touch_limited(const Window& window, const HashedGroup& group) {
  if (HotCell* const hot = find_hot(window, group); hot != nullptr && state_of(*hot).size > 0) {
    touched_.push_back({.cell = hot});
    return {};
  }
  const std::string_view scope = scope_of(group.group);
  const GroupPlace place = place_of(group.group);
  if (KeptGroups* const kept = find_kept(window, scope); kept != nullptr && !kept->keeps(place)) {
    return touch_other(window, place, *kept);
  }
  HAPAX_ASSIGN(HotCell* const cell, touch(window, group));
  if (state_of(*cell).size > 0) {
    touched_.push_back({.cell = cell});
    return {};
  }
  return touch_new(*cell, place);
}

/// `cell` is of a group that was not there, or is merged with others already.
Result<void> ViewCells::touch_new(HotCell& cell, const GroupPlace& place) {
  const std::string_view scope = scope_of(place.group);
  HAPAX_ASSIGN(KeptGroups* const kept, ready_kept(cell.window, scope));
  if (!kept->keeps(place)) {
    return touch_other(cell.window, place, *kept);
  }
  const KeptGroups::Room room = kept->room_for(place);
  for (const std::string& last : room.merged) {
    HAPAX_ASSIGN(HotCell* const merged, touch(cell.window, hashed(last)));
    HAPAX_ASSIGN(HotCell* const other, touch(cell.window, hashed(other_groups(scope))));
    merged_.push_back({.cell = merged, .other = other, .kept = kept});
  }
  if (!room.is_kept) {
    return touch_other(cell.window, place, *kept);
  }
  touched_.push_back({.cell = &cell, .kept = kept});
  return {};
}

Result<void> ViewCells::touch_other(const Window& window, const GroupPlace& place,
                                    KeptGroups& kept) {
  HAPAX_ASSIGN(HotCell* const other, touch(window, hashed(other_groups(scope_of(place.group)))));
  touched_.push_back({.cell = other, .kept = &kept, .is_other = true, .hash = place.hash});
  return {};
}

/// So many events of a group are in `other`. The source, if it is one of the fields, is that of the
/// cell.
void ViewCells::count_group(HotCell& other, const GroupPlace& place, std::uint64_t count) {
  ViewCell& state = state_of(other);
  memory_bytes_ -= state.bytes();
  state.count_group({.bytes = place.group.substr(scope_of(place.group).size()), .hash = place.hash},
                    count);
  memory_bytes_ += state.bytes();
}

/// Nothing unless it is ready.
KeptGroups* ViewCells::find_kept(const Window& window, std::string_view scope) {
  const auto scopes = kept_.find(window);
  if (scopes == kept_.end()) {
    return nullptr;
  }
  const auto kept = scopes->second.find(scope);
  return kept != scopes->second.end() && kept->second.is_ready() ? &kept->second : nullptr;
}

Result<KeptGroups*> ViewCells::ready_kept(const Window& window, std::string_view scope) {
  if (KeptGroups* const ready = find_kept(window, scope)) {
    return ready;
  }
  const auto scopes = kept_.find(window);
  const bool is_first = scopes == kept_.end() || !scopes->second.contains(scope);
  HAPAX_ASSIGN(KeptGroups learnt, learn_kept(window, scope, is_first));
  auto& known = kept_[window];
  if (const auto former = known.find(scope); former != known.end()) {
    memory_bytes_ -= former->second.bytes();
    known.erase(former);
  }
  KeptGroups& kept = known.emplace(scope, std::move(learnt)).first->second;
  memory_bytes_ += kept.bytes();
  return &kept;
}

/// As long as nothing is known of a window and source, all that it has in memory is stored, too:
/// only the store is looked through then, as memory may hold many other sources.
Result<KeptGroups> ViewCells::learn_kept(const Window& window, std::string_view scope,
                                         bool is_first) {
  KeptGroups kept(limit_->groups_max, limit_->last_known);
  const std::string other = other_groups(scope);
  const auto learn = [&](std::string_view group) {
    group == other ? kept.cut() : kept.add(place_of(group));
  };
  const std::string window_bytes = window_key(window);
  const std::string begin = window_bytes + std::string(scope);
  HAPAX_TRY(store_.scan(table_, summary_key(begin), summary_key(begin + kBehindAllValues),
                        [&](std::string_view key, std::string_view) {
                          const std::string_view group = key.substr(1 + window_bytes.size());
                          const HotCell* const hot = find_hot(window, group);
                          if (hot == nullptr || (is_first && !is_empty(*hot))) {
                            learn(group);
                          }
                          return true;
                        }));
  if (!is_first) {
    for (const auto& [group, cell] : windows_.at(window)) {
      if (group.starts_with(scope) && !is_empty(cell)) {
        learn(group);
      }
    }
  }
  kept.end_learning();
  return kept;
}

template <typename Change>
void ViewCells::change_kept(KeptGroups& kept, Change change) {
  memory_bytes_ -= kept.bytes();
  change();
  memory_bytes_ += kept.bytes();
}

/// Before the event at hand is counted. What is merged is all of the cell, also what was stored
/// long ago: it is new to the other one.
void ViewCells::merge_touched(EventTime watermark) {
  for (const Merged& merged : merged_) {
    ViewCell& cell = state_of(*merged.cell);
    assert(cell.size > 0);
    count_group(*merged.other, place_of(merged.cell->group), cell.size);
    ViewCell& other = state_of(*merged.other);
    memory_bytes_ -= cell.bytes() + other.bytes();
    other.combine(cell);
    other.revision += is_closed(merged.other->window.end, watermark) ? 1 : 0;
    cell = ViewCell(plan_);
    memory_bytes_ += cell.bytes() + other.bytes();
    note_touch(*merged.cell);
    note_touch(*merged.other);
    change_kept(*merged.kept, [&] { merged.kept->remove_last(); });
  }
}

void ViewCells::tell_kept(const Touched& touched) {
  if (touched.kept == nullptr) {
    return;
  }
  change_kept(*touched.kept, [&] {
    touched.is_other ? touched.kept->cut() : touched.kept->add(place_of(touched.cell->group));
  });
}

/// But for what it would cost much to learn again.
void ViewCells::forget_over(EventTime over) {
  for (auto window = kept_.begin(); window != kept_.end() && window->first.end <= over;) {
    auto& scopes = window->second;
    const bool is_hot = windows_.contains(window->first);
    for (auto scope = scopes.begin(); scope != scopes.end();) {
      KeptGroups& kept = scope->second;
      change_kept(kept, [&] { kept.shrink(); });
      const bool goes = !is_hot && kept.count() < KeptGroups::kCostly;
      memory_bytes_ -= goes ? kept.bytes() : 0;
      scope = goes ? scopes.erase(scope) : std::next(scope);
    }
    window = scopes.empty() ? kept_.erase(window) : std::next(window);
  }
}

}  // namespace hapax
