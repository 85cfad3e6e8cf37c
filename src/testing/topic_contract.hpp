// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ports/topic.hpp"
#include "testing/log_contract.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {

/// What every Topic does beside what every log does (LogContract). A test program instantiates it
/// with a way to open one.
struct TopicUnderTest {
  virtual ~TopicUnderTest() = default;
  /// With kTopicPartitions partitions; nothing is appended yet.
  virtual Topic& topic() = 0;
  /// Runs callbacks that are due, or waits a moment for some.
  virtual void run_callbacks() = 0;
  /// From now on appends do not come through, those on their way neither, and fail.
  virtual void break_appends() = 0;
  /// They come through again; what is still on its way from before arrives once the topic has
  /// taken something new, if it can arrive at all.
  virtual void mend_appends() = 0;
  /// What had been held up on its way has arrived, where it could.
  virtual void let_the_late_arrive() = 0;
  /// Deletes the topic, and makes another one of its name.
  virtual void make_anew() = 0;
  /// Its process ends, and the next one opens it under the same name. No reader is there.
  virtual void reopen() = 0;
};
constexpr std::uint32_t kTopicPartitions = 8;

/// One of them as any other log is seen.
class LogOfTopic : public LogUnderTest {
 public:
  explicit LogOfTopic(std::unique_ptr<TopicUnderTest> topic) : made_(std::move(topic)) {}

  Result<std::vector<Offset>> append(
      PartitionId partition, const std::vector<std::vector<std::string>>& requests) override {
    std::vector<Offset> ends;
    std::optional<Error> error;
    for (const std::vector<std::string>& request : requests) {
      std::vector<TopicEntry> entries;
      for (const std::string& value : request) {
        entries.push_back({.header = "h", .value = value});
      }
      topic().append(partition, std::move(entries), [&](Result<Offset> end) {
        if (end) {
          ends.push_back(*end);
        } else {
          error = std::move(end).error();
        }
      });
    }
    run_until([&] { return error || ends.size() == requests.size(); });
    return error ? Result<std::vector<Offset>>(*error) : ends;
  }
  Result<std::vector<Record>> read(PartitionId partition, Offset from) override {
    const Offset until = end(partition);
    const auto reader = topic().read(partition, from);
    std::vector<Record> found;
    std::optional<Error> error;
    run_until([&] {
      const auto polled = reader->poll(100);
      if (!polled) {
        error = may_be_retried(polled.error()) ? error : polled.error();
        return error.has_value();
      }
      for (const TopicRecord& record : *polled) {
        found.push_back({record.offset, record.entry.value});
      }
      return from <= until && reader->position() >= until;
    });
    return error ? Result<std::vector<Record>>(*error) : found;
  }
  Offset end(PartitionId partition) override {
    std::optional<Result<Offset>> answer;
    const auto ask = [&] {
      topic().end_offset(partition, [&](Result<Offset> found) { answer = std::move(found); });
    };
    ask();
    run_until([&] {
      if (answer && !*answer) {
        answer.reset();
        ask();
      }
      return answer.has_value();
    });
    return answer.value().value();
  }
  void release(PartitionId partition, Offset needed) override {
    std::optional<Result<void>> answer;
    topic().delete_before(partition, needed, [&](Result<void> done) { answer = std::move(done); });
    run_until([&] { return answer.has_value(); });
    EXPECT_TRUE(answer.value());
  }
  void reopen() override { made_->reopen(); }

 private:
  static constexpr std::chrono::seconds kPatience{60};

  Topic& topic() { return made_->topic(); }
  template <typename Done>
  void run_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end);
      made_->run_callbacks();
    }
  }

  const std::unique_ptr<TopicUnderTest> made_;
};

class TopicContract : public testing::TestWithParam<std::unique_ptr<TopicUnderTest> (*)()> {
 protected:
  static constexpr std::chrono::seconds kPatience{60};
  using Answers = std::vector<std::optional<Result<Offset>>>;

