// SPDX-License-Identifier: Apache-2.0
#include "processing/processor_core.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "record/event_wire.hpp"
#include "stream/minute.hpp"
#include "testing/processor_harness.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr PartitionId kFirst{0};
constexpr PartitionId kSecond{1};

std::string numbered(std::string text, int number) {
  text.append(std::to_string(number));
  return text;
}

void expect_balanced(const SourceAudit& books) {
  EXPECT_EQ(books.received, books.accepted + books.rejected);
  EXPECT_EQ(books.accepted, books.unique + books.duplicate);
  EXPECT_EQ(books.unique, books.on_time + books.late);
  EXPECT_EQ(books.unique, books.counted);
  Digest parts = books.unique_digest;
  parts.add(books.duplicate_digest);
  EXPECT_EQ(parts, books.accepted_digest);
  parts.add(books.rejected_digest);
  EXPECT_EQ(parts, books.received_digest);
  EXPECT_EQ(books.unique_digest, books.counted_digest);
}

TEST(ProcessorCoreTest, CountsADuplicateOnceAndKeepsTheBooks) {
  ProcessorHarness processor(1);
  EventView rejected = shop_event("r", seconds(0));
  rejected.rejection = RejectionView{.code = "c", .reason = "r", .original = "o"};
  EventView retry = shop_event("a", seconds(0));
  retry.received_at += seconds(9);
  EventView conflict = retry;
  conflict.properties = "{\"other\":1}";
  processor.log.add(kFirst, {shop_event("a", seconds(0)), shop_event("b", seconds(0)), retry,
                             conflict, rejected});
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 2U);
  const SourceAudit books = processor.books("shop");
  EXPECT_EQ(books.received, 5U);
  EXPECT_EQ(books.rejected, 1U);
  EXPECT_EQ(books.unique, 2U);
  EXPECT_EQ(books.duplicate, 2U);
  EXPECT_EQ(books.conflict, 1U);
  expect_balanced(books);
  const AuditReport report = processor.core->audit();
  EXPECT_EQ(report.partitions[0].processed, Offset(5));
  EXPECT_EQ(report.partitions[0].end, Offset(5));
  EXPECT_EQ(report.partitions[0].log_digest, report.partitions[0].processed_digest);
}

// C7: what the view says it counted, what its cells hold, and what dedup let through are three
// figures, each kept in its own place.
TEST(ProcessorCoreTest, TheBooksTheViewAndItsCellsAgree) {
  ProcessorHarness processor(2);
  for (int i = 0; i < 200; ++i) {
    const std::string id = std::to_string(i % 150);
    EventView event = shop_event(id, seconds(i));
    event.source = i % 3 == 0 ? "shop" : "blog";
    event.event_time -= seconds(i % 7 * 20);
    processor.log.add(i % 2 == 0 ? kFirst : kSecond, {event});
    ASSERT_TRUE(processor.drain());
    if (i % 50 == 20) {
      ASSERT_TRUE(processor.core->checkpoint());
      processor.open();
    }
  }
  ASSERT_TRUE(processor.drain());
  std::map<std::string, std::uint64_t> in_cells;
  const MinuteCells answer = processor.everything();
  for (const Cell& cell : answer.cells) {
    in_cells[cell.source] += cell.count;
  }
  for (const char* source : {"shop", "blog"}) {
    expect_balanced(processor.books(source));
    EXPECT_EQ(processor.books(source).counted, in_cells[source]);
  }
}

// Reliability row 12.
TEST(ProcessorCoreTest, TheSameIdOfTwoSourcesIsTwoEvents) {
  ProcessorHarness processor(1);
  EventView other = shop_event("a", seconds(0));
  other.source = "blog";
  processor.log.add(kFirst, {shop_event("a", seconds(0)), other});
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 2U);
  EXPECT_EQ(processor.books("blog").unique, 1U);
}

TEST(ProcessorCoreTest, TheSameIdFromAnotherDeviceIsAConflictInWhateverPartition) {
  ProcessorHarness processor(2);
  processor.log.add(kFirst, {shop_event("a", seconds(0), "phone")});
  processor.log.add(kSecond, {shop_event("a", seconds(1), "laptop")});
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 1U);
  EXPECT_EQ(processor.books("shop").conflict, 1U);
}

