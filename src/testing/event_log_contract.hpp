// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "hash/id_hasher.hpp"
#include "ports/event_log.hpp"
#include "record/event_wire.hpp"
#include "testing/log_contract.hpp"
#include "testing/scripted_log.hpp"

namespace hapax {

/// What every EventLog does beside what every log does (LogContract). A test program instantiates
/// it with a way to open one.
struct EventLogUnderTest {
  virtual ~EventLogUnderTest() = default;
  /// With three partitions; nothing is appended yet.
  virtual EventLog& log() = 0;
  /// Appends and waits until the records are durable.
  virtual Result<Receipt> append(std::vector<PartitionRecords> parts) = 0;
  virtual Result<Receipt> append_control(std::string record) = 0;
  /// Drops what nobody holds; may append to the last partition.
  virtual void let_retention_work() = 0;
  /// Ends it and opens what it has stored; nothing of it is in use.
  virtual void reopen() = 0;
};

/// One of them as any other log is seen: its records are events whose properties are the values.
class LogOfEvents : public LogUnderTest {
 public:
  explicit LogOfEvents(std::unique_ptr<EventLogUnderTest> log) : log_(std::move(log)) {}

  Result<std::vector<Offset>> append(
      PartitionId partition, const std::vector<std::vector<std::string>>& requests) override {
    std::vector<std::promise<Result<Receipt>>> told(requests.size());
    for (std::size_t i = 0; i + 1 < requests.size(); ++i) {
      HAPAX_TRY(log_->log().append({records(partition, requests[i])}, [&told, i](auto receipt) {
        told[i].set_value(std::move(receipt));
      }));
    }
    told.back().set_value(log_->append({records(partition, requests.back())}));
    std::vector<Offset> ends;
    for (std::promise<Result<Receipt>>& one : told) {
      HAPAX_ASSIGN(const Receipt receipt, one.get_future().get());
      ends.push_back(receipt.ends.at(0).end);
    }
    return ends;
  }
  Result<std::vector<Record>> read(PartitionId partition, Offset from) override {
    const std::vector<Receipt::End> start{{partition, from}};
    HAPAX_ASSIGN(const auto reader, log_->log().read(start));
    std::vector<Record> found;
    for (;;) {
      HAPAX_ASSIGN(const auto batches, reader->poll(1 << 20));
      if (batches.empty()) {
        return found;
      }
      for (const LogBatch& batch : batches) {
        take(batch, found);
      }
    }
  }
  Offset end(PartitionId partition) override {
    return log_->log().end_offsets()[partition.value()];
  }
  /// The least of what two readers need.
  void release(PartitionId partition, Offset needed) override {
    const SubscriberId one = log_->log().subscribe({.name = "one"});
    const SubscriberId other = log_->log().subscribe({.name = "other"});
    const std::vector<Receipt::End> all{{partition, end(partition)}};
    const std::vector<Receipt::End> some{{partition, needed}};
    log_->log().release(one, all);
    log_->log().release(other, some);
    log_->let_retention_work();
  }
  void reopen() override { log_->reopen(); }
  bool keeps_whole_files() const override { return true; }

 private:
  static PartitionRecords records(PartitionId partition, const std::vector<std::string>& values) {
    std::vector<EventView> events;
    for (const std::string& value : values) {
      events.emplace_back().properties = value;
      events.back().source = "s";
      events.back().message_id = value;
    }
    return records_of(partition, events);
  }
  static void take(const LogBatch& batch, std::vector<Record>& found) {
    std::string_view left = batch.records;
    for (Offset offset = batch.base_offset; !left.empty(); offset = advance(offset, 1)) {
      const std::string_view record = take_framed(left).value();
      found.push_back({offset, std::string(decode_event(record).value().properties)});
    }
  }

  const std::unique_ptr<EventLogUnderTest> log_;
};

class EventLogContract : public testing::TestWithParam<std::unique_ptr<EventLogUnderTest> (*)()> {
 protected:
  static constexpr std::uint64_t kManyRecords = 12;
  static constexpr std::uint64_t kLargeBytes = 20'000;

