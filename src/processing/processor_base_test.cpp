// SPDX-License-Identifier: Apache-2.0
// The log's head, the base that makes up for it, and a state that is lost.
#include <gtest/gtest.h>

#include <string>

#include "audit/equations.hpp"
#include "testing/processor_harness.hpp"

namespace hapax {
namespace {

using std::chrono::seconds;

constexpr PartitionId kFirst{0};

/// Adds an event with this id, processes and stores it.
void take(ProcessorHarness& processor, std::string_view id, seconds at = seconds(0)) {
  processor.log.add(kFirst, {shop_event(id, at)});
  EXPECT_TRUE(processor.drain());
  EXPECT_TRUE(processor.core->checkpoint());
}

Offset start_of(const ProcessorHarness& processor) {
  return processor.log.starts()[0].offset;
}

std::string refusal(ProcessorHarness& processor) {
  processor.core.reset();
  const auto opened = ProcessorCore::open(processor.settings, processor.parts());
  return opened ? "" : opened.error().text();
}

TEST(ProcessorBaseTest, RetentionDropsNothingThatNoBaseCovers) {
  ProcessorHarness processor(1);
  take(processor, "a");
  processor.log.retain();
  EXPECT_EQ(start_of(processor), Offset(0)) << "the state alone has it";
  EXPECT_TRUE(processor.core->base_wanted());
  ASSERT_TRUE(processor.keep_base());
  take(processor, "b");
  processor.log.retain();
  EXPECT_EQ(start_of(processor), Offset(1));
}

TEST(ProcessorBaseTest, IsWantedOnlyWhenRetentionWouldDropWhatItLacks) {
  ProcessorHarness processor(1);
  processor.log.set_keeps_all(true);
  take(processor, "a");
  EXPECT_FALSE(processor.core->base_wanted());
  processor.log.set_keeps_all(false);
  EXPECT_TRUE(processor.core->base_wanted());
  ASSERT_TRUE(processor.keep_base());
  EXPECT_FALSE(processor.core->base_wanted());
  processor.log.add(kFirst, {shop_event("b", seconds(0))});
  EXPECT_FALSE(processor.core->base_wanted()) << "no checkpoint has it yet";
  processor.open();
  EXPECT_FALSE(processor.core->base_wanted()) << "it is known over a restart";
}

TEST(ProcessorBaseTest, ADuplicateOfARecordThatLeftTheLogIsRecognisedAfterTheStateIsLost) {
  ProcessorHarness processor(1);
  take(processor, "a");
  ASSERT_TRUE(processor.keep_base());
  take(processor, "b");
  processor.log.retain();
  ASSERT_EQ(start_of(processor), Offset(1));
  processor.lose_state();
  take(processor, "a", seconds(5));
  EXPECT_EQ(processor.counted(), 2U);
  EXPECT_EQ(processor.books("shop").duplicate, 1U);
}

TEST(ProcessorBaseTest, TheBooksOfARestoredStateBeginWhereTheyDidAndAreInBalance) {
  ProcessorHarness processor(1);
  take(processor, "a");
  ASSERT_TRUE(processor.keep_base());
  take(processor, "b");
  processor.log.retain();
  processor.lose_state();
  ASSERT_TRUE(processor.drain());
  const AuditReport report = processor.core->audit();
  EXPECT_EQ(report.partitions[0].start, Offset(0));
  EXPECT_EQ(report.partitions[0].processed, Offset(2));
  EXPECT_EQ(processor.books("shop").received, 2U);
  EXPECT_TRUE(balanced(check_books(report)));
}

TEST(ProcessorBaseTest, OneThatIsAheadOfTheLogIsRefusedWithAWord) {
  ProcessorHarness processor(1);
  take(processor, "a");
  ASSERT_TRUE(processor.keep_base());
  ASSERT_TRUE(processor.store.reset());
  processor.log.batches(kFirst).clear();
  EXPECT_EQ(refusal(processor),
            "the base, which the state was restored from, does not fit: the checkpoint is ahead of "
            "the log: it covers partition 0 offset 1, the log ends at 0; put together log, key and "
            "base of one data folder; or remove the folders state and base, to count anew from "
            "where the log begins");
}

TEST(ProcessorBaseTest, OneThatTheLogDoesNotContinueIsRefusedWithAWord) {
  ProcessorHarness processor(1);
  take(processor, "a");
  ASSERT_TRUE(processor.keep_base());
  take(processor, "b");
  ASSERT_TRUE(processor.store.reset());
  processor.log.drop(kFirst, 2);
  EXPECT_NE(refusal(processor).find("the base, which the state was restored from, does not fit: "
                                    "the log no longer holds what follows"),
            std::string::npos);
}

TEST(ProcessorBaseTest, OneOfAnotherKeyIsRefusedWithAWord) {
  ProcessorHarness processor(1);
  take(processor, "a");
  ASSERT_TRUE(processor.keep_base());
  ASSERT_TRUE(processor.store.reset());
  processor.settings.id_key.bytes[0] ^= 1;
  const std::string said = refusal(processor);
  EXPECT_NE(said.find("the base, which"), std::string::npos) << said;
  EXPECT_NE(said.find("hashed with key"), std::string::npos) << said;
}

/// Puts `state` in the log, and a checkpoint that has read it in the store.
void follow_clock(ProcessorHarness& processor, const ClockState& state) {
  processor.log.settle_at_once();
  ASSERT_TRUE(
      processor.log.append_control(encode_control_record(kClockControl, encode_clock_state(state),
                                                         shop_event("", seconds(0)).received_at),
                                   [](const Result<Receipt>& receipt) { EXPECT_TRUE(receipt); }));
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(processor.core->checkpoint());
}

constexpr ClockEpoch kDoubt{1};

ClockState in_doubt() {
  const ProcessingTime now = shop_event("", seconds(0)).received_at;
  return {
      .number = 1,
      .newest = kDoubt,
      .is_doubted = true,
      .doubted = {{.epoch = kDoubt, .began = now, .lag = {}, .newest = now, .closed_until = {}}},
      .corrections = {}};
}

TEST(ProcessorBaseTest, NoneIsKeptWhileOurClockIsInDoubt) {
  ProcessorHarness processor(1);
  take(processor, "a");
  follow_clock(processor, in_doubt());
  EXPECT_FALSE(processor.core->base_wanted());
  processor.open();
  EXPECT_FALSE(processor.core->base_wanted()) << "nor after a restart";
  follow_clock(processor, {.number = 2, .newest = kDoubt, .doubted = {}, .corrections = {}});
  EXPECT_TRUE(processor.core->base_wanted());
}

TEST(ProcessorBaseTest, AfterACorrectionTheStateGoesBackToTheBaseAndCountsAllOnce) {
  ProcessorHarness processor(1);
  take(processor, "a");
  ASSERT_TRUE(processor.keep_base());
  take(processor, "b");
  processor.log.retain();
  ASSERT_EQ(start_of(processor), Offset(1));
  follow_clock(processor, in_doubt());
  EventView doubted = shop_event("c", seconds(0));
  doubted.clock_epoch = kDoubt.value();
  processor.log.add(kFirst, {doubted});
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(processor.core->checkpoint());
  follow_clock(processor, {.number = 2,
                           .newest = kDoubt,
                           .doubted = {},
                           .corrections = {{.epoch = kDoubt, .shift = std::chrono::hours(24)}}});
  ASSERT_TRUE(processor.core->superseded());
  EXPECT_FALSE(processor.core->base_wanted());
  processor.open();
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(processor.counted(), 3U);
  const AuditReport report = processor.core->audit();
  EXPECT_EQ(report.partitions[0].start, Offset(0));
  EXPECT_TRUE(balanced(check_books(report)));
}

TEST(ProcessorBaseTest, OneThatCountedWhatTheLogCorrectsIsRefusedWithAWord) {
  ProcessorHarness processor(1);
  take(processor, "a");
  follow_clock(processor, in_doubt());
  ASSERT_TRUE(processor.keep_base());
  follow_clock(processor, {.number = 2,
                           .newest = kDoubt,
                           .doubted = {},
                           .corrections = {{.epoch = kDoubt, .shift = std::chrono::hours(24)}}});
  EXPECT_NE(refusal(processor).find("whose times the log corrects"), std::string::npos);
}

TEST(ProcessorBaseTest, OneThatIsNotOfThisStateMakesUpForNothing) {
  ProcessorHarness newer(1);
  take(newer, "a");
  take(newer, "b");
  ProcessorHarness processor(1);
  take(processor, "a");
  processor.core.reset();
  MemoryStateStore older = processor.store;
  processor.store = newer.store;
  ASSERT_TRUE(processor.store.keep_base());
  processor.store.replace_state(older);
  processor.open();
  processor.log.retain();
  EXPECT_EQ(start_of(processor), Offset(0));
  EXPECT_TRUE(processor.core->base_wanted());
}

}  // namespace
}  // namespace hapax
