// SPDX-License-Identifier: Apache-2.0
// The thread of ViewReads: publications into moments, for those who wait for one.
#include <algorithm>
#include <exception>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/give.hpp"
#include "core/thread_name.hpp"
#include "read/make_moment.hpp"
#include "read/read_errors.hpp"
#include "read/receipts.hpp"
#include "read/view_reads.hpp"

namespace hapax {
namespace {

using std::chrono::nanoseconds;

/// How long the thread sleeps when nothing is to be done at a certain time.
constexpr std::chrono::seconds kWaitMax{60};
/// So long a query with a receipt waits for its first publication, if it is to wait for less.
constexpr std::chrono::seconds kPublicationWait{1};

Error not_reached(const std::string& position) {
  return {ErrorKind::kTimedOut, "the view did not reach the receipt in time; it is at " + position,
          "retry, or ask without `after`"};
}

/// Making it needs no memory: it is short enough to be in place.
Error no_memory() {
  return {ErrorKind::kExhausted, "no memory", "ask again"};
}

bool is_gone(const std::string& view, const ViewMoment& moment) {
  return !view.empty() && !moment.declared.contains(view);
}

}  // namespace

void ViewReads::take(PublicationTicket ticket, Result<Publication> publication) {
  const MutexLock lock(mutex_);
  try {
    taken_.emplace_back(ticket, std::move(publication));
  } catch (const std::bad_alloc&) {
    taken_.clear();  // So all that is there is newer than what was missed.
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
    give<SharedMoment>(waiting.answer, shutting_down());
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
  if (let_go && taken.empty() && waiting_.empty()) {  // Who waits for a receipt has asked for more.
    newest_.moment = Error{ErrorKind::kUnavailable, "nobody has asked for long"};
  }
  if (missed > newest_.ticket) {
    newest_.ticket = missed;
    newest_.moment = no_memory();
    lost_ = true;
  }
  for (Taken& one : taken) {
    const SharedMoment before = newest_.moment ? *newest_.moment : nullptr;
    newest_.ticket = one.first;
    newest_.moment = no_memory();  // Whatever fails from here on: the one before is no answer.
    try {
      take_in(std::move(one.second), before);
    } catch (...) {
      lost_ = true;
      newest_.moment = no_memory();
    }
  }
  show();
}

void ViewReads::show() {
  const MutexLock lock(mutex_);
  try {
    shown_ = newest_.moment;
  } catch (const std::bad_alloc&) {
    shown_ = no_memory();
  }
}

void ViewReads::take_in(Result<Publication> publication, const SharedMoment& before) {
  follow_next_ = clock_.monotonic() + settings_.follow_interval;
  if (!publication) {
    closed_ = closed_ || publication.error().kind == ErrorKind::kClosed;
    newest_.moment = publication.error();
    return;
  }
  if ((lost_ || !before) && !publication->stored) {  // A change of what is lost.
    lost_ = true;
    newest_.moment = SharedMoment();
    return;
  }
  MadeMoment made = make_moment(*publication, before.get());
  newest_.moment = std::move(made.moment);
  const bool continues = !lost_.exchange(false) && publication->continues;
  tell(continues ? made.changes : RowChanges());
}

void ViewReads::tell(const RowChanges& changes) {
  const MutexLock lock(listeners_mutex_);
  for (const auto& [listener, views] : listeners_) {
    listener->on_moment(*newest_.moment, changes);
  }
}

std::set<std::string> ViewReads::followed() {
  const MutexLock lock(listeners_mutex_);
  std::set<std::string> followed;
  for (const auto& [listener, views] : listeners_) {
    followed.insert(views.begin(), views.end());
  }
  return followed;
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
  if (newest_.moment && !(*newest_.moment && (*newest_.moment)->is_open())) {
    return ask_anew(waiting);
  }
  if (newest_.moment && is_gone(waiting.view, **newest_.moment)) {
    give<SharedMoment>(waiting.answer, view_gone());
    return true;
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
    give<SharedMoment>(waiting.answer, waiting_ended_
                                           ? shutting_down()
                                           : not_reached(position_text(moment.processed.next)));
    return true;
  }
  return false;
}

/// What was told is lost, or what is stored cannot be read any more as it was.
bool ViewReads::ask_anew(Waiting& waiting) {
  lost_ = true;
  const auto ticket = source_.want(ViewSource::Want::kAnew, waiting.view);
  if (!ticket) {
    give<SharedMoment>(waiting.answer, shutting_down());
    return true;
  }
  waiting.ticket = *ticket;
  return false;
}

/// For those that wait for a receipt, and for listeners: as soon as there is something new, but
/// for listeners not too often.
void ViewReads::ask_for_more() {
  if (closed_ || asked_ > newest_.ticket) {
    return;
  }
  if (followed_ && clock_.monotonic() >= follow_next_) {
    std::ranges::for_each(followed(), [this](const std::string& view) { ask_for_more(view); });
  }
  std::set<std::string_view> wanted;
  for (const Waiting& waiting : waiting_) {
    if (waiting.ticket <= newest_.ticket) {  // Else it is on its way.
      wanted.insert(waiting.view);
    }
  }
  std::ranges::for_each(wanted, [this](std::string_view view) { ask_for_more(view); });
}

void ViewReads::ask_for_more(std::string_view view) {
  const auto ticket = source_.want(lost_ ? ViewSource::Want::kAnew : ViewSource::Want::kNews, view);
  closed_ = closed_ || !ticket;
  asked_ = ticket.value_or(asked_);
}

}  // namespace hapax
