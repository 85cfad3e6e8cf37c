// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/view_plan.hpp"

#include <algorithm>
#include <utility>

#include "core/time_math.hpp"
#include "views/runtime/group_key.hpp"
#include "views/runtime/key_state.hpp"

namespace hapax {
namespace {

std::vector<Field> group_fields(const ViewSpec& spec) {
  std::vector<Field> fields = spec.group_by;
  const auto place_of = [](const Field& field) {
    return field.is_of_last ? 2 : field.kind == FieldKind::kSource ? 0 : 1;
  };
  std::ranges::stable_sort(fields, {}, place_of);
  return fields;
}

Result<std::vector<MeasureSpec>> add_measures(const ViewSpec& spec, ViewInputs& inputs) {
  std::vector<MeasureSpec> measures;
  for (const Measure& measure : spec.measures) {
    MeasureSpec& added = measures.emplace_back(MeasureSpec{
        .kind = measure.kind, .p = measure.p, .k = measure.k, .exact_max = measure.exact_max});
    if (measure.field && measure.field->is_of_key()) {
      added.input = KeyState::input_of(measure.field->kind);
    } else if (measure.field) {
      HAPAX_ASSIGN(added.input,
                   inputs.add_sample(*measure.field, measure_traits(measure.kind).wants_hash));
    }
  }
  return measures;
}

}  // namespace

Result<ViewPlan> ViewPlan::create(const ViewSpec& spec, ViewInputs& inputs, std::uint64_t seed) {
  HAPAX_ASSIGN(WindowAssigner assigner, WindowAssigner::create(spec.window));
  HAPAX_ASSIGN(const std::vector<MeasureSpec> measures, add_measures(spec, inputs));
  auto shape = std::make_shared<const ViewShape>(ViewShape{
      .spec = spec, .group_fields = group_fields(spec), .measures = MeasurePlan(measures, seed)});
  return ViewPlan(std::move(shape), inputs, std::move(assigner));
}

ViewPlan::ViewPlan(std::shared_ptr<const ViewShape> shape, ViewInputs& inputs,
                   WindowAssigner assigner)
    : filter_(shape->spec.where, inputs.paths()),
      assigner_(std::move(assigner)),
      shape_(std::move(shape)),
      keep_(shape_->spec.window.kind == WindowKind::kNone ? std::nullopt : shape_->spec.keep) {
  for (const Field& field : shape_->group_fields) {
    (field.is_of_last ? exit_ : group_).push_back(inputs.paths().add(field));
  }
  if (shape_->spec.per) {
    key_ = inputs.paths().add(*shape_->spec.per);
  }
  for (std::size_t i = 0; i < shape_->spec.measures.size(); ++i) {
    if (shape_->spec.measures[i].field && !shape_->spec.per) {
      samples_.push_back(shape_->measures.places()[i].spec.input);
    }
  }
  std::ranges::sort(samples_);
  samples_.erase(std::unique(samples_.begin(), samples_.end()), samples_.end());
}

void ViewPlan::append_group(const EventInputs& event, std::string& out) const {
  for (const FieldRef field : group_) {
    append_group_value(event.value(field), out);
  }
}

void ViewPlan::append_exit(const EventInputs& event, std::string& out) const {
  for (const FieldRef field : exit_) {
    append_group_value(event.value(field), out);
  }
}

bool ViewPlan::append_key(const EventInputs& event, std::string& out) const {
  const Value value = event.value(*key_);
  if (std::holds_alternative<std::monostate>(value)) {
    return false;
  }
  append_group_value(value, out);
  return true;
}

bool ViewPlan::is_over(EventTime end, ProcessingTime time) const {
  if (!keep_) {
    return false;
  }
  const EventTime until = saturating_add(end, *keep_);
  return until < EventTime::max() && until <= as_event_time(time);
}

std::optional<Window> ViewPlan::first_living(ProcessingTime time) {
  if (!keep_) {
    return std::nullopt;
  }
  // A window holds the moment of its expiry, less `keep`, unless it ends there.
  return windows_of(saturating_add(as_event_time(time), -*keep_)).front();
}

}  // namespace hapax
