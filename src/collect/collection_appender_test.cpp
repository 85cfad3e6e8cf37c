// SPDX-License-Identifier: Apache-2.0
#include "collect/collection_appender.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "cluster/control_note.hpp"
#include "cluster/record_header.hpp"
#include "cluster/topic_log.hpp"
#include "record/event_wire.hpp"
#include "testing/memory_topic.hpp"
#include "testing/seeded_random.hpp"
#include "testing/told_trouble.hpp"

namespace hapax {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr PartitionId kOne{0};
constexpr PartitionId kTwo{1};

/// Beside the one of a MemoryTopic.
class TopicsClock : public Clock {
 public:
  ProcessingTime now() const override {
    return processing_time_from_micros(1'700'000'000'000'000 + monotonic().count() / 1000);
  }
  std::chrono::nanoseconds monotonic() const override {
    return std::chrono::steady_clock::now() - start_;
  }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Runs the callbacks of two topics, and what a test wants to do to them, on the owner's thread.
class MemoryCallbacks : public TopicCallbacks {
 public:
  MemoryCallbacks(MemoryTopic& events, MemoryTopic& control) : topics_{&events, &control} {}

  std::size_t run_callbacks() override {
    std::function<void()> act;
    {
      const std::lock_guard lock(mutex_);
      act.swap(act_);
    }
    if (act) {
      act();
    }
    return (silent_ ? 0 : topics_[0]->run()) + topics_[1]->run();
  }
  bool wait(milliseconds) override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, milliseconds(1), [this] { return woken_; });
    changed_.wait(lock, [this] { return !held_; });
    return std::exchange(woken_, false);
  }
  void wake() override {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }
  /// The owner's thread stands still.
  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  /// Nothing is said of events any more.
  void silence() { silent_ = true; }
  /// Returns when the owner's thread has done it.
  void run(const std::function<void()>& act) {
    std::promise<void> done;
    {
      const std::lock_guard lock(mutex_);
      act_ = [&] {
        act();
        done.set_value();
      };
    }
    done.get_future().wait();
  }

 private:
  MemoryTopic* topics_[2];
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> act_;
  bool woken_ = false;
  bool held_ = false;
  std::atomic<bool> silent_ = false;
};

/// Notes what reports say.
class ReportsTopic : public MemoryTopic {
 public:
  ReportsTopic() : MemoryTopic(1) {}

  void append(PartitionId id, std::vector<TopicEntry> entries, Appended done) override {
    const ControlNote note = decode_note(entries.at(0).value).value();
    if (const auto* report = std::get_if<CollectorReport>(&note)) {
      settled_ = std::max(settled_, report->oldest_unsettled);
    }
    MemoryTopic::append(id, std::move(entries), std::move(done));
  }
  ProcessingTime settled() const { return settled_; }

 private:
  ProcessingTime settled_ = ProcessingTime::min();
};

PartitionRecords part(PartitionId partition, const std::vector<std::string>& records) {
  PartitionRecords made{.partition = partition, .digest = {}, .records = {}};
  for (const std::string& record : records) {
    append_framed(record, made.records);
    made.ids.push_back({.low = ++made.record_count, .high = 7});
  }
  return made;
}

class CollectionAppenderTest : public testing::Test {
 protected:
  void open(std::size_t queue_bytes_limit = 1 << 20) {
    callbacks_.emplace(*events_, control_);
    follower_.emplace(control_);
    appender_.emplace(
        CollectionAppenderSettings{
            .collections = {.collection = {}, .report_interval = milliseconds(5)},
            .queue_bytes_limit = queue_bytes_limit,
            .wait_max = seconds(30),
            .record_bytes_max = 100},
        CollectionAppender::Parts{.collections = {.events = *events_,
                                                  .control = control_,
                                                  .follower = *follower_,
                                                  .clock = clock_,
                                                  .arrivals = arrivals_,
                                                  .random = random_},
                                  .callbacks = *callbacks_,
                                  .topics = topics_});
    wait_until_ready();
  }
  void wait_until_ready() {
    while (!appender_->status().writable) {
      std::this_thread::yield();
    }
  }
  std::future<Result<Receipt>> append(std::vector<PartitionRecords> parts) {
    auto promise = std::make_shared<std::promise<Result<Receipt>>>();
    const auto queued = appender_->append(
        std::move(parts), [promise](Result<Receipt> end) { promise->set_value(std::move(end)); });
    EXPECT_TRUE(queued) << queued.error().text();
    return promise->get_future();
  }
  std::vector<std::string> values(PartitionId partition) {
    std::vector<std::string> values;
    callbacks_->run([&] {
      for (const TopicRecord& record : all(*events_, partition)) {
        if (decode_header(record.entry.header).value().kind == RecordHeader::Kind::kEvent) {
          values.push_back(record.entry.value);
        }
      }
    });
    return values;
  }
  static std::vector<TopicRecord> all(MemoryTopic& topic, PartitionId partition) {
    const auto reader = topic.read(partition, Offset(0));
    const auto records = reader->poll(1'000'000).value();
    return {records.begin(), records.end()};
  }

