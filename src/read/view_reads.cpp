// SPDX-License-Identifier: Apache-2.0
#include "read/view_reads.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <string>

#include "core/give.hpp"
#include "core/thread_name.hpp"
#include "read/receipts.hpp"

namespace hapax {
namespace {

using std::chrono::nanoseconds;

/// How long the thread sleeps when nothing is to be done at a certain time.
constexpr std::chrono::seconds kWaitMax{60};
/// So long a query with a receipt waits for its first publication, if it is to wait for less.
constexpr std::chrono::seconds kPublicationWait{1};

Error closed() {
  return {ErrorKind::kClosed, "the server is shutting down", "retry after the restart"};
}

Error too_many() {
  return {ErrorKind::kExhausted, "too many queries wait for their answers",
          "ask again in a moment, fewer at a time"};
}

Error not_reached(const std::string& position) {
  return {ErrorKind::kTimedOut, "the view did not reach the receipt in time; it is at " + position,
          "retry, or ask without `after`"};
}

ViewAnswer answer_of(const ViewMoment& moment, CellPage page) {
  return {.watermark = moment.watermark,
          .complete_until = moment.complete_until(),
          .cells = std::move(page.cells),
          .next = std::move(page.next)};
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

void ViewReads::query(ViewQuery query, ViewStore::Answer answer) {
  const auto admitted = Admitted::enter(*this);
  if (!admitted) {
    answer(too_many());
    return;
  }
  ask_for_page(std::make_shared<const Asked>(
      Asked{.query = std::move(query), .answer = std::move(answer), .admitted = admitted}));
}

void ViewReads::ask_for_page(const std::shared_ptr<const Asked>& asked) {
  const auto read = [this, asked](const Result<SharedMoment>& moment) {
    if (moment) {
      pool_.post([this, asked] { read_when_its_turn_comes(asked); });
    } else {
      pool_.post([asked, error = moment.error()] { give<ViewAnswer>(asked->answer, error); });
    }
  };
  const nanoseconds now = clock_.monotonic();
  wait_for_moment({.after = asked->query.after,
                   .asked_at = now,
                   .deadline = now + asked->query.wait_max,
                   .answer = read});
}

/// Of the newest moment then, so that who waits for a thread keeps no older one.
void ViewReads::read_when_its_turn_comes(const std::shared_ptr<const Asked>& asked) {
  const Result<SharedMoment> moment = shown();
  if (closed_) {
    give<ViewAnswer>(asked->answer, closed());
  } else if (!moment || !read_page(*asked, **moment)) {
    ask_for_page(asked);
  }
}

Result<SharedMoment> ViewReads::shown() const {
  const MutexLock lock(mutex_);
  return shown_;
}

/// False when the store was opened anew meanwhile.
bool ViewReads::read_page(const Asked& asked, const ViewMoment& moment) {
  const ViewQuery& query = asked.query;
  const nanoseconds end = clock_.monotonic() + settings_.query_time_max;
  Result<ViewAnswer> read = closed();
  try {
    Result<CellPage> page = moment.view.query(
        query, moment.watermark, {.is_over = [&] { return clock_.monotonic() >= end; }});
    read = page ? Result<ViewAnswer>(answer_of(moment, std::move(*page))) : page.error();
  } catch (const std::exception& exception) {
    read = Error{ErrorKind::kExhausted, std::string("no answer: ") + exception.what(),
                 "ask again, or for less"};
  }
  if (!read && !moment.view.is_open()) {
    return false;
  }
  if (!read || !read->cells.empty() || read->next || query.behind) {
    give(asked.answer, std::move(read));
    return true;
  }
  source_.newest(query.source, [this, answer = asked.answer, read = std::move(read)](
                                   const Result<std::optional<NewestEvent>>& newest) mutable {
    read->newest = newest ? *newest : std::nullopt;
    pool_.post([answer = std::move(answer), read = std::move(read)] { give(answer, read); });
  });
  return true;
}

void ViewReads::moment(MomentSource::Answer answer) {
  wait_for_moment({.answer = std::move(answer)});
}

void ViewReads::wait_for_moment(Waiting waiting) {
  const auto ticket = source_.want(lost_ ? ViewSource::Want::kAnew : ViewSource::Want::kNow, {});
  if (!ticket) {
    waiting.answer(closed());
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

void ViewReads::audit(std::function<void(Result<AuditReport>)> answer) {
  source_.audit(std::move(answer));
}

void ViewReads::follow(MomentListener& listener) {
  {
    const MutexLock lock(listeners_mutex_);
    listeners_.push_back(&listener);
    followed_ = true;
  }
  const MutexLock lock(mutex_);
  woken_ = true;
  changed_.notify_one();
}

void ViewReads::unfollow(MomentListener& listener) {
  const MutexLock lock(listeners_mutex_);
  std::erase(listeners_, &listener);
  followed_ = !listeners_.empty();
}

ViewReadsStats ViewReads::stats() const {
  return {.queries = queries_, .queries_refused = refused_};
}

void ViewReads::take(PublicationTicket ticket, Result<Publication> publication) {
  const MutexLock lock(mutex_);
  try {
    taken_.emplace_back(ticket, std::move(publication));
  } catch (const std::bad_alloc&) {
    lost_ = true;
    missed_ = ticket;
  }
  changed_.notify_one();
}

void ViewReads::let_go() {
  const MutexLock lock(mutex_);
  let_go_ = true;
  changed_.notify_one();
}

void ViewReads::run() {
  name_thread("reads");
  bool open = true;
  while (open) {
    open = wait();
    try {
      open ? work() : answer_closed();
    } catch (...) {  // No memory. Who still waits is answered later.
      lost_ = true;
    }
  }
}

void ViewReads::work() {
  take_publications();
  answer_waiting();
  ask_for_more();
}

void ViewReads::answer_closed() {
  for (const Waiting& waiting : std::exchange(waiting_, {})) {
    give<SharedMoment>(waiting.answer, closed());
  }
}

bool ViewReads::wait() {
  const nanoseconds wake = wake_at() - clock_.monotonic();
  const MutexLock lock(mutex_);
  changed_.wait_for(mutex_, wake, [this]() HAPAX_REQUIRES(mutex_) {
    return !taken_.empty() || !arrived_.empty() || let_go_ || woken_ || stopping_;
  });
  woken_ = false;
  waiting_.splice(waiting_.end(), arrived_);  // Needs no memory.
  return !stopping_;
}

nanoseconds ViewReads::wake_at() const {
  nanoseconds wake = clock_.monotonic() + kWaitMax;
  for (const Waiting& waiting : waiting_) {
    if (waiting.after) {
      wake = std::min(wake, end_of(waiting));
    }
  }
  const bool follows = followed_ && asked_ <= newest_.ticket && !closed_;
  return follows ? std::min(wake, follow_next_) : wake;
}

/// Of its wait for a receipt.
nanoseconds ViewReads::end_of(const Waiting& waiting) const {
  return waiting.ticket > newest_.ticket
             ? std::max(waiting.deadline, waiting.asked_at + kPublicationWait)
             : waiting.deadline;
}

void ViewReads::take_publications() {
  std::vector<Taken> taken;
  bool let_go = false;
  PublicationTicket missed = 0;
  {
    const MutexLock lock(mutex_);
    taken.swap(taken_);
    let_go = std::exchange(let_go_, false);
    missed = missed_;
  }
  if (let_go && taken.empty()) {
    newest_.moment = Error{ErrorKind::kUnavailable, "nobody has asked for long"};
  }
  for (Taken& one : taken) {
    newest_.ticket = one.first;
    try {
      take_in(std::move(one.second));
    } catch (const std::exception& exception) {
      lost_ = true;
      newest_.moment =
          Error{ErrorKind::kExhausted, std::string("no answer: ") + exception.what(), "ask again"};
    }
  }
  if (missed > newest_.ticket) {
    newest_ = {.ticket = missed,
               .moment = Error{ErrorKind::kExhausted, "no memory for an answer", "ask again"}};
  }
  const MutexLock lock(mutex_);
  shown_ = newest_.moment;
}

void ViewReads::take_in(Result<Publication> publication) {
  follow_next_ = clock_.monotonic() + settings_.follow_interval;
  if (!publication) {
    closed_ = closed_ || publication.error().kind == ErrorKind::kClosed;
    newest_.moment = publication.error();
    return;
  }
  if (lost_ && !publication->stored) {
    return;  // A change of what is lost.
  }
  publication->changed.sort();
  const auto changed = std::make_shared<const CellRun>(std::move(publication->changed));
  newest_.moment = make_moment(*publication, changed);
  const bool continues = !lost_.exchange(false) && publication->continues;
  tell(changed, continues);
}

SharedMoment ViewReads::make_moment(Publication& publication,
                                    const std::shared_ptr<const CellRun>& changed) {
  ViewSnapshot view = publication.stored
                          ? ViewSnapshot(std::move(publication.stored),
                                         std::move(publication.tables), publication.seed)
                          : (*newest_.moment)->view;
  view.add(changed);
  return std::make_shared<const ViewMoment>(
      ViewMoment{.view = std::move(view),
                 .processed = std::move(publication.processed),
                 .watermark = publication.watermark});
}

void ViewReads::tell(const std::shared_ptr<const CellRun>& changed, bool continues) {
  const MutexLock lock(listeners_mutex_);
  for (MomentListener* listener : listeners_) {
    listener->on_moment(*newest_.moment, changed, continues);
  }
}

void ViewReads::answer_waiting() {
  std::erase_if(waiting_, [this](Waiting& waiting) { return answer_if_ready(waiting); });
}

bool ViewReads::answer_if_ready(Waiting& waiting) {
  if (waiting.ticket > newest_.ticket) {
    const bool is_late = waiting.after && clock_.monotonic() >= end_of(waiting);
    if (is_late) {
      give<SharedMoment>(waiting.answer, not_reached("a step that takes long"));
    }
    return is_late;
  }
  if (newest_.moment && !(*newest_.moment)->view.is_open()) {
    return ask_anew(waiting);
  }
  if (!newest_.moment || !waiting.after) {
    give(waiting.answer, newest_.moment);
    return true;
  }
  const ViewMoment& moment = **newest_.moment;
  const Result<bool> included = includes(moment.processed, *waiting.after);
  if (!included || *included) {
    give(waiting.answer, included ? newest_.moment : Result<SharedMoment>(included.error()));
    return true;
  }
  if (waiting_ended_ || clock_.monotonic() >= waiting.deadline) {
    give<SharedMoment>(waiting.answer,
                       waiting_ended_ ? closed() : not_reached(position_text(moment.processed)));
    return true;
  }
  return false;
}

/// What is stored cannot be read any more as it was told.
bool ViewReads::ask_anew(Waiting& waiting) {
  lost_ = true;
  const auto ticket = source_.want(ViewSource::Want::kAnew, {});
  if (!ticket) {
    give<SharedMoment>(waiting.answer, closed());
    return true;
  }
  waiting.ticket = *ticket;
  return false;
}

/// For those that wait for a receipt, and for listeners: as soon as there is something new, but
/// for listeners not too often.
void ViewReads::ask_for_more() {
  const nanoseconds now = clock_.monotonic();
  const bool follows = followed_ && now >= follow_next_;
  const bool waits = std::ranges::any_of(waiting_, [this](const Waiting& waiting) {
    return waiting.ticket <= newest_.ticket;  // Else it is on its way.
  });
  if (closed_ || asked_ > newest_.ticket || (!follows && !waits)) {
    return;
  }
  const auto ticket = source_.want(lost_ ? ViewSource::Want::kAnew : ViewSource::Want::kNews, {});
  closed_ = closed_ || !ticket;
  asked_ = ticket.value_or(asked_);
}

}  // namespace hapax
