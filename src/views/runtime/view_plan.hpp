// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "stream/measure/measure_plan.hpp"
#include "stream/window/window_assigner.hpp"
#include "views/fields/event_filter.hpp"
#include "views/runtime/view_inputs.hpp"
#include "views/runtime/view_shape.hpp"
#include "views/spec/view_spec.hpp"

namespace hapax {

/// A ViewSpec, ready to be asked about events: which it counts, in which windows, in which group,
/// and what its cells measure. Of a view over keys, also whose state an event changes; its measures
/// read the samples of KeyState::samples().
/// Threading: one owner: the windows remember.
class ViewPlan {
 public:
  /// Adds what the view looks at to `inputs`, also in part when it fails. `seed` is secret: see
  /// MeasurePlan. Errors: kInvalid, its windows fail check_window(); kExhausted, of `inputs`.
  static Result<ViewPlan> create(const ViewSpec& spec, ViewInputs& inputs, std::uint64_t seed);

  EventFilter::Answer accepts(const EventInputs& event) const {
    return filter_.accepts(event.event().event, event.values());
  }

  /// Appends the group of an event (group_key.hpp), of a view over keys what of it is of the first
  /// one. A field that is absent is a value like others.
  void append_group(const EventInputs& event, std::string& out) const;
  /// Of a view over keys: appends what of the group is of a key's last event, if this is it.
  void append_exit(const EventInputs& event, std::string& out) const;
  bool has_exit() const { return !exit_.empty(); }
  /// Of a view over keys: appends the event's key, as a group of one value. False when it has none.
  bool append_key(const EventInputs& event, std::string& out) const;

  /// Those of `time`, in order; valid until the next call. Of sessions, those of their start.
  std::span<const Window> windows_of(EventTime time) { return assigner_.windows_of(time); }
  /// What is received then is no longer counted in `window`: its end and `keep` are over. A window
  /// that ends, with `keep`, beyond the last EventTime never expires.
  bool is_expired(const Window& window, ProcessingTime received_at) const {
    return is_over(window.end, received_at);
  }
  /// What ends at `end` is over at `time`, with `keep`.
  bool is_over(EventTime end, ProcessingTime time) const;
  /// The first window that has not expired at `time`: it and those behind it live. Nothing: none
  /// expires.
  std::optional<Window> first_living(ProcessingTime time);

  /// It stays where it is when the plan moves.
  const std::shared_ptr<const ViewShape>& shape() const { return shape_; }
  const MeasurePlan& measures() const { return shape_->measures; }
  /// The inputs of all measures over events.
  std::span<const std::uint16_t> samples() const { return samples_; }

 private:
  ViewPlan(std::shared_ptr<const ViewShape> shape, ViewInputs& inputs, WindowAssigner assigner);

  EventFilter filter_;
  WindowAssigner assigner_;
  std::shared_ptr<const ViewShape> shape_;
  std::optional<Microseconds> keep_;
  std::vector<FieldRef> group_;
  std::vector<FieldRef> exit_;
  std::optional<FieldRef> key_;
  std::vector<std::uint16_t> samples_;
};

}  // namespace hapax