  /// A record with this message id for a partition.
  static PartitionRecords record(std::uint32_t partition, const std::string& message_id,
                                 std::size_t bytes = 0) {
    const std::string properties(bytes, 'x');
    EventView event;
    event.source = "s";
    event.message_id = message_id;
    event.properties = properties;
    return records_of(PartitionId(partition), {event});
  }
  EventLog& log() { return made_->log(); }
  Receipt append(std::vector<PartitionRecords> parts) {
    return made_->append(std::move(parts)).value();
  }
  /// More than a log keeps that keeps as little as it can, in partition 0.
  void append_many() {
    for (std::uint64_t i = 0; i < kManyRecords; ++i) {
      append({record(0, std::string("m").append(std::to_string(i)), kLargeBytes)});
    }
  }
  void release(SubscriberId subscriber, Offset end) {
    const std::vector<Receipt::End> ends{{PartitionId(0), end}};
    log().release(subscriber, ends);
    made_->let_retention_work();
  }
  Offset start() { return log().starts()[0].offset; }
  std::unique_ptr<LogReader> read(std::vector<Receipt::End> start) {
    return log().read(start).value();
  }
  static std::vector<Receipt::End> from_start() {
    return {{PartitionId(0), {}}, {PartitionId(1), {}}, {PartitionId(2), {}}};
  }
  /// The message ids up to the end, "partition:offset:id", checking that offsets have no gap, and
  /// that hashes, if there are any, are those of the records.
  static std::vector<std::string> drain(LogReader& reader) {
    std::vector<std::string> read;
    for (auto batches = reader.poll(1).value(); !batches.empty();
         batches = reader.poll(1).value()) {
      for (const auto& batch : batches) {
        auto records = batch.records;
        EXPECT_THAT(batch.ids, testing::SizeIs(testing::AnyOf(0, batch.record_count)));
        auto ids = batch.ids;
        for (auto offset = batch.base_offset; !records.empty(); offset = advance(offset, 1)) {
          const auto event = decode_event(take_framed(records).value()).value();
          if (!ids.empty()) {
            EXPECT_EQ(ids.front(), IdHasher().event_id(event.source, event.message_id));
            ids = ids.subspan(1);
          }
          read.push_back(std::to_string(batch.partition.value())
                             .append(":")
                             .append(std::to_string(offset.value()))
                             .append(":")
                             .append(event.message_id));
        }
      }
    }
    return read;
  }

