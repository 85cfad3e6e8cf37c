// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/running_view.hpp"

#include "views/runtime/keyed_view.hpp"
#include "views/runtime/view_runtime.hpp"

namespace hapax {
namespace {

/// Nothing: there is one group, or one of each source.
std::optional<GroupLimit> limit_of(const ViewShape& shape, const GroupLimit& limit) {
  const auto& fields = shape.group_fields;
  GroupLimit own = limit;
  own.groups_max = shape.spec.groups_max.value_or(limit.groups_max);
  own.by_source = !fields.empty() && fields[0] == Field{.kind = FieldKind::kSource};
  return fields.size() > (own.by_source ? 1 : 0) ? std::optional(own) : std::nullopt;
}

}  // namespace

void RunningView::enter(const EventInputs& inputs, EventFate fate, std::uint64_t cells,
                        std::uint64_t mismatches) {
  const KeyedEvent& event = inputs.event();
  account_.of(event.event.source).enter(event.seen.id, fate, cells, mismatches);
  hours_.enter(event.seen.id, fate, cells, mismatches);
}

Result<std::unique_ptr<RunningView>> make_running_view(const ViewSpec& spec, ViewInputs& inputs,
                                                       std::uint64_t seed, StateStore& store,
                                                       const std::string& id,
                                                       const GroupLimit& limit,
                                                       const KeyLimit& keys) {
  HAPAX_ASSIGN(ViewPlan plan, ViewPlan::create(spec, inputs, seed));
  std::unique_ptr<RunningView> view;
  if (spec.per) {
    KeyLimit own = keys;
    own.bytes_max = plan.shape()->spec.keys_bytes_max.value_or(keys.bytes_max);
    HAPAX_ASSIGN(view, KeyedView::create(std::move(plan), store, id, own));
  } else {
    const std::optional<GroupLimit> own = limit_of(*plan.shape(), limit);
    view = std::make_unique<ViewRuntime>(std::move(plan), store, id, own);
  }
  return view;
}

}  // namespace hapax
