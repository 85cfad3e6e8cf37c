// SPDX-License-Identifier: Apache-2.0
#include "cluster/restoration.hpp"

#include <utility>

namespace hapax {
namespace {

struct Task {
  std::shared_ptr<MovableState> state;
  std::string payload;
  std::vector<std::string> names;
  std::vector<std::string> files;
};

}  // namespace

void Restoration::begin(std::shared_ptr<MovableState> state, std::string payload,
                        std::vector<std::string> names, std::vector<std::string> files) {
  has_begun_ = true;
  // Shared, since a function is copied, and files are large.
  auto task = std::make_shared<Task>(Task{.state = std::move(state),
                                          .payload = std::move(payload),
                                          .names = std::move(names),
                                          .files = std::move(files)});
  side_.run(
      [task = std::move(task)] {
        return task->state->restore(task->payload, std::move(task->names), std::move(task->files));
      },
      [this](Result<void> restored) { outcome_ = std::move(restored); });
}

}  // namespace hapax