// Reliability row 8: an id counts as seen only once its event is durable.
TEST(ProcessorCoreTest, TheRetryOfAFailedAppendIsCounted) {
  ProcessorHarness processor(1);
  bool failed = false;
  const EventView event = shop_event("a", seconds(0));
  ASSERT_TRUE(processor.log.append({records_of(kFirst, {event})},
                                   [&](Result<Receipt> done) { failed = !done; }));
  ASSERT_TRUE(processor.drain());
  processor.log.fail_pending(Error{ErrorKind::kExhausted, "disk full"});
  EXPECT_TRUE(failed);
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 0U);
  ASSERT_TRUE(processor.log.append({records_of(kFirst, {event})}, [](Result<Receipt>) {}));
  processor.log.sync();
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 1U);
}

// Reliability row 8, on our side: a batch that failed halfway is finished when the store is back,
// or counted anew after a restart; no checkpoint holds half of it.
TEST(ProcessorCoreTest, ABatchThatFailedHalfwayIsCountedOnceAndInFull) {
  for (const bool restart : {false, true}) {
    ProcessorHarness processor(1);
    processor.log.add(kFirst, {shop_event("old", seconds(0))});
    ASSERT_TRUE(processor.drain());
    ASSERT_TRUE(processor.core->checkpoint());
    ASSERT_TRUE(processor.core->checkpoint());  // Now "old" is in the store only.
    processor.log.add(kFirst, {shop_event("new", seconds(0)), shop_event("old", seconds(0)),
                               shop_event("more", seconds(0))});
    processor.store.fail_reads("runs", Error{ErrorKind::kUnavailable, "I/O error"});
    EXPECT_FALSE(processor.drain());
    EXPECT_FALSE(processor.core->checkpoint_useful());
    EXPECT_FALSE(processor.core->checkpoint());
    const PartitionAudit audit = processor.core->audit().partitions[0];
    EXPECT_EQ(audit.log_digest, audit.processed_digest);
    processor.store.fail_reads("runs", std::nullopt);
    if (restart) {
      processor.open();
    }
    ASSERT_TRUE(processor.drain());
    EXPECT_EQ(processor.counted(), 3U);
    EXPECT_EQ(processor.books("shop").duplicate, 1U);
    expect_balanced(processor.books("shop"));
  }
}

TEST(ProcessorCoreTest, AnEventWhoseCellCouldNotBeReadIsNoDuplicateOfItself) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0)), shop_event("b", seconds(0))});
  processor.store.fail_reads("view.", Error{ErrorKind::kUnavailable, "too many open files"});
  EXPECT_FALSE(processor.core->step());
  EXPECT_FALSE(processor.core->step());
  EXPECT_FALSE(processor.core->stats().step_error.empty());
  EXPECT_EQ(processor.core->stats().steps_interrupted, 2U);
  EXPECT_FALSE(processor.core->failure());
  processor.store.fail_reads("view.", std::nullopt);
  ASSERT_TRUE(processor.drain());
  EXPECT_TRUE(processor.core->stats().step_error.empty());
  EXPECT_EQ(processor.counted(), 2U);
  EXPECT_EQ(processor.books("shop").duplicate, 0U);
  expect_balanced(processor.books("shop"));
}

TEST(ProcessorCoreTest, ALogThatCannotBeReadForAWhileIsReadLater) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  processor.log.fail_polls(Error{ErrorKind::kUnavailable, "too many open files"});
  EXPECT_FALSE(processor.core->step());
  EXPECT_FALSE(processor.core->failure());
  processor.log.fail_polls(std::nullopt);
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 1U);
}

TEST(ProcessorCoreTest, ALogThatIsDamagedStopsIt) {
  ProcessorHarness processor(1);
  processor.log.fail_polls(Error{ErrorKind::kCorrupt, "bad checksum"});
  EXPECT_FALSE(processor.core->step());
  processor.log.fail_polls(std::nullopt);
  EXPECT_FALSE(processor.core->step());
}