  TopicsClock machine_;
  FlooredClock clock_{machine_};
  ArrivalClock arrivals_{clock_};
  std::unique_ptr<MemoryTopic> events_ = std::make_unique<MemoryTopic>(2);
  ReportsTopic control_;
  SeededRandom random_{1};
  ToldTrouble topics_;
  std::optional<MemoryCallbacks> callbacks_;
  std::optional<ControlFollower> follower_;
  std::optional<CollectionAppender> appender_;
};

TEST_F(CollectionAppenderTest, EventsAreInTheTopicAsTheyWereGivenAndInTheirOrder) {
  open();
  auto first = append({part(kOne, {"a", "b"}), part(kTwo, {"c"})});
  auto second = append({part(kOne, {"d"})});
  const Result<Receipt> receipt = first.get();
  ASSERT_TRUE(receipt) << receipt.error().text();
  EXPECT_EQ(receipt->log, log_of(*events_));
  EXPECT_EQ(appender_->log_id(), receipt->log);
  EXPECT_EQ(receipt->ends.size(), 2U);
  EXPECT_TRUE(second.get());
  EXPECT_EQ(values(kOne), (std::vector<std::string>{"a", "b", "d"}));
  EXPECT_EQ(values(kTwo), (std::vector<std::string>{"c"}));
  EXPECT_EQ(appender_->stats().queue_bytes, 0U);
}

TEST_F(CollectionAppenderTest, RefusesWhatItHasNoRoomFor) {
  open(10);
  callbacks_->hold(true);
  auto first = append({part(kOne, {"12345"})});
  const auto refused = appender_->append({part(kOne, {"12345"})}, [](auto) { FAIL(); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kExhausted);
  callbacks_->hold(false);
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(append({part(kOne, {"a larger one, alone"})}).get());
}

TEST_F(CollectionAppenderTest, RefusesARecordThatTheTopicWouldNotTake) {
  open();
  const auto refused =
      appender_->append({part(kOne, {std::string(101, 'x')})}, [](auto) { FAIL(); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(append({part(kOne, {std::string(100, 'x')})}).get());
}

TEST_F(CollectionAppenderTest, SaysWhyItTakesNothingAndGoesOnOnceTheTopicDoes) {
  open();
  callbacks_->run([&] { events_->set_broken(true); });
  const Result<Receipt> unknown = append({part(kOne, {"a"})}).get();
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::kUnavailable);
  while (appender_->status().writable) {
    std::this_thread::yield();
  }
  EXPECT_THAT(appender_->status().reason, HasSubstr("1 of 2 partitions"));
  const auto refused = appender_->append({part(kOne, {"b"})}, [](auto) { FAIL(); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  callbacks_->run([&] { events_->set_broken(false); });
  wait_until_ready();
  EXPECT_TRUE(append({part(kOne, {"c"})}).get());
  EXPECT_EQ(values(kOne), (std::vector<std::string>{"c"}));
}

TEST_F(CollectionAppenderTest, TakesNothingWhileATopicIsWrongAndGoesOnOnceItIsRight) {
  open();
  topics_.tell({.why = "topic events: retention.ms is 1000", .is_for_good = false});
  while (appender_->status().writable) {
    std::this_thread::yield();
  }
  EXPECT_THAT(appender_->status().reason, HasSubstr("retention.ms is 1000"));
  const auto refused = appender_->append({part(kOne, {"a"})}, [](auto) { FAIL(); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  topics_.tell({});
  wait_until_ready();
  EXPECT_TRUE(append({part(kOne, {"b"})}).get());
  EXPECT_EQ(values(kOne), (std::vector<std::string>{"b"}));
}

TEST_F(CollectionAppenderTest, NeitherAppendsNorAcknowledgesOnceATopicIsAnotherOne) {
  open();
  callbacks_->silence();
  auto taken = append({part(kOne, {"a"})});
  callbacks_->run([] {});
  callbacks_->run([] {});  // A whole turn lies between the two: it is under way.
  topics_.tell({.why = "topic events is another one", .is_for_good = true});
  callbacks_->run([] {});
  callbacks_->run([] {});
  std::size_t notes = 0;
  callbacks_->run([&] { notes = all(control_, kOne).size(); });
  for (int turns = 0; turns < 100; ++turns) {  // It would have made several reports meanwhile.
    callbacks_->run([] {});
  }
  callbacks_->run([&] { EXPECT_EQ(all(control_, kOne).size(), notes); });
  callbacks_->run([&] { events_->run(); });  // Only now it hears that its records are there.
  const Result<Receipt> outcome = taken.get();
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr("another one"));
}

TEST_F(CollectionAppenderTest, AnswersAllThatItHasTakenWhenItStops) {
  open();
  callbacks_->hold(true);
  auto first = append({part(kOne, {"a"})});
  callbacks_->hold(false);
  EXPECT_TRUE(appender_->stop(seconds(30)));
  EXPECT_EQ(first.wait_for(seconds(0)), std::future_status::ready);
  EXPECT_FALSE(appender_->append({part(kOne, {"b"})}, [](auto) { FAIL(); }));
  const auto notes = all(control_, kOne);
  EXPECT_TRUE(std::holds_alternative<CollectorGone>(decode_note(notes.back().entry.value).value()));
}

TEST_F(CollectionAppenderTest, WhatIsUnderWayWhenItStopsAtOnceIsNotAcknowledged) {
  open();
  callbacks_->silence();
  auto taken = append({part(kOne, {"a"})});
  callbacks_->run([] {});
  callbacks_->run([] {});  // A whole turn lies between the two: it is under way.
  appender_->stop(milliseconds(0));
  ASSERT_EQ(taken.wait_for(seconds(0)), std::future_status::ready);
  EXPECT_FALSE(taken.get());
}

/// Whose events begin with the time when they were received.
class TimedEventsTopic : public MemoryTopic {
 public:
  explicit TimedEventsTopic(const ReportsTopic& reports) : MemoryTopic(2), reports_(reports) {}

  void append(PartitionId id, std::vector<TopicEntry> entries, Appended done) override {
    for (const TopicEntry& entry : entries) {
      if (decode_header(entry.header).value().kind == RecordHeader::Kind::kEvent) {
        EXPECT_GE(processing_time_from_micros(std::stoll(entry.value)), reports_.settled());
      }
    }
    MemoryTopic::append(id, std::move(entries), std::move(done));
  }

 private:
  const ReportsTopic& reports_;
};

/// As many threads of HTTP do: draw a time, decode, append, hold the arrival until the answer.
TEST_F(CollectionAppenderTest, NoRecordComesBehindWhatWasReportedWhateverThreadsDo) {
  events_ = std::make_unique<TimedEventsTopic>(control_);
  open();
  constexpr int kThreads = 4;
  constexpr int kRequests = 500;
  std::vector<std::jthread> threads;
  std::atomic<int> answered = 0;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRequests; ++i) {
        const auto arrival = std::make_shared<const ArrivalClock::Arrival>(arrivals_.arrive());
        std::this_thread::yield();
        const std::string record = std::to_string(to_micros(arrival->received_at())) + " " +
                                   std::to_string(t) + " " + std::to_string(i);
        const auto queued = appender_->append({part(PartitionId(t % 2), {record})},
                                              [arrival, &answered](auto) { ++answered; });
        answered += queued ? 0 : 1;
      }
    });
  }
  threads.clear();
  while (answered < kThreads * kRequests) {
    std::this_thread::yield();
  }
  callbacks_->run([&] {
    EXPECT_GT(control_.settled(), ProcessingTime::min());
    std::map<std::string, int> last;
    std::size_t count = 0;
    for (const PartitionId partition : {kOne, kTwo}) {
      for (const TopicRecord& record : all(*events_, partition)) {
        if (decode_header(record.entry.header).value().kind != RecordHeader::Kind::kEvent) {
          continue;
        }
        ++count;
        const std::string& value = record.entry.value;
        const auto thread_at = value.find(' ') + 1;
        const auto number_at = value.find(' ', thread_at) + 1;
        const std::string thread = value.substr(thread_at, number_at - thread_at);
        const int number = std::stoi(value.substr(number_at));
        EXPECT_GE(number, last[thread]) << "out of order";
        last[thread] = number;
      }
    }
    EXPECT_EQ(count, std::size_t{kThreads} * kRequests);
  });
}

}  // namespace
}  // namespace hapax
