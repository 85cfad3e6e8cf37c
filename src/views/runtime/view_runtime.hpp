// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>

#include "views/runtime/running_view.hpp"

namespace hapax {

/// A view whose measures are over events: one without `per`.
class ViewRuntime final : public RunningView {
 public:
  ViewRuntime(ViewPlan plan, StateStore& store, const std::string& id,
              std::optional<GroupLimit> limit = {})
      : RunningView(std::move(plan), store, id, limit) {
    assert(!shape()->spec.per);
  }

  /// Counts an event in the cells of its windows, but for those which were over, with `keep`, when
  /// its own record was received. It may be late for a minute and not for the day.
  Result<void> add(EventInputs& inputs, EventTime watermark) override;
  void drop_expired(ProcessingTime until) override;

 private:
  std::string group_;  // Of the event at hand; a member so that its memory is reused.
};

}  // namespace hapax
