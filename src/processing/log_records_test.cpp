// SPDX-License-Identifier: Apache-2.0
#include "processing/log_records.hpp"

#include <gmock/gmock.h>

#include <array>

#include "testing/scripted_log.hpp"

namespace hapax {
namespace {

/// A batch of so many events, as a log hands it on that has their hashes.
class DecodeEventsTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kEvents = 40;

  DecodeEventsTest() {
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < kEvents; ++i) {
      names.push_back("m" + std::to_string(100 + i));  // All as long.
    }
    std::vector<EventView> events;
    for (const std::string& name : names) {
      events.push_back({.source = "s", .message_id = name, .user_id = name, .properties = "{}"});
    }
    records_ = records_of(PartitionId(1), events);
  }

  LogBatch batch(Offset base = Offset(7)) const {
    return {.partition = records_.partition,
            .base_offset = base,
            .record_count = records_.record_count,
            .digest_after = records_.digest,
            .records = records_.records,
            .ids = records_.ids};
  }
  LogBatch batch_from_disk() const {
    LogBatch batch = this->batch();
    batch.ids = {};
    return batch;
  }

  PartitionRecords records_;
  const IdHasher ids_;
};

TEST_F(DecodeEventsTest, AnEventHasTheSameHashesFromMemoryAndFromDisk) {
  std::vector<KeyedEvent> from_memory;
  std::vector<KeyedEvent> from_disk;
  ASSERT_TRUE(decode_events(batch(), ids_, from_memory));
  ASSERT_TRUE(decode_events(batch_from_disk(), ids_, from_disk));
  ASSERT_EQ(from_memory.size(), kEvents);
  ASSERT_EQ(from_disk.size(), kEvents);
  for (std::uint32_t i = 0; i < kEvents; ++i) {
    EXPECT_EQ(from_memory[i].event, from_disk[i].event);
    EXPECT_EQ(from_memory[i].seen, from_disk[i].seen);
    EXPECT_EQ(from_memory[i].identity, from_disk[i].identity);
    EXPECT_EQ(from_disk[i].seen.id, records_.ids[i]);
  }
}

TEST_F(DecodeEventsTest, AHashOfAnotherRecordIsRefusedAtTheEndsOfABatchAndOfASample) {
  const std::vector<Hash128> right = records_.ids;
  std::vector<KeyedEvent> events;
  for (const std::size_t wrong : {0U, 9U, 25U, kEvents - 1U}) {
    records_.ids = right;
    std::swap(records_.ids[wrong], records_.ids[5]);  // Offset 12, which is not in the sample.
    const auto decoded = decode_events(batch(), ids_, events);
    ASSERT_FALSE(decoded) << wrong;
    EXPECT_EQ(decoded.error().kind, ErrorKind::kInternal);
    EXPECT_THAT(decoded.error().message,
                testing::HasSubstr("partition 1 offset " + std::to_string(7 + wrong)));
  }
}

// Wherever it begins, and however small it is.
TEST_F(DecodeEventsTest, HashesThatHaveMovedByOneAreRefused) {
  std::vector<KeyedEvent> events;
  std::ranges::rotate(records_.ids, records_.ids.begin() + 1);
  for (std::uint64_t base = 0; base < 16; ++base) {
    EXPECT_FALSE(decode_events(batch(Offset(base)), ids_, events)) << base;
    LogBatch one = batch(Offset(base));
    one.record_count = 1;
    one.records = one.records.substr(0, one.records.size() / kEvents);
    one.ids = one.ids.first(1);
    EXPECT_FALSE(decode_events(one, ids_, events)) << base;
  }
}

TEST_F(DecodeEventsTest, TheHashesOfTheLogAreTaken) {
  std::vector<KeyedEvent> events;
  records_.ids[1] = {.low = 1, .high = 2};  // Of offset 8, which is not checked.
  ASSERT_TRUE(decode_events(batch(), ids_, events));
  EXPECT_EQ(events[1].seen.id, records_.ids[1]);
}

TEST_F(DecodeEventsTest, FewerHashesThanRecordsAreNoneOfOthers) {
  std::vector<KeyedEvent> events;
  const std::vector<Hash128> all = records_.ids;
  records_.ids.resize(3);
  ASSERT_TRUE(decode_events(batch(), ids_, events));
  EXPECT_EQ(events.back().seen.id, all.back());
}

}  // namespace
}  // namespace hapax
