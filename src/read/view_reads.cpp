// SPDX-License-Identifier: Apache-2.0
#include "read/view_reads.hpp"

#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "core/give.hpp"
#include "read/read_errors.hpp"
#include "read/row_reader.hpp"
#include "read/whole_rows_query.hpp"

namespace hapax {
namespace {

using std::chrono::nanoseconds;

Error too_many() {
  return {ErrorKind::kExhausted, "too many queries wait for their answers",
          "ask again in a moment, fewer at a time"};
}

/// What `read` says, or throws.
template <typename Answer>
Result<Answer> answer_or_why_not(const std::function<Result<Answer>()>& read) {
  try {
    return read();
  } catch (const std::exception& exception) {
    return Error{ErrorKind::kExhausted, std::string("no answer: ") + exception.what(),
                 "ask again, or for less"};
  }
}

}  // namespace

class ViewReads::Admitted {
 public:
  /// Nothing when there are too many.
  static std::shared_ptr<const Admitted> enter(ViewReads& reads) {
    if (++reads.queries_ > reads.settings_.queries_limit) {
      --reads.queries_;
      ++reads.refused_;
      return nullptr;
    }
    return std::make_shared<const Admitted>(reads);
  }
  explicit Admitted(ViewReads& reads) : reads_(reads) {}
  Admitted(const Admitted&) = delete;
  Admitted& operator=(const Admitted&) = delete;
  ~Admitted() { --reads_.queries_; }

 private:
  ViewReads& reads_;
};

ViewReads::ViewReads(const ViewReadsSettings& settings, ViewSource& source, const Clock& clock)
    : settings_(settings),
      source_(source),
      clock_(clock),
      pool_(settings.threads, TaskPool::Priority::kLow),
      thread_([this] { run(); }) {
  source_.publish_to(*this);
}

ViewReads::~ViewReads() {
  stop();
}

void ViewReads::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  const MutexLock lock(stop_mutex_);
  if (thread_.joinable()) {
    thread_.join();
  }
  pool_.stop();
}

void ViewReads::rows(RowQuery query, RowStore::Answer answer) {
  const auto say = [this, source = query.source(), is_whole = !query.behind,
                    answer](const Result<RowAnswer>& found) {
    const bool is_empty = is_whole && found && found->rows.empty() && !found->next;
    is_empty ? say_newest(source, *found, answer) : answer(found);
  };
  // Which moment it is matters to `after` alone where whole cells are asked for.
  const std::string view = query.needs_whole_cells() ? std::string() : query.view->id;
  const auto read = [this, query, say, view](const ViewMoment& moment) {
    return view.empty()
               ? read_whole(query, say)
               : read_declared<RowAnswer>(view, moment, say, [&](const RowSnapshot& rows) {
                   return read_rows(rows, query, moment.watermark, {.is_over = is_spent(query)});
                 });
  };
  admit({.view = view,
         .after = query.after,
         .wait_max = query.wait_max,
         .read = read,
         .fail = [answer](Error error) { give<RowAnswer>(answer, std::move(error)); }});
}

void ViewReads::extent(std::shared_ptr<const ServedView> view, ExtentAnswer answer) {
  const auto read = [this, view, answer](const ViewMoment& moment) {
    return read_declared<RowExtent>(view->id, moment, answer, [this](const RowSnapshot& rows) {
      return measure_extent(rows, RowBudget().whole_cells_max, is_spent(settings_.page_work_max));
    });
  };
  admit({.view = view->id,
         .after = std::nullopt,
         .wait_max = {},
         .read = read,
         .fail = [answer](Error error) { give<RowExtent>(answer, std::move(error)); }});
}

void ViewReads::admit(Asked asked) {
  asked.admitted = Admitted::enter(*this);
  if (asked.admitted) {
    ask(std::make_shared<const Asked>(std::move(asked)));
  } else {
    asked.fail(too_many());
  }
}

void ViewReads::ask(const std::shared_ptr<const Asked>& asked) {
  const auto read = [this, asked](const Result<SharedMoment>& moment) {
    if (moment) {
      pool_.post([this, asked] { read_when_its_turn_comes(asked); });
    } else {
      pool_.post([asked, error = moment.error()] { asked->fail(error); });
    }
  };
  const nanoseconds now = clock_.monotonic();
  wait_for_moment({.view = asked->view,
                   .after = asked->after,
                   .asked_at = now,
                   .deadline = now + asked->wait_max,
                   .answer = read});
}

