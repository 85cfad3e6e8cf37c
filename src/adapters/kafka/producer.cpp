// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/producer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hapax::kafka {
namespace {

/// A call of librdkafka that has to wait does so in pieces of it: others wait behind it.
constexpr std::chrono::milliseconds kPiece{100};
/// Between two tries to make a producer, or to send when there is no room.
constexpr std::chrono::milliseconds kPause{200};
/// Of a stop, for a commit that others need not wait for the brokers to abort.
constexpr std::chrono::milliseconds kLastCommit{500};

}  // namespace

Result<std::unique_ptr<Producer>> Producer::open(const KafkaSettings& settings, std::string topic,
                                                 Listener listener) {
  HAPAX_ASSIGN(std::unique_ptr<WakeUp> wake_up, WakeUp::open());
  // What is wrong with the settings is known now or never.
  HAPAX_ASSIGN(auto instance, ProducerInstance::open(settings, topic, *wake_up));
  return std::unique_ptr<Producer>(new Producer(settings, std::move(topic), std::move(listener),
                                                std::move(wake_up), std::move(instance)));
}

Producer::Producer(const KafkaSettings& settings, std::string topic, Listener listener,
                   std::unique_ptr<WakeUp> wake_up, std::unique_ptr<ProducerInstance> instance)
    : settings_(settings),
      topic_(std::move(topic)),
      listener_(std::move(listener)),
      wake_up_(std::move(wake_up)),
      instance_(std::move(instance)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Producer::~Producer() {
  thread_.request_stop();
  wake_up_->wake();
}

void Producer::append(Call call) {
  {
    const MutexLock lock(mutex_);
    calls_.push_back(std::move(call));
  }
  wake_up_->wake();
}

void Producer::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    wait();
    take_calls();
    step();
    if (!failure_ && !sendings_.empty() && Clock::now() >= sendings_.front().deadline) {
      fail(trouble_.empty() ? no_answer() : trouble_);
    }
    if (failure_) {
      end_generation(*std::exchange(failure_, std::nullopt));
    }
  }
  close();
}

void Producer::take_calls() {
  std::vector<Call> calls;
  {
    const MutexLock lock(mutex_);
    calls.swap(calls_);
  }
  for (Call& call : calls) {
    if (call.generation != generation_) {
      continue;  // Its caller has been told, or is being told, that it failed.
    }
    sendings_.emplace_back(*this, std::move(call), Clock::now() + settings_.append_timeout);
    sendings_.back().self = std::prev(sendings_.end());
    if (unsent_ == sendings_.end()) {
      unsent_ = sendings_.back().self;
    }
  }
}

void Producer::step() {
  if (instance_ == nullptr || !instance_->is_ready()) {
    return make_ready();
  }
  if (!committing_) {
    send();
  }
  instance_->poll();
  if (committing_ || instance_->commit_is_due()) {
    commit();
  }
}

void Producer::make_ready() {
  if (Clock::now() < next_try_) {
    return;
  }
  if (instance_ == nullptr) {
    auto made = ProducerInstance::open(settings_, topic_, *wake_up_);
    if (!made) {
      trouble_ = made.error().message;
      next_try_ = Clock::now() + kPause;
      return;
    }
    instance_ = std::move(*made);
  }
  const Result<void> ready = instance_->make_ready(kPiece);
  if (ready) {
    trouble_.clear();
    was_refused_ = false;
    return;
  }
  const bool is_refusal = ready.error().kind != ErrorKind::kTimedOut;
  if (is_refusal || !was_refused_) {  // That the next one takes its time says less.
    trouble_ = ready.error().message;
  }
  was_refused_ = was_refused_ || is_refusal;
  if (is_refusal) {
    instance_.reset();
    next_try_ = Clock::now() + kPause;
  }
}

void Producer::send() {
  for (; unsent_ != sendings_.end(); ++unsent_) {
    Sending& sending = *unsent_;
    for (; sending.sent < sending.call.entries.size(); ++sending.sent) {
      used_ = true;
      const auto sent =
          instance_->send(sending.call.partition, sending.call.entries[sending.sent], sending);
      if (!sent) {
        return fail(sent.error().message);
      }
      if (*sent == ProducerInstance::Sent::kNoRoom) {
        return;  // The next report makes some.
      }
    }
  }
}

void Producer::reported(Sending& sending, const rd_kafka_message_t& message) {
  if (failure_) {
    return;
  }
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return fail(instance_->explain(message.err, rd_kafka_err2str(message.err)));
  }
  if (message.offset < 0) {
    return fail("a record is durable, but the brokers do not say where");
  }
  sending.end = std::max(sending.end, Offset(static_cast<std::uint64_t>(message.offset) + 1));
  if (++sending.durable == sending.call.entries.size()) {
    listener_.appended(sending.call, sending.end);
    sendings_.erase(sending.self);
  }
}

void Producer::commit() {
  committing_ = true;
  const Result<void> committed = instance_->commit(kPiece);
  if (committed) {
    committing_ = false;
  } else if (committed.error().kind != ErrorKind::kTimedOut) {
    fail(committed.error().message);
  }
}

std::string Producer::no_answer() const {
  const std::string text = "no answer of the brokers";
  return instance_ == nullptr ? text : instance_->explain(RD_KAFKA_RESP_ERR__TIMED_OUT, text);
}

void Producer::fail(std::string why) {
  if (!failure_) {
    failure_ = std::move(why);
  }
}

void Producer::end_generation(const std::string& why) {
  listener_.failed(generation_++,
                   Error{ErrorKind::kUnavailable,
                         fmt::format("topic {}: {}; what was on its way may be there", topic_, why),
                         "append again after reopen()"});
  if (std::exchange(used_, false)) {
    instance_.reset();  // Before the records that it still points to.
    committing_ = false;
  }
  sendings_.clear();
  unsent_ = sendings_.end();
}

void Producer::wait() {
  using std::chrono::milliseconds;
  const bool ready = instance_ != nullptr && instance_->is_ready();
  if (!ready && Clock::now() >= next_try_) {
    return;  // It waits in make_ready().
  }
  if (committing_) {
    return;  // It waits in commit().
  }
  Clock::time_point until = Clock::now() + kPause;
  if (!sendings_.empty()) {
    until = std::min(until, sendings_.front().deadline);
  }
  const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
  wake_up_->wait(std::max(left, milliseconds(0)));
  wake_up_->clear();
}

void Producer::close() {
  if (instance_ != nullptr && instance_->is_ready() && sendings_.empty()) {
    // Else the brokers abort the transaction after a while, which is as good for our readers.
    instance_->commit(kLastCommit).permit_unchecked_error();
  }
  instance_.reset();
}

}  // namespace hapax::kafka
