// SPDX-License-Identifier: Apache-2.0
#include "cluster/restoration.hpp"

#include <utility>

namespace hapax {
namespace {

struct Task {
  std::shared_ptr<MovableState> state;
  std::string payload;
  FetchedFiles fetched;
};

}  // namespace

void Restoration::begin(std::shared_ptr<MovableState> state, std::string payload,
                        FetchedFiles fetched) {
  has_begun_ = true;
  // Shared, since a function is copied, and files are large.
  auto task = std::make_shared<Task>(Task{
      .state = std::move(state), .payload = std::move(payload), .fetched = std::move(fetched)});
  side_.run(
      [task = std::move(task)] {
        return task->state->restore(task->payload, std::move(task->fetched.names),
                                    std::move(task->fetched.files));
      },
      [this](Result<void> restored) { outcome_ = std::move(restored); });
}

}  // namespace hapax