/// Of the newest moment then, so that who waits for a thread keeps no older one.
void ViewReads::read_when_its_turn_comes(const std::shared_ptr<const Asked>& asked) {
  const Result<SharedMoment> moment = shown();
  if (closed_) {
    asked->fail(shutting_down());
  } else if (!moment || !*moment || !asked->read(**moment)) {
    ask(asked);
  }
}

Result<SharedMoment> ViewReads::shown() const {
  const MutexLock lock(mutex_);
  return shown_;
}

/// True once the thread that asks for it has worked as long from now on.
std::function<bool()> ViewReads::is_spent(nanoseconds work) const {
  return [this, end = clock_.worked() + work] { return clock_.worked() >= end; };
}

std::function<bool()> ViewReads::is_spent(const RowQuery& query) const {
  return is_spent(query.order || query.rolls_up() ? settings_.whole_work_max
                                                  : settings_.page_work_max);
}

template <typename Found>
bool ViewReads::read_declared(const std::string& view, const ViewMoment& moment,
                              const std::function<void(Result<Found>)>& answer,
                              const std::function<Result<Found>(const RowSnapshot&)>& read) {
  const auto rows = moment.declared.find(view);
  if (rows == moment.declared.end()) {
    return false;  // It was in the one that was waited for.
  }
  Result<Found> found = answer_or_why_not<Found>([&] { return read(*rows->second); });
  if (!found && !rows->second->is_open()) {
    return false;
  }
  give(answer, std::move(found));
  return true;
}

/// Waits for the source: whole cells are too large to be in every publication, so those of one
/// query are asked for when its turn comes, and as many are in memory as there are threads.
Result<WholeRows> ViewReads::take_whole(const RowQuery& query) {
  HAPAX_ASSIGN(WholeRowsQuery wanted, whole_rows_query(query));
  auto promise = std::make_shared<std::promise<Result<WholeRows>>>();
  std::future<Result<WholeRows>> whole = promise->get_future();
  source_.whole_rows(std::move(wanted), [promise = std::move(promise)](Result<WholeRows> answer) {
    promise->set_value(std::move(answer));
  });
  return whole.get();
}

bool ViewReads::read_whole(const RowQuery& query, const RowStore::Answer& answer) {
  bool is_open = true;
  Result<RowAnswer> read = answer_or_why_not<RowAnswer>([&]() -> Result<RowAnswer> {
    HAPAX_ASSIGN(const WholeRows whole, take_whole(query));
    Result<RowAnswer> rows =
        read_rows(whole.rows, query, whole.watermark, {.is_over = is_spent(query)});
    is_open = rows || whole.rows.is_open();
    return rows;
  });
  if (is_open) {
    give(answer, std::move(read));
  }
  return is_open;
}

void ViewReads::say_newest(const std::optional<std::string>& source, const RowAnswer& found,
                           const RowStore::Answer& answer) {
  source_.newest(source, [this, found, answer](const Result<std::optional<NewestEvent>>& newest) {
    RowAnswer said = found;
    said.newest = newest ? *newest : std::nullopt;
    pool_.post([answer, said = std::move(said)] { give(answer, Result<RowAnswer>(said)); });
  });
}

void ViewReads::moment(const std::string& view, MomentSource::Answer answer) {
  wait_for_moment({.view = view, .answer = std::move(answer)});
}

void ViewReads::wait_for_moment(Waiting waiting) {
  const auto ticket =
      source_.want(lost_ ? ViewSource::Want::kAnew : ViewSource::Want::kNow, waiting.view);
  if (!ticket) {
    waiting.answer(shutting_down());
    return;
  }
  waiting.ticket = *ticket;
  const MutexLock lock(mutex_);
  arrived_.push_back(std::move(waiting));
  changed_.notify_one();
}

void ViewReads::end_waiting() {
  waiting_ended_ = true;
  const MutexLock lock(mutex_);
  woken_ = true;
  changed_.notify_one();
}

void ViewReads::follow(MomentListener& listener, std::set<std::string> views) {
  {
    const MutexLock lock(listeners_mutex_);
    listeners_[&listener] = std::move(views);
    followed_ = true;
  }
  const MutexLock lock(mutex_);
  woken_ = true;
  changed_.notify_one();
}

void ViewReads::unfollow(MomentListener& listener) {
  const MutexLock lock(listeners_mutex_);
  listeners_.erase(&listener);
  followed_ = !listeners_.empty();
}

ViewReadsStats ViewReads::stats() const {
  return {.queries = queries_, .queries_refused = refused_};
}

}  // namespace hapax