  std::unique_ptr<EventLogUnderTest> made_ = GetParam()();
};

TEST_P(EventLogContract, ReceiptsSayWhereTheRecordsAre) {
  EXPECT_EQ(log().partition_count(), 3U);
  EXPECT_THAT(append({record(0, "a")}).ends,
              testing::ElementsAre(Receipt::End{PartitionId(0), Offset(1)}));
  EXPECT_THAT(append({record(2, "b"), record(0, "c")}).ends,
              testing::UnorderedElementsAre(Receipt::End{PartitionId(0), Offset(2)},
                                            Receipt::End{PartitionId(2), Offset(1)}));
  EXPECT_THAT(log().end_offsets(), testing::ElementsAre(Offset(2), Offset(0), Offset(1)));
  EXPECT_EQ(log().starts(), std::vector<PartitionStart>(3));
}

TEST_P(EventLogContract, ReceiptsSayOfWhichLogTheyAre) {
  EXPECT_NE(log().log_id(), kNoLog);
  EXPECT_EQ(append({record(0, "a")}).log, log().log_id());
  EXPECT_EQ(made_->append_control(control_record("clock", "1")).value().log, log().log_id());
  const LogId id = log().log_id();
  made_->reopen();
  EXPECT_EQ(log().log_id(), id);
}

TEST_P(EventLogContract, AReaderMeetsEveryRecordOnceAndInOrder) {
  append({record(0, "a"), record(1, "b")});
  const auto reader = read(from_start());
  EXPECT_THAT(drain(*reader), testing::UnorderedElementsAre("0:0:a", "1:0:b"));
  EXPECT_THAT(drain(*reader), testing::IsEmpty());
  append({record(0, "c")});
  append({record(0, "d")});
  EXPECT_THAT(drain(*reader), testing::ElementsAre("0:1:c", "0:2:d"));
}

TEST_P(EventLogContract, HashesThatAreHandedOnAreThoseOfTheRecords) {
  const auto several = [](std::uint32_t partition, const char* first, const char* second) {
    return records_of(PartitionId(partition), {{.source = "s", .message_id = first},
                                               {.source = "t", .message_id = second}});
  };
  append({several(0, "a", "b"), several(2, "c", "d")});
  append({record(1, "e")});
  append({several(2, "f", "g"), record(0, "h"), several(1, "i", "j")});
  auto without = several(0, "k", "l");
  without.ids.clear();
  append({several(1, "m", "n"), without, record(2, "o")});
  EXPECT_THAT(drain(*read(from_start())), testing::SizeIs(15));
}

TEST_P(EventLogContract, AReaderStartsInEachPartitionWhereItIsTold) {
  for (const auto* id : {"a", "b", "c"}) {
    append({record(0, id), record(1, id)});
  }
  const auto reader = read({{PartitionId(0), Offset(2)}, {PartitionId(1), Offset(3)}});
  EXPECT_THAT(drain(*reader), testing::ElementsAre("0:2:c"));
}

TEST_P(EventLogContract, AReaderFromTheRecentOnesMeetsTheNewest) {
  for (std::uint64_t i = 0; i < kManyRecords; ++i) {
    const std::string id = std::to_string(i);
    append({record(i % 3 == 0 ? 0 : 1, id, kLargeBytes)});
    std::vector<Receipt::End> from;
    for (const Offset offset : log().recent()) {
      from.push_back({PartitionId(static_cast<std::uint32_t>(from.size())), offset});
    }
    EXPECT_THAT(drain(*read(from)), testing::Contains(testing::EndsWith(":" + id)));
  }
}

TEST_P(EventLogContract, ALogIsReadBackwardsFileByFile) {
  std::multiset<std::string> written;
  for (std::uint64_t i = 0; i < kManyRecords; ++i) {
    const std::string id = std::to_string(i);
    append({record(i % 3 == 0 ? 0 : 1, id, kLargeBytes)});
    written.insert(id);
  }
  std::multiset<std::string> met;
  std::vector<Offset> before = log().end_offsets();
  while (before != std::vector<Offset>(before.size())) {
    const std::vector<Offset> begin = log().recent_before(before);
    std::vector<Receipt::End> from;
    for (const Offset offset : begin) {
      from.push_back({PartitionId(static_cast<std::uint32_t>(from.size())), offset});
    }
    std::size_t count = 0;
    for (const std::string& at : drain(*read(from))) {  // "partition:offset:id"
      const auto partition = std::stoul(at);
      if (std::stoull(at.substr(at.find(':') + 1)) < before[partition].value()) {
        met.insert(at.substr(at.rfind(':') + 1));
        ++count;
      }
    }
    ASSERT_GT(count, 0U);
    for (std::size_t p = 0; p < before.size(); ++p) {
      before[p] = std::min(before[p], begin[p]);
    }
  }
  EXPECT_EQ(met, written);
  EXPECT_EQ(log().recent_before(before), before) << "there is nothing below the first";
}

TEST_P(EventLogContract, BatchesCarryTheLogsOwnDigest) {
  const auto a = record(1, "a");
  const auto b = record(1, "b");
  append({a});
  append({b});
  const auto reader = read(from_start());
  std::vector<Digest> digests;
  for (auto batches = reader->poll(1).value(); !batches.empty();
       batches = reader->poll(1).value()) {
    for (const auto& batch : batches) {
      digests.push_back(batch.digest_after);
    }
  }
  auto both = a.digest;
  both.add(b.digest);
  EXPECT_THAT(digests, testing::ElementsAre(a.digest, both));
}

TEST_P(EventLogContract, WhatBecomesDurableIsToldToAllWhoAskedUntilTheyDoNot) {
  int first = 0;
  int second = 0;
  const auto first_id = log().on_durable([&first] { ++first; });
  log().on_durable([&second] { ++second; });
  append({record(0, "a")});
  append({record(0, "b")});
  log().off_durable(first_id);
  const int told_before = first;  // The second append's may have been under way.
  append({record(0, "c")});
  made_.reset();  // Ends the log's threads, which write the counts.
  EXPECT_EQ(second, 3);
  EXPECT_EQ(first, told_before);
  EXPECT_GE(first, 1);
}

TEST_P(EventLogContract, WithoutSubscribersNothingIsDropped) {
  append_many();
  made_->let_retention_work();
  EXPECT_EQ(start(), Offset(0));
}

TEST_P(EventLogContract, ARecordIsKeptUntilEverySubscriberHasReleasedIt) {
  const auto fast = log().subscribe({.name = "fast"});
  const auto slow = log().subscribe({.name = "slow"});
  append_many();
  release(fast, Offset(kManyRecords));
  EXPECT_EQ(start(), Offset(0));
  release(slow, Offset(8));
  EXPECT_GT(start(), Offset(0));
  EXPECT_LE(start(), Offset(8));
  release(slow, Offset(2));  // Nobody takes back what was released.
  release(slow, Offset(kManyRecords));
  EXPECT_GT(start(), Offset(8));
}

TEST_P(EventLogContract, ASubscriberAboveItsLimitLosesTheOldestAndIsToldSo) {
  const auto alive = log().subscribe({.name = "alive"});
  log().subscribe({.name = "dead", .retained_bytes_limit = 5 * kLargeBytes});
  append_many();
  EXPECT_TRUE(log().read(from_start()));
  release(alive, Offset(kManyRecords));
  EXPECT_GT(start(), Offset(0));
  EXPECT_LT(start(), Offset(kManyRecords)) << "it keeps what it may hold";
  const auto reader = log().read(from_start());
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().kind, ErrorKind::kInvalid);
}

