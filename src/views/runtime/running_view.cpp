// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/running_view.hpp"

#include "views/runtime/keyed_view.hpp"
#include "views/runtime/view_runtime.hpp"

namespace hapax {

Result<std::unique_ptr<RunningView>> make_running_view(const ViewSpec& spec, ViewInputs& inputs,
                                                       std::uint64_t seed, StateStore& store,
                                                       const std::string& id) {
  HAPAX_ASSIGN(ViewPlan plan, ViewPlan::create(spec, inputs, seed));
  std::unique_ptr<RunningView> view;
  if (spec.per) {
    view = std::make_unique<KeyedView>(std::move(plan), store, id);
  } else {
    view = std::make_unique<ViewRuntime>(std::move(plan), store, id);
  }
  return view;
}

}  // namespace hapax