// The state folder is gone, and so are the log's oldest records.
TEST(ProcessorCoreTest, WithoutACheckpointTheBooksBeginWhereTheLogDoes) {
  ProcessorHarness processor(2);
  for (const char* id : {"a", "b", "c"}) {
    processor.log.add(kFirst, {shop_event(id, seconds(0)), shop_event(id, seconds(0))});
  }
  processor.log.drop(kFirst, 2);
  processor.store = MemoryStateStore();
  processor.open();
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 1U);
  expect_balanced(processor.books("shop"));
  ASSERT_TRUE(processor.core->checkpoint());
  processor.open();
  const AuditReport report = processor.core->audit();
  EXPECT_EQ(report.partitions[0].start, Offset(4));
  EXPECT_EQ(report.partitions[0].processed, Offset(6));
  EXPECT_EQ(report.partitions[0].log_digest, report.partitions[0].processed_digest);
  EXPECT_EQ(report.partitions[1].start, Offset(0));
}

TEST(ProcessorCoreTest, ACheckpointBelowTheStartOfTheLogIsRefused) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(processor.core->checkpoint());
  processor.log.add(kFirst, {shop_event("b", seconds(0))});
  processor.log.drop(kFirst, 2);
  const auto opened = ProcessorCore::open(processor.settings, processor.parts());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(opened.error().message.find("offset 1, the log begins at 2"), std::string::npos)
      << opened.error().message;
}

// Reliability row 9: the answer was lost, the event was not.
TEST(ProcessorCoreTest, TheRetryOfASucceededAppendIsNotCountedAlsoAcrossARestart) {
  ProcessorHarness processor(2);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(processor.core->checkpoint());
  EventView retry = shop_event("a", seconds(60));
  retry.event_time = shop_event("a", seconds(0)).event_time;
  retry.sent_at = event_time_from_micros(1);
  processor.open();
  processor.log.add(kFirst, {retry});
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 1U);
  EXPECT_EQ(processor.books("shop").duplicate, 1U);
  EXPECT_EQ(processor.books("shop").conflict, 0U);
  EXPECT_EQ(processor.books("shop").restamped, 0U);
}

// The exception of C4 beside conflicts: the first in the order of the log wins.
TEST(ProcessorCoreTest, OfCopiesWithAnotherTimeTheFirstCountsAndTheOthersAreRestamped) {
  ProcessorHarness processor(1);
  const EventView first = shop_event("a", seconds(0));
  EventView restamped = shop_event("a", seconds(300));
  EventView conflict = restamped;
  conflict.properties = "{}";
  processor.log.add(kFirst, {first});
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(processor.core->checkpoint());
  processor.open();
  processor.log.add(kFirst, {restamped, conflict, first});
  ASSERT_TRUE(processor.drain());
  const SourceAudit books = processor.books("shop");
  EXPECT_EQ(books.duplicate, 3U);
  EXPECT_EQ(books.restamped, 1U);
  EXPECT_EQ(books.conflict, 1U);
  expect_balanced(books);
  EXPECT_EQ(processor.core->stats().restamped, 1U);
  const MinuteCells answer = processor.everything();
  ASSERT_EQ(answer.cells.size(), 1U);
  EXPECT_EQ(answer.cells[0].start, minute_start(first.event_time));
}

// Reliability row 19: what is not durable may vanish and be replaced under the same offset.
TEST(ProcessorCoreTest, SeesNothingBeyondTheDurableEnd) {
  ProcessorHarness processor(1);
  ASSERT_TRUE(processor.log.append({records_of(kFirst, {shop_event("a", seconds(0))})},
                                   [](Result<Receipt>) {}));
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.core->audit().partitions[0].processed, Offset(0));
  processor.log.fail_pending(Error{ErrorKind::kUnavailable, "power"});
  processor.log.add(kFirst, {shop_event("b", seconds(0)), shop_event("c", seconds(0))});
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 2U);
  EXPECT_EQ(processor.core->audit().partitions[0].processed, Offset(2));
}

