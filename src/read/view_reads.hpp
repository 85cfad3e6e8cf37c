// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "core/mutex.hpp"
#include "ports/clock.hpp"
#include "read/row_store.hpp"
#include "read/task_pool.hpp"
#include "read/view_moment.hpp"
#include "views/view_source.hpp"

namespace hapax {

struct ViewReadsSettings {
  std::size_t threads = 1;  ///< That answer queries; of low priority.
  /// Queries that wait or are being answered; over it they are refused.
  std::size_t queries_limit = 1'000;
  /// What a query may work on one of the threads; then its page ends, wherever it is.
  std::chrono::milliseconds page_work_max{250};
  /// Of one that needs all cells, a rank or a roll-up; then it is refused.
  std::chrono::milliseconds whole_work_max{1'000};
  /// Least time between two moments that nobody asks for but listeners. The first change after a
  /// silence comes at once.
  std::chrono::milliseconds follow_interval{4};
};

struct ViewReadsStats {
  std::uint64_t queries = 0;          ///< Waiting or being answered, now.
  std::uint64_t queries_refused = 0;  ///< For queries_limit, since the start.
};

/// Answers queries beside the thread that counts: from the publications of a source it makes the
/// moments of the views, on a thread of its own; pages are read of them in a pool. So a query costs
/// the source a publication that it shares with all who ask at the same time, however much it
/// reads.
/// Threading: all calls may run at the same time. Lifetime: what is passed must outlive it, and the
/// source must be stopped when it goes.
class ViewReads : public RowStore, public MomentSource, private ViewSink {
 public:
  ViewReads(const ViewReadsSettings& settings, ViewSource& source, const Clock& clock);
  ~ViewReads() override;

  void rows(RowQuery query, RowStore::Answer answer) override;
  void extent(std::shared_ptr<const ServedView> view, ExtentAnswer answer) override;
  /// From now on no query waits for its `after`: it gets kClosed where it would, and so do those
  /// that wait already.
  void end_waiting();

  void follow(MomentListener& listener, std::set<std::string> views) override;
  void unfollow(MomentListener& listener) override;
  void moment(const std::string& view, MomentSource::Answer answer) override;

  /// Ends the threads once all have their answers. After the source's stop.
  void stop();

  ViewReadsStats stats() const;

 private:
  /// Counts a query for as long as it has no answer.
  class Admitted;
  /// A query that has no answer yet.
  struct Asked {
    std::string view = {};  ///< Its id.
    std::optional<Receipt> after;
    std::chrono::milliseconds wait_max;
    /// Answers from a moment. False when that cannot be read any more: it needs another.
    std::function<bool(const ViewMoment& moment)> read;
    std::function<void(Error error)> fail;
    std::shared_ptr<const Admitted> admitted = {};
  };
  /// Who waits for a moment.
  struct Waiting {
    std::string view = {};              ///< A declared view that is in it, or empty.
    PublicationTicket ticket = 0;       ///< Of that moment, or it is older than that.
    std::optional<Receipt> after = {};  ///< It includes that, too,
    std::chrono::nanoseconds asked_at = {};
    std::chrono::nanoseconds deadline = {};  ///< if it comes until then.
    MomentSource::Answer answer = {};
  };
  /// What came of the newest publication.
  struct Newest {
    PublicationTicket ticket = 0;
    /// Null: it changes a moment that is lost, so that another one has to be asked for.
    Result<SharedMoment> moment = Error{ErrorKind::kUnavailable, "nothing is counted yet"};
  };
  using Taken = std::pair<PublicationTicket, Result<Publication>>;

  void take(PublicationTicket ticket, Result<Publication> publication) override;
  void let_go() override;
  void admit(Asked asked);
  void ask(const std::shared_ptr<const Asked>& asked);
  void wait_for_moment(Waiting waiting);

  // Of the thread.
  void run();
  void work();
  void answer_closed();
  bool wait();
  std::chrono::nanoseconds wake_at() const;
  std::chrono::nanoseconds end_of(const Waiting& waiting) const;
  void take_publications();
  void show();
  void take_in(Result<Publication> publication, const SharedMoment& before);
  void tell(const RowChanges& changes);
  std::set<std::string> followed();
  void answer_waiting();
  bool answer_if_ready(Waiting& waiting);
  bool ask_anew(Waiting& waiting);
  void ask_for_more();
  void ask_for_more(std::string_view view);

  // Of the pool.
  void read_when_its_turn_comes(const std::shared_ptr<const Asked>& asked);
  Result<SharedMoment> shown() const;
  void say_newest(const std::optional<std::string>& source, const RowAnswer& found,
                  const RowStore::Answer& answer);
  template <typename Found>
  bool read_declared(const std::string& view, const ViewMoment& moment,
                     const std::function<void(Result<Found>)>& answer,
                     const std::function<Result<Found>(const RowSnapshot&)>& read);
  std::function<bool()> is_spent(std::chrono::nanoseconds work) const;
  std::function<bool()> is_spent(const RowQuery& query) const;
  Result<WholeRows> take_whole(const RowQuery& query);
  bool read_whole(const RowQuery& query, const RowStore::Answer& answer);

  const ViewReadsSettings settings_;
  ViewSource& source_;
  const Clock& clock_;
  std::atomic<std::uint64_t> queries_{0};
  std::atomic<std::uint64_t> refused_{0};

  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<Taken> taken_ HAPAX_GUARDED_BY(mutex_);
  std::list<Waiting> arrived_ HAPAX_GUARDED_BY(mutex_);
  bool let_go_ HAPAX_GUARDED_BY(mutex_) = false;
  bool woken_ HAPAX_GUARDED_BY(mutex_) = false;
  bool stopping_ HAPAX_GUARDED_BY(mutex_) = false;
  PublicationTicket missed_ HAPAX_GUARDED_BY(mutex_) = 0;  ///< One that there was no memory for.
  /// Newest::moment, for those who read it.
  Result<SharedMoment> shown_ HAPAX_GUARDED_BY(mutex_) = Error{ErrorKind::kUnavailable,
                                                               "nothing is counted yet"};
  std::atomic<bool> waiting_ended_{false};
  std::atomic<bool> closed_{false};  ///< No publication comes any more.
  /// What publications change is not known any more.
  std::atomic<bool> lost_{false};

  Mutex listeners_mutex_;  ///< Held while they are called.
  /// With the views that they follow.
  std::map<MomentListener*, std::set<std::string>> listeners_ HAPAX_GUARDED_BY(listeners_mutex_);
  std::atomic<bool> followed_{false};  ///< There are some.

  // Of the thread.
  Newest newest_;
  std::list<Waiting> waiting_;
  PublicationTicket asked_ = 0;  ///< What comes without anybody's asking further.
  std::chrono::nanoseconds follow_next_{};

  TaskPool pool_;
  Mutex stop_mutex_;
  std::thread thread_ HAPAX_GUARDED_BY(stop_mutex_);  ///< Last: runs on all of the above.
};

}  // namespace hapax
