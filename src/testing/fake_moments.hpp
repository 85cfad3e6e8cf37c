// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/mutex.hpp"
#include "read/view_moment.hpp"
#include "testing/memory_state_store.hpp"
#include "views/view_source.hpp"

namespace hapax {

/// A MomentSource whose moments a test makes, of declared views.
/// Threading: calls from anywhere, changes from one thread.
class FakeMoments : public MomentSource {
 public:
  void follow(MomentListener& listener, std::set<std::string> views) override {
    const MutexLock lock(mutex_);
    if (follows_failing_ > 0) {
      --follows_failing_;
      throw std::bad_alloc();
    }
    listener_ = &listener;
    followed_ = std::move(views);
    changed_.notify_all();
  }
  void unfollow(MomentListener&) override {
    const MutexLock lock(mutex_);
    listener_ = nullptr;
    followed_.clear();
    changed_.notify_all();
  }
  void moment(const std::string& view, Answer answer) override {
    const MutexLock lock(mutex_);
    if (error_) {
      answer(*error_);
    } else if (!declared_.contains(view)) {
      answer(view_gone());
    } else {
      answer(shared({}));
    }
  }

  /// There is this view, with what `stored` holds, or nothing. Nobody is told.
  void begin(const ServedView& view, std::shared_ptr<const StateSnapshot> stored = nullptr) {
    const MutexLock lock(mutex_);
    stored = stored ? std::move(stored) : store_.snapshot().value();
    declared_.insert_or_assign(
        view.id, std::make_shared<const RowSnapshot>(view.shape, "rows", std::move(stored)));
  }
  /// The next moment: the one before with `rows` in place of what it had of them.
  void change(const std::string& view, CellRows rows, bool continues = true) {
    const MutexLock lock(mutex_);
    rows.sort();
    const auto changed = std::make_shared<const CellRows>(std::move(rows));
    RowSnapshot next = *declared_.at(view);
    next.add(changed);
    declared_.insert_or_assign(view, std::make_shared<const RowSnapshot>(std::move(next)));
    tell({}, continues ? changes_of(view, changed) : RowChanges());
  }
  /// The next moment, without cells below that key.
  void drop_before(const std::string& view, const std::string& living_from) {
    const MutexLock lock(mutex_);
    RowSnapshot next = *declared_.at(view);
    next.drop_before(living_from);
    declared_.insert_or_assign(view, std::make_shared<const RowSnapshot>(std::move(next)));
    tell({}, {{view, std::make_shared<const CellRows>()}});
  }
  /// The next moment has no such view; nor has any after it.
  void take_away(const std::string& view) {
    const MutexLock lock(mutex_);
    declared_.erase(view);
    tell({}, changes_of({}, {}));
  }
  /// The next moment has no such view, but it is there.
  void leave_out(const std::string& view) {
    const MutexLock lock(mutex_);
    tell(view, {});
  }
  void fail(Error error) {
    const MutexLock lock(mutex_);
    error_ = std::move(error);
  }
  /// Of the moments to come.
  void set_watermark(EventTime watermark) {
    const MutexLock lock(mutex_);
    watermark_ = watermark;
  }
  std::set<std::string> followed() const {
    const MutexLock lock(mutex_);
    return followed_;
  }
  /// The next calls of follow() find no memory.
  void fail_follows(int count) {
    const MutexLock lock(mutex_);
    follows_failing_ = count;
  }
  void wait_until_followed(const std::set<std::string>& views) {
    const MutexLock lock(mutex_);
    changed_.wait(mutex_, [&]() HAPAX_REQUIRES(mutex_) { return followed_ == views; });
  }
  /// Of those that listeners were told, how many are still there.
  std::size_t living() const {
    const MutexLock lock(mutex_);
    return static_cast<std::size_t>(
        std::ranges::count_if(told_, [](const auto& moment) { return !moment.expired(); }));
  }
  void wait_until_unfollowed() {
    const MutexLock lock(mutex_);
    changed_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return listener_ == nullptr; });
  }

 private:
  SharedMoment shared(const std::string& without) const HAPAX_REQUIRES(mutex_) {
    ViewMoment moment{.stored = store_.snapshot().value(),
                      .processed = {},
                      .watermark = watermark_,
                      .declared = declared_};
    moment.declared.erase(without);
    return std::make_shared<const ViewMoment>(std::move(moment));
  }
  /// Nothing changed in the others.
  RowChanges changes_of(const std::string& view,
                        const std::shared_ptr<const CellRows>& changed) const
      HAPAX_REQUIRES(mutex_) {
    RowChanges changes;
    for (const auto& [id, rows] : declared_) {
      changes.emplace(id, id == view ? changed : std::make_shared<const CellRows>());
    }
    return changes;
  }
  void tell(const std::string& without, const RowChanges& changes) HAPAX_REQUIRES(mutex_) {
    if (listener_ != nullptr) {
      const SharedMoment moment = shared(without);
      told_.push_back(moment);
      listener_->on_moment(moment, changes);
    }
  }

  mutable MemoryStateStore store_;
  mutable Mutex mutex_;
  CondVar changed_;
  MomentListener* listener_ HAPAX_GUARDED_BY(mutex_) = nullptr;
  std::set<std::string> followed_ HAPAX_GUARDED_BY(mutex_);
  EventTime watermark_ HAPAX_GUARDED_BY(mutex_) = EventTime::min();
  DeclaredRows declared_ HAPAX_GUARDED_BY(mutex_);
  std::optional<Error> error_ HAPAX_GUARDED_BY(mutex_);
  int follows_failing_ HAPAX_GUARDED_BY(mutex_) = 0;
  std::vector<std::weak_ptr<const ViewMoment>> told_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
