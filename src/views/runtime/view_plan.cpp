// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/view_plan.hpp"

#include <algorithm>
#include <utility>

#include "core/time_math.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {

Result<ViewPlan> ViewPlan::create(const ViewSpec& spec, ViewInputs& inputs, std::uint64_t seed) {
  if (spec.per || spec.window.session_gap) {
    return Error{ErrorKind::kInvalid, "the view \"" + spec.name + "\" is over keys",
                 "leave out `per`: views over keys are not counted yet"};
  }
  HAPAX_ASSIGN(WindowAssigner assigner, WindowAssigner::create(spec.window));
  ViewPlan plan(spec, inputs, std::move(assigner));
  HAPAX_TRY(plan.add_measures(spec, inputs, seed));
  return plan;
}

ViewPlan::ViewPlan(const ViewSpec& spec, ViewInputs& inputs, WindowAssigner assigner)
    : filter_(spec.where, inputs.paths()),
      assigner_(std::move(assigner)),
      has_windows_(spec.window.kind != WindowKind::kNone),
      keep_(has_windows_ ? spec.keep : std::nullopt),
      group_fields_(spec.group_by) {
  std::ranges::stable_partition(
      group_fields_, [](const Field& field) { return field.kind == FieldKind::kSource; });
  for (const Field& field : group_fields_) {
    group_.push_back(inputs.paths().add(field));
  }
}

Result<void> ViewPlan::add_measures(const ViewSpec& spec, ViewInputs& inputs, std::uint64_t seed) {
  std::vector<MeasureSpec> measures;
  for (const Measure& measure : spec.measures) {
    MeasureSpec& added =
        measures.emplace_back(MeasureSpec{.kind = measure.kind, .p = measure.p, .k = measure.k});
    if (measure.field) {
      HAPAX_ASSIGN(added.input,
                   inputs.add_sample(*measure.field, measure_traits(measure.kind).wants_hash));
      samples_.push_back(added.input);
    }
  }
  std::ranges::sort(samples_);
  samples_.erase(std::unique(samples_.begin(), samples_.end()), samples_.end());
  measures_ = std::make_unique<const MeasurePlan>(measures, seed);
  return {};
}

void ViewPlan::append_group(const EventInputs& event, std::string& out) const {
  for (const FieldRef field : group_) {
    append_group_value(event.value(field), out);
  }
}

bool ViewPlan::is_expired(const Window& window, ProcessingTime received_at) const {
  if (!keep_) {
    return false;
  }
  const EventTime until = saturating_add(window.end, *keep_);
  return until < EventTime::max() && until <= as_event_time(received_at);
}

std::optional<Window> ViewPlan::first_living(ProcessingTime time) {
  if (!keep_) {
    return std::nullopt;
  }
  // A window holds the moment of its expiry, less `keep`, unless it ends there.
  return windows_of(saturating_add(as_event_time(time), -*keep_)).front();
}

Microseconds ViewPlan::length_of(const Window& window) const {
  return has_windows_ ? window.end - window.start : Microseconds::zero();
}

}  // namespace hapax
