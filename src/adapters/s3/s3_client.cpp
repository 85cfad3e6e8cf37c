// SPDX-License-Identifier: Apache-2.0
#include "adapters/s3/s3_client.hpp"

#include <utility>

#include <curl/curl.h>

#include "adapters/s3/transfer.hpp"

namespace hapax {
namespace {

/// How long the thread sleeps when nothing happens; whoever wants something wakes it.
constexpr int kSleepMs = 1'000;

/// libcurl's own state, once a process.
bool begin_curl() {
  static const CURLcode begun = curl_global_init(CURL_GLOBAL_DEFAULT);
  return begun == CURLE_OK;
}

}  // namespace

struct S3Client::Multi {
  Multi() = default;
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;
  ~Multi() { curl_multi_cleanup(handle); }

  CURLM* const handle = curl_multi_init();
};

Result<std::unique_ptr<S3Client>> S3Client::start(S3Settings settings, const Clock& clock) {
  auto multi = begin_curl() ? std::make_unique<Multi>() : nullptr;
  if (!multi || multi->handle == nullptr) {
    return Error{ErrorKind::kUnavailable, "libcurl does not start: there is no memory for it"};
  }
  return std::unique_ptr<S3Client>(new S3Client(std::move(settings), clock, std::move(multi)));
}

S3Client::S3Client(S3Settings settings, const Clock& clock, std::unique_ptr<Multi> multi)
    : settings_(std::move(settings)),
      clock_(clock),
      multi_(std::move(multi)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

S3Client::~S3Client() {
  thread_.request_stop();
  curl_multi_wakeup(multi_->handle);
}

void S3Client::send(S3Request request, Answered answered) {
  {
    const MutexLock lock(mutex_);
    waiting_.push_back({std::move(request), std::move(answered)});
  }
  curl_multi_wakeup(multi_->handle);
}

void S3Client::poll(std::chrono::milliseconds wait_max) {
  std::vector<std::pair<Answered, S3Answer>> answers;
  {
    const MutexLock lock(mutex_);
    has_answers_.wait_for(mutex_, wait_max,
                          [this]() HAPAX_REQUIRES(mutex_) { return !answers_.empty(); });
    answers.swap(answers_);
  }
  for (auto& [answered, answer] : answers) {
    answered(std::move(answer));
  }
}

void S3Client::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    int count = 0;
    curl_multi_perform(multi_->handle, &count);
    take_finished();
    begin_waiting();  // Behind it, since each that is finished makes room for one.
    curl_multi_poll(multi_->handle, nullptr, 0, kSleepMs, nullptr);
  }
  for (const auto& [handle, transfer] : running_) {
    curl_multi_remove_handle(multi_->handle, handle);
  }
  running_.clear();
}

/// Those beyond the limit wait here, not in libcurl, where they would be signed and their time
/// would run.
void S3Client::begin_waiting() {
  while (running_.size() < settings_.requests_max) {
    Waiting next;
    {
      const MutexLock lock(mutex_);
      if (waiting_.empty()) {
        return;
      }
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    auto transfer = std::make_unique<Transfer>(std::move(next.request), std::move(next.answered),
                                               settings_, clock_.now());
    CURL* const handle = transfer->handle();
    if (handle == nullptr || curl_multi_add_handle(multi_->handle, handle) != CURLM_OK) {
      S3Answer none;
      none.failure = "there is no memory for a connection";
      answer(transfer->take_answered(), std::move(none));
      continue;
    }
    running_.emplace(handle, std::move(transfer));
  }
}

void S3Client::take_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_->handle, &left)) {
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    const CURLcode code = message->data.result;  // What it points to goes with the handle.
    const auto found = running_.find(message->easy_handle);
    const auto transfer = std::move(found->second);
    running_.erase(found);
    S3Answer finished = transfer->finish(code);
    curl_multi_remove_handle(multi_->handle, transfer->handle());
    answer(transfer->take_answered(), std::move(finished));
  }
}

void S3Client::answer(Answered answered, S3Answer answer) {
  {
    const MutexLock lock(mutex_);
    answers_.emplace_back(std::move(answered), std::move(answer));
  }
  has_answers_.notify_one();
}

}  // namespace hapax