// Reliability row 19, the other end: a state that covers what the log does not hold.
TEST(ProcessorCoreTest, ACheckpointAheadOfTheLogIsRefused) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0)), shop_event("b", seconds(0))});
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(processor.core->checkpoint());
  ScriptedLog shorter(1);
  shorter.add(kFirst, {shop_event("a", seconds(0))});
  const auto opened = ProcessorCore::open(processor.settings, processor.parts(shorter));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(opened.error().message.find("offset 2, the log ends at 1"), std::string::npos)
      << opened.error().message;
}

TEST(ProcessorCoreTest, ACheckpointOfOtherPartitionsIsRefused) {
  ProcessorHarness processor(1);
  ASSERT_TRUE(processor.core->checkpoint());
  ScriptedLog other(2);
  const auto opened = ProcessorCore::open(processor.settings, processor.parts(other));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid);
}

TEST(ProcessorCoreTest, AStateOfAnotherIdKeyIsRefused) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(processor.core->checkpoint());
  processor.settings.id_key.bytes[0] = 3;
  const auto opened = ProcessorCore::open(processor.settings, processor.parts());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(opened.error().message.find("this server has key"), std::string::npos)
      << opened.error().message;
}

// Reliability row 22: the answer was given, the checkpoint was not made.
TEST(ProcessorCoreTest, ACrashAfterAnAnswerAndBeforeItsCheckpointDoublesNothing) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(processor.core->checkpoint());
  processor.log.add(kFirst, {shop_event("b", seconds(1)), shop_event("c", seconds(1))});
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 3U);
  processor.open();
  EXPECT_EQ(processor.counted(), 1U);
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 3U);
  EXPECT_EQ(processor.books("shop").duplicate, 0U);
  expect_balanced(processor.books("shop"));
}

// Reliability row 37: events that arrive while a checkpoint is written belong to the next one.
TEST(ProcessorCoreTest, StateAndOffsetsOfACheckpointAreOfOneMoment) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  ASSERT_TRUE(processor.drain());
  const auto frozen = processor.core->freeze();
  processor.log.add(kFirst, {shop_event("b", seconds(1))});
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(write_state(*frozen, processor.store));
  processor.core->commit(*frozen);
  processor.open();
  EXPECT_EQ(processor.core->audit().partitions[0].processed, Offset(1));
  EXPECT_EQ(processor.counted(), 1U);
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 2U);
}

TEST(ProcessorCoreTest, AFailedCheckpointIsWrittenLaterAndLosesNothing) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  ASSERT_TRUE(processor.drain());
  processor.store.fail_writes(Error{ErrorKind::kExhausted, "disk full"});
  EXPECT_FALSE(processor.core->checkpoint());
  EXPECT_TRUE(processor.log.released().empty());
  processor.log.add(kFirst, {shop_event("b", seconds(1)), shop_event("a", seconds(1))});
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 2U);
  processor.store.fail_writes(std::nullopt);
  ASSERT_TRUE(processor.core->checkpoint());
  EXPECT_EQ(processor.log.released(), (std::vector<Receipt::End>{{kFirst, Offset(3)}}));
  processor.open();
  EXPECT_EQ(processor.counted(), 2U);
}

// Reliability row 21: the second try finds runs of cells gone that the first one took in.
TEST(ProcessorCoreTest, AWriteThatBecameDurableAllTheSameIsNotMadeAgain) {
  ProcessorHarness processor(1);
  for (const char* user : {"u", "v", "w"}) {
    processor.log.add(kFirst, {shop_event(user, seconds(0), user)});
    ASSERT_TRUE(processor.drain());
    processor.store.lose_answers(Error{ErrorKind::kUnavailable, "the sync failed"});
    EXPECT_FALSE(processor.core->checkpoint());
    processor.store.lose_answers(std::nullopt);
    ASSERT_TRUE(processor.core->checkpoint());
  }
  processor.open();
  EXPECT_EQ(processor.everything().cells.at(0).users, 3U);
}

TEST(ProcessorCoreTest, TheLogIsReleasedOnlyAsFarAsTheCheckpointReaches) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  ASSERT_TRUE(processor.drain());
  const auto frozen = processor.core->freeze();
  processor.log.add(kFirst, {shop_event("b", seconds(0))});
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(write_state(*frozen, processor.store));
  processor.core->commit(*frozen);
  EXPECT_EQ(processor.log.released(), (std::vector<Receipt::End>{{kFirst, Offset(1)}}));
}

