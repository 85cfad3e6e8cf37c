// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/mutex.hpp"
#include "read/view_moment.hpp"
#include "testing/memory_state_store.hpp"

namespace hapax {

struct TestCell {
  EventTime start;
  std::string source;
  std::string event;
  std::uint64_t count = 0;
  std::uint64_t added = 0;
  std::uint64_t users = 1;
};

inline std::shared_ptr<const CellRun> run_of(const std::vector<TestCell>& cells) {
  CellRun run;
  for (const TestCell& cell : cells) {
    std::string group;
    append_cell_group(cell.source, cell.event, group);
    run.add({.start = cell.start, .group = group}, CellSummary(0, {cell.count, cell.users}),
            cell.added);
  }
  run.sort();
  return std::make_shared<const CellRun>(std::move(run));
}

/// A MomentSource whose moments a test makes.
/// Threading: calls from anywhere, change() from one thread.
class FakeMoments : public MomentSource {
 public:
  FakeMoments() { moment_ = SharedMoment(std::make_shared<ViewMoment>(empty())); }

  void follow(MomentListener& listener) override {
    const MutexLock lock(mutex_);
    listener_ = &listener;
    changed_.notify_all();
  }
  void unfollow(MomentListener&) override {
    const MutexLock lock(mutex_);
    listener_ = nullptr;
    changed_.notify_all();
  }
  void moment(Answer answer) override {
    const MutexLock lock(mutex_);
    answer(moment_);
  }

  /// The next moment: the one before with `cells` in place of what it had of them.
  void change(const std::vector<TestCell>& cells, bool continues = true) {
    const MutexLock lock(mutex_);
    ViewMoment next = moment_ ? **moment_ : empty();
    const auto run = run_of(cells);
    next.view.add(run);
    next.watermark = watermark_;
    tell(std::move(next), run, continues);
  }
  void fail(Error error) {
    const MutexLock lock(mutex_);
    moment_ = std::move(error);
  }
  /// What is moment() from now on: what `stored` holds. Nobody is told.
  void begin_with(std::shared_ptr<const StateSnapshot> stored) {
    const MutexLock lock(mutex_);
    ViewMoment begin = empty();
    begin.view = ViewSnapshot(std::move(stored), {}, 0);
    moment_ = SharedMoment(std::make_shared<ViewMoment>(std::move(begin)));
  }
  /// Of the moments to come.
  void set_watermark(EventTime watermark) {
    const MutexLock lock(mutex_);
    watermark_ = watermark;
  }
  bool is_followed() const {
    const MutexLock lock(mutex_);
    return listener_ != nullptr;
  }
  void wait_until_unfollowed() {
    const MutexLock lock(mutex_);
    changed_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return listener_ == nullptr; });
  }

 private:
  ViewMoment empty() {
    return {.view = ViewSnapshot(store_.snapshot().value(), {}, 0),
            .processed = {},
            .watermark = EventTime::min()};
  }
  void tell(ViewMoment next, const std::shared_ptr<const CellRun>& run, bool continues)
      HAPAX_REQUIRES(mutex_) {
    const SharedMoment shared = std::make_shared<ViewMoment>(std::move(next));
    moment_ = shared;
    if (listener_ != nullptr) {
      listener_->on_moment(shared, run, continues);
    }
  }

  MemoryStateStore store_;
  mutable Mutex mutex_;
  CondVar changed_;
  MomentListener* listener_ HAPAX_GUARDED_BY(mutex_) = nullptr;
  EventTime watermark_ HAPAX_GUARDED_BY(mutex_) = EventTime::min();
  Result<SharedMoment> moment_ HAPAX_GUARDED_BY(mutex_) = SharedMoment();
};

}  // namespace hapax