TEST_P(EventLogContract, WhoIsUnsubscribedHoldsNothing) {
  const auto stays = log().subscribe({.name = "stays"});
  const auto goes = log().subscribe({.name = "goes"});
  append_many();
  release(stays, Offset(kManyRecords));
  EXPECT_EQ(start(), Offset(0));
  EXPECT_TRUE(log().unsubscribe("goes"));
  EXPECT_FALSE(log().unsubscribe("goes"));
  release(goes, Offset(1));  // Says nothing any more.
  EXPECT_GT(start(), Offset(8));
}

TEST_P(EventLogContract, WhoSubscribesAgainIsTheSameSubscriber) {
  const auto once = log().subscribe({.name = "reader"});
  append_many();
  EXPECT_EQ(log().subscribe({.name = "reader"}), once);
  EXPECT_NE(log().subscribe({.name = "another"}), once);
  log().unsubscribe("another");
  release(once, Offset(kManyRecords));
  EXPECT_GT(start(), Offset(8));
}

TEST_P(EventLogContract, ANewSubscriberHoldsWhatIsRetainedThen) {
  const auto first = log().subscribe({.name = "first"});
  append_many();
  release(first, Offset(8));
  const auto held = start();
  log().subscribe({.name = "second"});
  release(first, Offset(kManyRecords));
  EXPECT_EQ(start(), held);
}

TEST_P(EventLogContract, WhatIsOverRetentionIsSaidHoweverMuchIsHeld) {
  EXPECT_EQ(log().over_retention(), std::vector<Offset>(3));
  const auto holds_all = log().subscribe({.name = "holds all"});
  append_many();
  const auto over = log().over_retention();
  EXPECT_GT(over[0], Offset(0));
  EXPECT_EQ(start(), Offset(0));
  release(holds_all, over[0]);
  EXPECT_GE(start(), over[0]);
}

TEST_P(EventLogContract, AControlRecordGoesToEveryPartitionAndIntoNoDigest) {
  append({record(0, "a")});
  const auto digest = record(0, "a").digest;
  EXPECT_THAT(made_->append_control(control_record("clock", "1")).value().ends,
              testing::UnorderedElementsAre(Receipt::End{PartitionId(0), Offset(2)},
                                            Receipt::End{PartitionId(1), Offset(1)},
                                            Receipt::End{PartitionId(2), Offset(1)}));
  append({record(0, "b")});
  const auto reader = read(from_start());
  std::vector<std::string> controls;
  for (auto batches = reader->poll(1).value(); !batches.empty();
       batches = reader->poll(1).value()) {
    for (const auto& batch : batches) {
      if (batch.is_control) {
        auto records = batch.records;
        EXPECT_EQ(take_framed(records).value(), control_record("clock", "1"));
        controls.push_back(std::to_string(batch.partition.value())
                               .append(":")
                               .append(std::to_string(batch.base_offset.value())));
        EXPECT_EQ(batch.digest_after, batch.partition == PartitionId(0) ? digest : Digest());
      }
    }
  }
  EXPECT_THAT(controls, testing::UnorderedElementsAre("0:1", "1:0", "2:0"));
}

TEST_P(EventLogContract, TheNewestControlRecordOfEachKindIsInForce) {
  EXPECT_THAT(log().controls().at_end, testing::IsEmpty());
  for (const auto* value : {"1", "2"}) {
    ASSERT_TRUE(made_->append_control(control_record("settings", value)));
    ASSERT_TRUE(made_->append_control(control_record("clock", value)));
  }
  const auto controls = log().controls();
  EXPECT_THAT(controls.at_end,
              testing::ElementsAre(control_record("clock", "2"), control_record("settings", "2")));
  EXPECT_THAT(controls.at_start, testing::IsEmpty());
  EXPECT_EQ(controls.starts, log().starts());
}

TEST_P(EventLogContract, WhatIsNoControlRecordIsRefused) {
  const auto refused = made_->append_control("x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(log().controls().at_end, testing::IsEmpty());
}

TEST_P(EventLogContract, IsWritable) {
  EXPECT_TRUE(log().status().writable);
}

}  // namespace hapax