void expect_stopped(ProcessorHarness& processor) {
  const Result<void> drained = processor.drain();
  ASSERT_FALSE(drained);
  EXPECT_EQ(drained.error().kind, ErrorKind::kCorrupt);
  EXPECT_FALSE(processor.core->publish());
  EXPECT_FALSE(processor.core->stats().error.empty());
  EXPECT_FALSE(processor.core->step());
  EXPECT_FALSE(processor.core->checkpoint());  // A batch may be half applied.
}

TEST(ProcessorCoreTest, AGapInTheOffsetsStopsIt) {
  ProcessorHarness processor(1);
  for (const char* id : {"a", "b", "c"}) {
    processor.log.add(kFirst, {shop_event(id, seconds(0))});
  }
  processor.log.batches(kFirst).erase(processor.log.batches(kFirst).begin() + 1);
  expect_stopped(processor);
  EXPECT_EQ(processor.core->audit().partitions[0].processed, Offset(1));
}

TEST(ProcessorCoreTest, ABatchReadTwiceStopsIt) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  auto& batches = processor.log.batches(kFirst);
  batches.push_back(batches[0]);
  expect_stopped(processor);
}

TEST(ProcessorCoreTest, ARecordThatCannotBeReadStopsItBeforeItsBatch) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  processor.log.add(kFirst, {shop_event("b", seconds(0))});
  append_framed("\xFF\xFF\xFF", processor.log.batches(kFirst)[1].records);
  ++processor.log.batches(kFirst)[1].record_count;
  expect_stopped(processor);
  EXPECT_EQ(processor.core->audit().partitions[0].processed, Offset(1));
  EXPECT_EQ(processor.books("shop").received, 1U);
}

TEST(ProcessorCoreTest, ABatchWithFewerRecordsThanItSaysStopsIt) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  ++processor.log.batches(kFirst)[0].record_count;
  expect_stopped(processor);
}

TEST(ProcessorCoreTest, AReplacedRecordShowsInTheDigests) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  processor.log.batches(kFirst)[0].records =
      records_of(kFirst, {shop_event("b", seconds(0))}).records;
  ASSERT_TRUE(processor.drain());
  const PartitionAudit audit = processor.core->audit().partitions[0];
  EXPECT_NE(audit.log_digest, audit.processed_digest);
}

TEST(ProcessorCoreTest, AnEventBehindTheWatermarkIsLateAndCounted) {
  ProcessorHarness processor(1);
  EventView straggler = shop_event("c", seconds(200));
  straggler.event_time = shop_event("a", seconds(0)).event_time;
  processor.log.add(kFirst,
                    {shop_event("a", seconds(0)), shop_event("b", seconds(200)), straggler});
  ASSERT_TRUE(processor.drain());
  const SourceAudit books = processor.books("shop");
  EXPECT_EQ(books.late, 1U);
  EXPECT_EQ(books.on_time, 2U);
  const MinuteCells answer = processor.everything();
  ASSERT_EQ(answer.cells.size(), 2U);
  EXPECT_EQ(answer.cells[0].count, 2U);
  EXPECT_EQ(answer.cells[0].revision, 1U);
  EXPECT_TRUE(answer.cells[0].final);
  EXPECT_EQ(answer.cells[1].revision, 0U);
}

// Reliability row 2.
TEST(ProcessorCoreTest, OneClientClockInTheFutureMakesNobodyLate) {
  ProcessorHarness processor(1);
  EventView future = shop_event("f", seconds(0));
  future.event_time += hours(24 * 3650);
  processor.log.add(kFirst, {future});
  for (int i = 0; i < 100; ++i) {
    processor.log.add(kFirst, {shop_event(std::to_string(i), seconds(i))});
  }
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.books("shop").late, 0U);
  EXPECT_EQ(processor.books("shop").counted, 101U);
}

