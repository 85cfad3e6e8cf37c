// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/running_view.hpp"

#include "views/runtime/view_runtime.hpp"

namespace hapax {

Result<std::unique_ptr<RunningView>> make_running_view(const ViewSpec& spec, ViewInputs& inputs,
                                                       std::uint64_t seed, StateStore& store,
                                                       const std::string& id) {
  HAPAX_ASSIGN(ViewPlan plan, ViewPlan::create(spec, inputs, seed));
  return std::unique_ptr<RunningView>(std::make_unique<ViewRuntime>(std::move(plan), store, id));
}

}  // namespace hapax