  static TopicEntry entry(std::string value, std::string header = "h") {
    return {.header = std::move(header), .value = std::move(value)};
  }
  static std::vector<std::string> numbers(std::size_t count) {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < count; ++i) {
      made.push_back(std::to_string(i));
    }
    return made;
  }
  Topic& topic() { return made_->topic(); }
  /// Runs callbacks until `done`, or gives up.
  template <typename Done>
  bool run_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < end) {
      made_->run_callbacks();
    }
    return done();
  }
  /// Starts an append; the answer comes into what is returned.
  std::shared_ptr<std::optional<Result<Offset>>> start(PartitionId partition,
                                                       std::vector<TopicEntry> entries) {
    auto answer = std::make_shared<std::optional<Result<Offset>>>();
    topic().append(partition, std::move(entries), [answer](Result<Offset> end) {
      EXPECT_FALSE(answer->has_value()) << "answered twice";
      *answer = std::move(end);
    });
    return answer;
  }
  /// Appends and waits.
  Result<Offset> append(PartitionId partition, std::vector<TopicEntry> entries) {
    const auto answer = start(partition, std::move(entries));
    if (!run_until([&] { return answer->has_value(); })) {
      return Error{ErrorKind::kTimedOut, "no answer"};
    }
    return **answer;
  }
  Offset append_values(PartitionId partition, const std::vector<std::string>& values) {
    std::vector<TopicEntry> entries;
    for (const std::string& value : values) {
      entries.push_back(entry(value));
    }
    return append(partition, std::move(entries)).value();
  }
  /// Asks until there is an answer.
  Offset end(PartitionId partition) {
    std::optional<Result<Offset>> answer;
    const auto asks_again = [&] {
      if (answer && !*answer && answer->error().kind == ErrorKind::kUnavailable) {
        answer.reset();
        topic().end_offset(partition, [&](Result<Offset> found) { answer = std::move(found); });
      }
      return answer.has_value() && answer->has_value();
    };
    answer = Error{ErrorKind::kUnavailable, "not asked yet"};
    EXPECT_TRUE(run_until(asks_again));
    return answer.value().value();
  }
  /// All records from `from` until the reader stands at `until`.
  std::vector<TopicRecord> read(PartitionId partition, Offset from, Offset until,
                                std::size_t count_max = 100) {
    const auto reader = topic().read(partition, from);
    std::vector<TopicRecord> found;
    EXPECT_TRUE(run_until([&] {
      const auto polled = reader->poll(count_max);
      if (polled) {
        EXPECT_LE(polled->size(), count_max);
        found.insert(found.end(), polled->begin(), polled->end());
      }
      return reader->position() >= until;
    })) << "a reader stays at "
        << reader->position().value();
    return found;
  }
  std::vector<std::string> values(PartitionId partition) {
    std::vector<std::string> found;
    for (const TopicRecord& record : read(partition, {}, end(partition))) {
      found.push_back(record.entry.value);
    }
    return found;
  }
  /// Polls once, and keeps the values.
  static void poll_values(TopicReader& reader, std::size_t count_max,
                          std::vector<std::string>& found) {
    const auto polled = reader.poll(count_max);
    ASSERT_TRUE(polled) << polled.error().text();
    for (const TopicRecord& record : *polled) {
      found.push_back(record.entry.value);
      EXPECT_LT(record.offset, reader.position());
    }
  }
  Result<void> delete_before(PartitionId partition, Offset start) {
    std::optional<Result<void>> answer;
    topic().delete_before(partition, start, [&](Result<void> done) { answer = std::move(done); });
    EXPECT_TRUE(run_until([&] { return answer.has_value(); }));
    return answer.value();
  }
  Offset first_since(PartitionId partition, ProcessingTime time) {
    std::optional<Result<Offset>> answer;
    topic().first_since(partition, time, [&](Result<Offset> found) { answer = std::move(found); });
    EXPECT_TRUE(run_until([&] { return answer.has_value(); }));
    return answer.value().value();
  }
  Result<void> confirm() {
    std::optional<Result<void>> answer;
    topic().confirm([&](Result<void> done) { answer = std::move(done); });
    EXPECT_TRUE(run_until([&] { return answer.has_value(); }));
    return answer.value();
  }
  /// Of a reader that stands where nothing can be.
  Error error_of_reader(PartitionId partition, Offset from) {
    const auto reader = topic().read(partition, from);
    std::optional<Error> error;
    EXPECT_TRUE(run_until([&] {
      const auto polled = reader->poll(100);
      EXPECT_TRUE(!polled || polled->empty()) << "it jumped to " << polled->front().offset.value();
      if (!polled && polled.error().kind != ErrorKind::kUnavailable) {
        error = polled.error();
      }
      return error.has_value();
    }));
    EXPECT_EQ(reader->position(), from);
    EXPECT_FALSE(reader->poll(100)) << "it is as wrong when it is asked again";
    return error.value_or(Error{ErrorKind::kInternal, "none"});
  }

  static constexpr PartitionId kFirst{0};
  static constexpr PartitionId kOther{1};

  std::unique_ptr<TopicUnderTest> made_ = GetParam()();
};

