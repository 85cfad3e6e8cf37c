// SPDX-License-Identifier: Apache-2.0
#include "published/views/hot_follower.hpp"

#include <exception>
#include <optional>
#include <utility>

#include "core/thread_name.hpp"

namespace hapax {

/// One of those that are followed.
class HotFollower::Process {
 public:
  Process(HotFollower& all, std::string url)
      : all_(all), url_(std::move(url)), thread_([this](const std::stop_token& stop) {
          name_thread("hot");
          run(stop);
        }) {}
  ~Process() {
    thread_.request_stop();
    thread_.join();
    tell(false);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void request_stop() { thread_.request_stop(); }

 private:
  using SteadyClock = std::chrono::steady_clock;

  void run(const std::stop_token& stop) {
    const Get get = all_.parts_.make_get();
    while (!stop.stop_requested()) {
      const Result<void> heard = ask_safely(get, stop);
      tell(heard.has_value());
      if (!heard && !stop.stop_requested()) {
        if (error_ != heard.error().text()) {
          error_ = heard.error().text();
          all_.parts_.log(error_);
        }
        pause(stop);
      }
    }
  }

  /// An answer that is too large for our memory is none.
  Result<void> ask_safely(const Get& get, const std::stop_token& stop) {
    try {
      return ask(get, stop);
    } catch (const std::exception& exception) {
      place_.reset();  // It is not known how much of the answer was taken.
      return Error{ErrorKind::kExhausted, url_ + "/hot: " + exception.what()};
    }
  }

  Result<void> ask(const Get& get, const std::stop_token& stop) {
    const std::string behind = place_ ? "?after=" + to_text(*place_) : std::string();
    HAPAX_ASSIGN(const std::string bytes, get(url_ + "/hot" + behind, stop));
    HAPAX_ASSIGN(const HotAnswer answer, decode_hot_answer(bytes));
    bool is_whole = true;
    for (const HotUpdate& update : answer.updates) {
      HAPAX_ASSIGN(const bool is_taken, all_.parts_.take(update));
      is_whole = is_whole && is_taken;
    }
    place_ = answer.place;
    error_.clear();
    if (!is_whole && SteadyClock::now() >= begin_next_) {
      begin_next_ = SteadyClock::now() + all_.settings_.begin_interval;
      place_.reset();
    }
    return {};
  }

  void tell(bool is_heard) {
    const MutexLock lock(all_.mutex_);
    is_heard ? static_cast<void>(all_.heard_.insert(url_))
             : static_cast<void>(all_.heard_.erase(url_));
  }

  void pause(const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] {
      const MutexLock lock(mutex_);
      wake_.notify_one();
    });
    const MutexLock lock(mutex_);
    wake_.wait_for(mutex_, all_.settings_.retry_interval, [&] { return stop.stop_requested(); });
  }

  HotFollower& all_;
  const std::string url_;
  // Of the thread.
  std::optional<HotPlace> place_;
  SteadyClock::time_point begin_next_ = SteadyClock::now() + all_.settings_.begin_interval;
  std::string error_;  // That was told.

  Mutex mutex_;
  CondVar wake_;
  std::jthread thread_;  // Last: it uses what is above.
};

HotFollower::HotFollower(const HotFollowerSettings& settings, Parts parts)
    : settings_(settings), parts_(std::move(parts)) {}

HotFollower::~HotFollower() {
  stop();
}

void HotFollower::follow(const std::set<std::string>& urls) {
  leave_all_but(urls);
  for (const std::string& url : urls) {
    if (!processes_.contains(url)) {
      processes_.emplace(url, std::make_unique<Process>(*this, url));
    }
  }
}

void HotFollower::stop() {
  leave_all_but({});
}

/// All are told before the first is waited for: each may take as long as its answer.
void HotFollower::leave_all_but(const std::set<std::string>& urls) {
  for (const auto& [url, process] : processes_) {
    if (!urls.contains(url)) {
      process->request_stop();
    }
  }
  std::erase_if(processes_, [&](const auto& one) { return !urls.contains(one.first); });
}

std::size_t HotFollower::heard() const {
  const MutexLock lock(mutex_);
  return heard_.size();
}

}  // namespace hapax