// Reliability row 1: one partition of two falls silent.
TEST(ProcessorCoreTest, ASilentPartitionDoesNotStopTheWatermarkAndComesBackOnTime) {
  ProcessorHarness processor(2);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  processor.log.add(kSecond, {shop_event("b", seconds(0))});
  for (int i = 1; i <= 10; ++i) {
    processor.clock.advance(seconds(60));
    processor.log.add(kFirst, {shop_event(numbered("a", i), seconds(60 * i))});
    ASSERT_TRUE(processor.drain());
  }
  const EventTime before = processor.everything().watermark;
  EXPECT_EQ(before, as_event_time(processor.clock.now()) - seconds(20));
  processor.log.add(kSecond, {shop_event("c", seconds(600))});
  ASSERT_TRUE(processor.drain());
  EXPECT_GE(processor.everything().watermark, before);
  EXPECT_EQ(processor.books("shop").late, 0U);
}

// Reliability row 1b.
TEST(ProcessorCoreTest, AfterSilenceEverywhereWhatComesIsOnTime) {
  ProcessorHarness processor(2);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  ASSERT_TRUE(processor.drain());
  processor.clock.advance(hours(5));
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.everything().watermark, as_event_time(processor.clock.now()) - seconds(20));
  processor.log.add(kFirst, {shop_event("b", hours(5) - seconds(5))});
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.books("shop").late, 0U);
}

/// The cells that were final once keep their values, or say by their revision that they changed.
class FinalCells {
 public:
  void look(const MinuteCells& answer) {
    for (const Cell& cell : answer.cells) {
      const auto name = std::make_tuple(cell.start, cell.source, cell.event);
      if (const auto before = final_.find(name); before != final_.end()) {
        EXPECT_TRUE(cell.final);
        EXPECT_EQ(cell.count - before->second.count, cell.revision - before->second.revision);
      }
      if (cell.final) {
        final_[name] = cell;
      }
    }
  }

 private:
  std::map<std::tuple<EventTime, std::string, std::string>, Cell> final_;
};

// Reliability row 1c: records on their way into the log are not closed over.
TEST(ProcessorCoreTest, ASlowSyncDoesNotLetTheWatermarkPassWhatWaitsForIt) {
  ProcessorHarness processor(1);
  FinalCells cells;
  processor.clock.advance(seconds(1));
  processor.log.add(kFirst, {shop_event("a", seconds(1))});
  ASSERT_TRUE(processor.drain());
  processor.clock.advance(seconds(50));
  const EventView slow = shop_event("b", seconds(51));
  ASSERT_TRUE(processor.log.append({records_of(kFirst, {slow})}, [](Result<Receipt>) {}));
  std::optional on_its_way = processor.arrivals.arrive();
  for (int i = 0; i < 30; ++i) {
    processor.clock.advance(seconds(3));
    ASSERT_TRUE(processor.drain());
    cells.look(processor.everything());
    EXPECT_LE(processor.everything().watermark, slow.event_time - seconds(20));
  }
  on_its_way.reset();
  processor.log.sync();
  ASSERT_TRUE(processor.drain());
  cells.look(processor.everything());
  EXPECT_EQ(processor.books("shop").late, 0U);
}

TEST(ProcessorCoreTest, TheFirstEventOfAPartitionChangesNoFinalCellUnseen) {
  ProcessorHarness processor(2);
  FinalCells cells;
  processor.clock.advance(seconds(130));
  processor.log.add(kFirst, {shop_event("a", seconds(100)), shop_event("b", seconds(130))});
  ASSERT_TRUE(processor.drain());
  cells.look(processor.everything());
  EventView first = shop_event("c", seconds(130));
  first.event_time -= seconds(12);
  processor.log.add(kSecond, {first});
  ASSERT_TRUE(processor.drain());
  cells.look(processor.everything());
}

Result<Publication> publish_minutes(ProcessorHarness& processor) {
  const std::vector<std::string> wanted{processor.views.served.find("events_per_minute")->id};
  return processor.core->publish(wanted);
}