TEST_P(TopicContract, AnswersComeInTheOrderOfCalls) {
  EXPECT_EQ(topic().partition_count(), kTopicPartitions);
  std::vector<std::string> order;
  for (const std::string& value : numbers(300)) {
    topic().append(kFirst, {entry(value + "a"), entry(value + "b")},
                   [&order, value](const Result<Offset>& end) {
                     order.push_back(end ? value : end.error().text());
                   });
  }
  ASSERT_TRUE(run_until([&] { return order.size() == 300; }));
  EXPECT_EQ(order, numbers(300));
}

TEST_P(TopicContract, KeepsHeadersAndValuesByteForByte) {
  SeededRandom random(1);
  std::string large(900'000, '\0');
  for (char& c : large) {
    c = static_cast<char>(random.below(256));
  }
  std::string all(256, '\0');
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = static_cast<char>(i);
  }
  const std::vector<TopicEntry> entries = {entry("value", ""), entry("", "header"), entry("", ""),
                                           entry(all, all), entry(large, "large")};
  const Offset end = append(kFirst, entries).value();
  const auto found = read(kFirst, {}, end);
  ASSERT_EQ(found.size(), entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_TRUE(found[i].entry.header == entries[i].header) << i;
    EXPECT_TRUE(found[i].entry.value == entries[i].value) << i;
  }
}

TEST_P(TopicContract, AReaderComesToTheEnd) {
  const auto reader = topic().read(kFirst, {});
  EXPECT_EQ(reader->position(), Offset());
  EXPECT_TRUE(reader->poll(10).value().empty());
  append_values(kFirst, {"a", "b", "c"});
  // Where the end is, whether or not it is a record that stands before it.
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const Offset until = end(kFirst);
  std::vector<std::string> found;
  ASSERT_TRUE(run_until([&] {
    poll_values(*reader, 2, found);
    return reader->position() >= until;
  }));
  EXPECT_THAT(found, testing::ElementsAre("a", "b", "c"));
  EXPECT_TRUE(reader->poll(10).value().empty());
}

TEST_P(TopicContract, ReadersOfAPartitionDoNotDisturbEachOther) {
  const Offset end = append_values(kFirst, numbers(10));
  const auto one = topic().read(kFirst, {});
  const auto other = topic().read(kFirst, {});
  std::vector<std::string> of_one;
  std::vector<std::string> of_other;
  ASSERT_TRUE(run_until([&] {
    poll_values(*one, 3, of_one);
    poll_values(*other, 4, of_other);
    return one->position() >= end && other->position() >= end;
  }));
  EXPECT_EQ(of_one, numbers(10));
  EXPECT_EQ(of_other, numbers(10));
}

TEST_P(TopicContract, AReaderBelowTheStartIsToldOfTheGap) {
  const Offset end = append_values(kFirst, numbers(10));
  ASSERT_TRUE(delete_before(kFirst, Offset(4)));
  const Error error = error_of_reader(kFirst, Offset(1));
  EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
  EXPECT_THAT(error.message, testing::AllOf(testing::HasSubstr("1"), testing::HasSubstr("3"),
                                            testing::HasSubstr("begins at 4")));
  EXPECT_THAT(read(kFirst, Offset(4), end), testing::SizeIs(6));
}

