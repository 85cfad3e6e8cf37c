// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/mutex.hpp"
#include "testing/memory_state_store.hpp"
#include "views/view_source.hpp"

namespace hapax {

/// A source that publishes when a test says so.
class FakeViewSource : public ViewSource {
 public:
  static constexpr LogId kLog{5};  ///< That its publications are of.
  NewestEvent newest_event = {};
  Result<std::vector<ViewReport>> reports = std::vector<ViewReport>();  ///< What views() answers.
  Result<AuditReport> report = AuditReport{};                           ///< What audit() answers.

  void publish_to(ViewSink& sink) override { sink_ = &sink; }
  std::optional<PublicationTicket> want(Want want, std::string_view view) override {
    const MutexLock lock(mutex_);
    if (want == Want::kNews && std::exchange(no_memory_, false)) {
      throw std::bad_alloc();
    }
    wanted_views_.emplace(view);
    if (closed_) {
      return std::nullopt;
    }
    wanted_ = std::max(wanted_.value_or(want), want);
    changed_.notify_all();
    return published_ + 1;
  }
  void newest(std::optional<std::string>,
              std::function<void(Result<std::optional<NewestEvent>>)> answer) override {
    answer(std::optional(newest_event));
  }
  void audit(std::function<void(Result<AuditReport>)> answer) override { answer(report); }
  /// What whole_rows() answers.
  std::function<Result<WholeRows>(const WholeRowsQuery& query)> whole = [](const WholeRowsQuery&) {
    return Error{ErrorKind::kClosed, "closed"};
  };
  void whole_rows(WholeRowsQuery query, std::function<void(Result<WholeRows>)> answer) override {
    answer(whole(query));
  }
  /// What books() answers.
  std::function<Result<ViewBooks>(const std::string& view)> view_books = [](const std::string&) {
    return Error{ErrorKind::kClosed, "closed"};
  };
  void books(std::string view, std::function<void(Result<ViewBooks>)> answer) override {
    answer(view_books(view));
  }
  void views(std::function<void(Result<std::vector<ViewReport>>)> answer) override {
    answer(reports);
  }

  /// Publishes once somebody wants it. Returns what was wanted.
  Want publish(std::vector<ViewChange> views, std::uint64_t processed = 1, bool anew = false) {
    return publish(publication_of(std::move(views), processed, anew));
  }
  Want publish(Result<Publication> publication) {
    const Begun begun = begin();
    sink_->take(begun.ticket, std::move(publication));
    return begun.wanted;
  }
  /// As the thread that counts does, which takes a while to make one.
  struct Begun {
    PublicationTicket ticket;
    Want wanted;
  };
  Begun begin() {
    const MutexLock lock(mutex_);
    changed_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return wanted_.has_value(); });
    wanted_views_.clear();
    return {.ticket = ++published_, .wanted = *std::exchange(wanted_, std::nullopt)};
  }
  void end(const Begun& begun, std::vector<ViewChange> views) {
    sink_->take(begun.ticket, publication_of(std::move(views), 1, false));
  }
  /// With `stored` where none was before, or it is to begin `anew`; all views begin with it then.
  Publication publication_of(std::vector<ViewChange> views, std::uint64_t processed, bool anew) {
    Publication publication{.processed = {.log = kLog, .next = {Offset(processed)}},
                            .watermark = EventTime::min(),
                            .continues = begun_ && !anew,
                            .views = std::move(views)};
    if (!std::exchange(begun_, true) || anew) {
      publication.stored = store_.snapshot().value();
      for (ViewChange& change : publication.views) {
        change.begins = true;
      }
    }
    return publication;
  }
  void close() {
    {
      const MutexLock lock(mutex_);
      closed_ = true;
      wanted_ = Want::kNow;
    }
    publish(Error{ErrorKind::kClosed, "closed"});
  }
  void let_go() {
    begun_ = false;
    sink_->let_go();
  }
  /// Whoever is the next to ask for news finds no memory for it.
  void find_no_memory() {
    const MutexLock lock(mutex_);
    no_memory_ = true;
  }
  void wait_until_wanted() {
    const MutexLock lock(mutex_);
    changed_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return wanted_.has_value(); });
  }
  MemoryStateStore& store() { return store_; }
  /// The declared views that were asked for since the last publication was begun.
  std::set<std::string> wanted_views() const {
    const MutexLock lock(mutex_);
    return wanted_views_;
  }
  bool is_wanted() const {
    const MutexLock lock(mutex_);
    return wanted_.has_value();
  }

 private:
  MemoryStateStore store_;
  ViewSink* sink_ = nullptr;
  bool begun_ = false;
  mutable Mutex mutex_;
  CondVar changed_;
  std::optional<Want> wanted_ HAPAX_GUARDED_BY(mutex_);
  std::set<std::string> wanted_views_ HAPAX_GUARDED_BY(mutex_);
  PublicationTicket published_ HAPAX_GUARDED_BY(mutex_) = 0;
  bool closed_ HAPAX_GUARDED_BY(mutex_) = false;
  bool no_memory_ HAPAX_GUARDED_BY(mutex_) = false;
};

}  // namespace hapax