TEST(ProcessorCoreTest, APublicationThatFailsIsFollowedByOneThatBeginsAnew) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(publish_minutes(processor));
  ASSERT_TRUE(processor.core->checkpoint());
  processor.store.fail_reads("", Error{ErrorKind::kUnavailable, "disk"});
  EXPECT_FALSE(publish_minutes(processor));
  processor.store.fail_reads("", std::nullopt);
  const Publication anew = publish_minutes(processor).value();
  EXPECT_TRUE(anew.stored);
  EXPECT_FALSE(anew.continues) << "readers do not know what the failed one would have told";
  processor.log.add(kFirst, {shop_event("b", seconds(0))});
  ASSERT_TRUE(processor.drain());
  const Publication next = publish_minutes(processor).value();
  EXPECT_FALSE(next.stored);
  EXPECT_TRUE(next.continues);
  ASSERT_EQ(next.views.at(0).changed.size(), 1U);
  const auto value =
      decode_value(next.views[0].changed.value(0), next.views[0].shape->measures, {});
  EXPECT_EQ(whole_number(value.value().results.at(0)), 2U);
}

TEST(ProcessorCoreTest, ThatTheWatermarkEntersAMinuteIsNews) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0)), shop_event("b", seconds(0))});
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(processor.core->has_news()) << "nobody knows anything yet";
  ASSERT_EQ(publish_minutes(processor).value().views.at(0).changed.size(), 1U);
  EXPECT_FALSE(processor.core->has_news());
  processor.clock.advance(seconds(80));
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(processor.core->has_news());
  const Publication news = processor.core->publish().value();
  EXPECT_TRUE(news.continues);
  EXPECT_EQ(news.views.at(0).changed.size(), 0U);
  EXPECT_EQ(news.watermark, as_event_time(processor.clock.now()) - seconds(20));
  EXPECT_FALSE(processor.core->has_news());
}

// Reliability row 28: nothing is late in a replay that was not late at first.
TEST(ProcessorCoreTest, AReplayThatReadsOnePartitionFarAheadMakesNothingLate) {
  ProcessorHarness processor(2);
  for (int i = 0; i < 200; ++i) {
    const PartitionId partition = i % 10 == 0 ? kSecond : kFirst;
    processor.log.add(partition, {shop_event(std::to_string(i), seconds(30 * i))});
  }
  processor.log.set_read_order(ScriptedLog::ReadOrder::kPartitionByPartition);
  processor.clock.advance(hours(24));
  for (int i = 0; i < 180; ++i) {
    ASSERT_TRUE(processor.core->step());
    EXPECT_EQ(processor.everything().watermark, kWatermarkMin);
  }
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.books("shop").late, 0U);
  EXPECT_EQ(processor.everything().watermark, as_event_time(processor.clock.now()) - seconds(20));
}

// Reliability row 11: what was in the window at first is in the window in a replay, also when the
// other partition has been read weeks ahead.
TEST(ProcessorCoreTest, AReplayThatReadsOnePartitionFarAheadFindsAllDuplicates) {
  ProcessorHarness processor(2);
  for (int day = 0; day < 30; ++day) {
    processor.log.add(kFirst, {shop_event(numbered("first", day), hours(24 * day))});
    const std::string id = numbered("second", day);
    const EventView event = shop_event(id, hours(24 * day));
    EventView retry = event;
    retry.received_at += hours(24 * 6);
    processor.log.add(kSecond, {event});
    if (day >= 6) {
      const std::string old_id = numbered("second", day - 6);
      EventView old = shop_event(old_id, hours(24 * (day - 6)));
      old.received_at = event.received_at;
      processor.log.add(kSecond, {old});
    }
  }
  processor.log.set_read_order(ScriptedLog::ReadOrder::kPartitionByPartition);
  processor.clock.advance(hours(24 * 30));
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 60U);
  EXPECT_EQ(processor.books("shop").duplicate, 24U);
}

// Reliability row 32: our own clock steps back by more than the dedup window.
TEST(ProcessorCoreTest, OurClockSteppingBackForgetsNoIds) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", hours(24 * 30))});
  ASSERT_TRUE(processor.drain());
  for (int i = 0; i < 200; ++i) {
    processor.log.add(kFirst, {shop_event(numbered("b", i), seconds(i))});
    ASSERT_TRUE(processor.drain());
  }
  for (int i = 0; i < 200; ++i) {
    processor.log.add(kFirst, {shop_event(numbered("b", i), seconds(i))});
    ASSERT_TRUE(processor.drain());
  }
  processor.log.add(kFirst, {shop_event("a", hours(24 * 30)), shop_event("a", seconds(5))});
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 201U);
}