TEST_P(TopicContract, WhatIsDeletedIsBelowTheGivenOffsetAndNothingElse) {
  const Offset end = append_values(kFirst, numbers(10));
  const Offset other = append_values(kOther, numbers(10));
  ASSERT_TRUE(delete_before(kFirst, Offset(4)));
  ASSERT_TRUE(delete_before(kFirst, Offset(2))) << "nothing is left to delete, or to bring back";
  EXPECT_EQ(read(kFirst, Offset(4), end).front().entry.value, "4");
  EXPECT_THAT(read(kOther, {}, other), testing::SizeIs(10));
  const Result<void> beyond = delete_before(kFirst, advance(this->end(kFirst), 1));
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().kind, ErrorKind::kInvalid);
  ASSERT_TRUE(delete_before(kFirst, end));
  EXPECT_GE(append_values(kFirst, {"next"}), advance(end, 1)) << "offsets are not given again";
}

TEST_P(TopicContract, RecordsAreFoundByWhenTheyWereTaken) {
  append_values(kFirst, {"a"});
  std::this_thread::sleep_for(std::chrono::milliseconds(10));  // Its clock may count in those.
  const Offset end = append_values(kFirst, {"b"});
  const auto all = read(kFirst, {}, end);
  ASSERT_EQ(all.size(), 2U);
  ASSERT_LT(all[0].appended_at, all[1].appended_at);
  EXPECT_EQ(first_since(kFirst, all[0].appended_at), all[0].offset);
  EXPECT_GT(first_since(kFirst, all[0].appended_at + std::chrono::milliseconds(1)), all[0].offset);
  EXPECT_LE(first_since(kFirst, all[1].appended_at), all[1].offset);
  EXPECT_GE(first_since(kFirst, all[1].appended_at + std::chrono::hours(1)), end);
  EXPECT_EQ(first_since(kOther, all[0].appended_at), Offset());
}

TEST_P(TopicContract, ATopicThatWasMadeAnewIsAnotherOne) {
  const std::string id = topic().id();
  EXPECT_NE(id, "");
  append_values(kFirst, {"a"});
  EXPECT_TRUE(confirm());
  made_->make_anew();
  const Result<void> confirmed = confirm();
  ASSERT_FALSE(confirmed);
  EXPECT_EQ(confirmed.error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(topic().id(), id) << "that of the one that was opened";
}

TEST_P(TopicContract, CallbacksRunOnTheOwnersThreadAfterTheCall) {
  const auto owner = std::this_thread::get_id();
  bool in_call = true;
  int answers = 0;
  const auto answered = [&](const Result<Offset>&) {
    EXPECT_FALSE(in_call);
    EXPECT_EQ(std::this_thread::get_id(), owner);
    ++answers;
  };
  topic().append(kFirst, {entry("a")}, answered);
  topic().end_offset(kFirst, answered);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(answers, 0) << "not while the owner does something else";
  in_call = false;
  EXPECT_TRUE(run_until([&] { return answers == 2; }));
  in_call = true;
  made_->break_appends();
  topic().append(kFirst, {entry("a")}, answered);
  topic().append(kFirst, {entry("a")}, answered);
  in_call = false;
  EXPECT_TRUE(run_until([&] { return answers == 4; }));
  in_call = true;
  topic().append(kFirst, {entry("a")}, answered);  // Of a partition that has failed.
  in_call = false;
  EXPECT_TRUE(run_until([&] { return answers == 5; }));
}

TEST_P(TopicContract, ACallbackMayAppend) {
  int left = 20;
  std::function<void(const Result<Offset>&)> again = [&](const Result<Offset>& end) {
    ASSERT_TRUE(end);
    if (--left > 0) {
      topic().append(kFirst, {entry("a")}, again);
    }
  };
  topic().append(kFirst, {entry("a")}, again);
  EXPECT_TRUE(run_until([&] { return left == 0; }));
}

TEST_P(TopicContract, RecordsSayWhenTheyWereTaken) {
  const Offset end = append_values(kFirst, {"a", "b"});
  const auto once = read(kFirst, {}, end);
  const auto again = read(kFirst, {}, end);
  ASSERT_EQ(once.size(), 2U);
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_GT(to_micros(once[i].appended_at), 0);
    EXPECT_EQ(once[i].appended_at, again[i].appended_at);
  }
}