// What came while our clock was in doubt is in every answer, and moves no watermark.
TEST(ProcessorCoreTest, EventsOfADoubtedClockAreCountedAndMoveNoWatermark) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  ASSERT_TRUE(processor.drain());
  const EventTime watermark = processor.core->audit().partitions[0].watermark;
  EventView doubted = shop_event("b", hours(24 * 30));
  doubted.clock_epoch = 1;
  EventView same_minute = shop_event("c", seconds(1), "v");
  same_minute.clock_epoch = 1;
  processor.log.add(kFirst, {doubted, same_minute});
  ASSERT_TRUE(processor.drain());
  for (const bool restarted : {false, true}) {
    if (restarted) {
      ASSERT_TRUE(processor.core->checkpoint());
      processor.open();
    }
    const MinuteCells answer = processor.everything();
    ASSERT_EQ(answer.cells.size(), 2U);
    EXPECT_EQ(answer.cells[0].count, 2U);
    EXPECT_EQ(answer.cells[0].users, 2U);
    EXPECT_EQ(processor.books("shop").received, 3U);
    expect_balanced(processor.books("shop"));
    EXPECT_EQ(processor.core->audit().partitions[0].watermark, watermark);
  }
}

// Reliability rows 5 and 6.
TEST(ProcessorCoreTest, EventsBefore1970AreCountedInTheirMinuteAndNamed) {
  ProcessorHarness processor(1);
  std::vector<EventView> events;
  for (const std::int64_t micros : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1},
                                    std::numeric_limits<std::int64_t>::min() + 1}) {
    static const char* const kIds[] = {"a", "b", "c", "d"};
    events.push_back(shop_event(kIds[events.size()], seconds(0)));
    events.back().event_time = event_time_from_micros(micros);
  }
  processor.log.add(kFirst, events);
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.books("shop").before_epoch, 2U);
  EXPECT_EQ(processor.counted(), 4U);
  const MinuteCells answer = processor.everything();
  ASSERT_EQ(answer.cells.size(), 3U);
  EXPECT_EQ(answer.cells[1].start, EventTime(minutes(-1)));
  EXPECT_EQ(answer.cells[2].start, EventTime(minutes(0)));
  EXPECT_EQ(answer.cells[2].count, 2U);
}

TEST(ProcessorCoreTest, MemoryLimitsAskForACheckpointThenForbidMore) {
  ProcessorSettings settings = small_settings();
  settings.hot_ids_checkpoint = 2;
  settings.hot_ids_limit = 4;
  ProcessorHarness processor(1, settings);
  const auto add = [&](const char* id) {
    processor.log.add(kFirst, {shop_event(id, seconds(0))});
    ASSERT_TRUE(processor.drain());
  };
  add("a");
  EXPECT_FALSE(processor.core->checkpoint_urgent());
  add("b");
  EXPECT_TRUE(processor.core->checkpoint_urgent());
  add("c");
  EXPECT_FALSE(processor.core->must_wait());
  add("d");
  EXPECT_TRUE(processor.core->must_wait());
  ASSERT_TRUE(processor.core->checkpoint());
  EXPECT_FALSE(processor.core->must_wait());
  EXPECT_FALSE(processor.core->checkpoint_useful());
}

TEST(ProcessorCoreTest, ThePublishedWatermarkSurvivesARestartAndDoesNotGoBack) {
  ProcessorHarness processor(1);
  processor.log.add(kFirst, {shop_event("a", seconds(0))});
  processor.clock.advance(hours(1));
  ASSERT_TRUE(processor.drain());
  const EventTime before = processor.everything().watermark;
  ASSERT_TRUE(processor.core->checkpoint());
  processor.clock.set_now(processor.clock.now() - hours(2));
  processor.open();
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.everything().watermark, before);
}

}  // namespace
}  // namespace hapax