TEST_P(TopicContract, AfterAFailureAllFailUntilItIsReopened) {
  append_values(kFirst, {"before"});
  made_->break_appends();
  const auto first = start(kFirst, {entry("first")});
  const auto second = start(kFirst, {entry("second")});
  ASSERT_TRUE(run_until([&] { return first->has_value() && second->has_value(); }));
  EXPECT_EQ((*first)->error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ((*second)->error().kind, ErrorKind::kUnavailable);
  made_->mend_appends();
  EXPECT_EQ(append(kFirst, {entry("third")}).error().kind, ErrorKind::kUnavailable);
  topic().reopen(kFirst);
  EXPECT_TRUE(append(kFirst, {entry("fourth")}));
  EXPECT_THAT(values(kFirst), testing::Not(testing::Contains("third")));
}

TEST_P(TopicContract, WhatFailedCannotComeBehindWhatSucceeded) {
  for (int round = 0; round < 3; ++round) {
    const std::string name = std::to_string(round);
    append_values(kFirst, {name + ":before"});
    made_->break_appends();
    std::vector<std::shared_ptr<std::optional<Result<Offset>>>> failed;
    for (int i = 0; i < 5; ++i) {
      failed.push_back(start(kFirst, {entry(name + ":late:" + std::to_string(i))}));
    }
    ASSERT_TRUE(run_until([&] { return failed.back()->has_value(); }));
    for (const auto& answer : failed) {
      EXPECT_FALSE(**answer);
    }
    made_->mend_appends();
    topic().reopen(kFirst);
    const Offset end = append_values(kFirst, {name + ":after"});
    made_->let_the_late_arrive();
    std::vector<std::string> found;
    for (const TopicRecord& record : read(kFirst, {}, this->end(kFirst))) {
      EXPECT_LT(record.offset, end) << record.entry.value;
      if (record.entry.value.starts_with(name + ":")) {
        found.push_back(record.entry.value);
      }
    }
    ASSERT_GE(found.size(), 2U);
    EXPECT_EQ(found.front(), name + ":before");
    EXPECT_EQ(found.back(), name + ":after");
    for (std::size_t i = 1; i + 1 < found.size(); ++i) {
      EXPECT_EQ(found[i], name + ":late:" + std::to_string(i - 1)) << "one without those before it";
    }
  }
}

TEST_P(TopicContract, APartitionIsReopenedAlone) {
  made_->break_appends();
  const auto first = start(kFirst, {entry("a")});
  const auto other = start(kOther, {entry("b")});
  ASSERT_TRUE(run_until([&] { return first->has_value() && other->has_value(); }));
  made_->mend_appends();
  topic().reopen(kFirst);
  EXPECT_TRUE(append(kFirst, {entry("c")}));
  EXPECT_FALSE(append(kOther, {entry("d")}));
  topic().reopen(kOther);
  EXPECT_TRUE(append(kOther, {entry("e")}));
  EXPECT_EQ(values(kFirst).back(), "c");
  EXPECT_EQ(values(kOther).back(), "e");
}

TEST_P(TopicContract, ReopeningWhatHasNotFailedChangesNothing) {
  std::vector<std::string> order;
  for (const std::string& value : numbers(50)) {
    topic().reopen(kFirst);
    topic().append(kFirst, {entry(value)}, [&order, value](const Result<Offset>& end) {
      order.push_back(end ? value : end.error().text());
    });
  }
  ASSERT_TRUE(run_until([&] { return order.size() == 50; }));
  EXPECT_EQ(order, numbers(50));
  EXPECT_EQ(values(kFirst), numbers(50));
}

}  // namespace hapax
