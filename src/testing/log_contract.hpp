// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"

namespace hapax {

/// A log of several partitions as all see it who append to one and read it, whatever ports it has:
/// those of one machine (EventLog) or those of a cluster (Topic). Both kinds have a driver beside
/// the contract of their own (docs/adr/0034-two-kinds-of-logs.md).
struct LogUnderTest {
  struct Record {
    Offset offset;
    std::string value;

    friend bool operator==(const Record&, const Record&) = default;
  };

  virtual ~LogUnderTest() = default;

  /// Starts these appends to one partition one after the other, each of so many records, and then
  /// waits for all. The offsets behind each.
  virtual Result<std::vector<Offset>> append(
      PartitionId partition, const std::vector<std::vector<std::string>>& requests) = 0;
  /// All records from `from` to where the end is now. Errors: those of the reader.
  virtual Result<std::vector<Record>> read(PartitionId partition, Offset from) = 0;
  /// Where the next record will be, or behind it.
  virtual Offset end(PartitionId partition) = 0;
  /// All who read `partition` have said that they need nothing below `needed`; the log has had the
  /// time to delete it.
  virtual void release(PartitionId partition, Offset needed) = 0;
  /// Its process ends without a word, and the next one opens it. Nothing of it is in use.
  virtual void reopen() = 0;
  /// What is not needed may stay, as long as it is in a file with what is.
  virtual bool keeps_whole_files() const { return false; }
};
/// Or more.
constexpr std::uint32_t kLogPartitions = 3;

/// What every log promises.
class LogContract : public testing::TestWithParam<std::unique_ptr<LogUnderTest> (*)()> {
 protected:
  static constexpr PartitionId kFirst{0};
  static constexpr PartitionId kOther{1};

  /// "0", "1", ...; with `bytes` more each.
  static std::vector<std::string> numbers(std::size_t count, std::size_t bytes = 0) {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < count; ++i) {
      made.push_back(std::to_string(i) + std::string(bytes, 'x'));
    }
    return made;
  }
  LogUnderTest& log() { return *made_; }
  Offset append(PartitionId partition, const std::vector<std::string>& values) {
    return log().append(partition, {values}).value().back();
  }
  /// An append for each.
  std::vector<Offset> append_each(PartitionId partition, const std::vector<std::string>& values) {
    std::vector<std::vector<std::string>> requests;
    for (const std::string& value : values) {
      requests.push_back({value});
    }
    return log().append(partition, requests).value();
  }
  std::vector<std::string> values(PartitionId partition, Offset from = {}) {
    std::vector<std::string> found;
    const auto read = log().read(partition, from);
    EXPECT_TRUE(read) << read.error().text();
    for (const LogUnderTest::Record& record : *read) {
      found.push_back(record.value);
    }
    return found;
  }

  std::unique_ptr<LogUnderTest> made_ = GetParam()();
};

TEST_P(LogContract, KeepsTheOrderOfAPartition) {
  std::vector<std::vector<std::string>> requests;
  std::vector<std::string> expected;
  for (const std::string& number : numbers(100)) {
    requests.push_back({number + "a", number + "b"});
    expected.insert(expected.end(), requests.back().begin(), requests.back().end());
  }
  const std::vector<Offset> ends = log().append(kFirst, requests).value();
  EXPECT_TRUE(std::is_sorted(ends.begin(), ends.end()));
  EXPECT_EQ(values(kFirst), expected);
}

TEST_P(LogContract, OffsetsAscendAndAnswersAreBehindThem) {
  const Offset first = append(kFirst, {"a"});
  const Offset second = append(kFirst, {"b", "c"});
  const auto found = log().read(kFirst, {}).value();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(advance(found[0].offset, 1), first);
  EXPECT_LE(first, found[1].offset);
  EXPECT_LT(found[1].offset, found[2].offset);
  EXPECT_EQ(advance(found[2].offset, 1), second);
}

TEST_P(LogContract, TheEndIsBehindWhatIsAcknowledged) {
  EXPECT_EQ(log().end(kFirst), Offset());
  for (int i = 0; i < 10; ++i) {
    const Offset appended = append(kFirst, {"a"});
    EXPECT_GE(log().end(kFirst), appended);
  }
  EXPECT_EQ(log().end(kOther), Offset()) << "that of its own partition";
}

TEST_P(LogContract, WhatWasReadOnceIsReadAgainFromAnyOfItsOffsets) {
  append_each(kFirst, numbers(20));
  const auto all = log().read(kFirst, {}).value();
  ASSERT_EQ(all.size(), 20U);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto found = log().read(kFirst, all[i].offset).value();
    EXPECT_EQ(found, std::vector(all.begin() + static_cast<std::ptrdiff_t>(i), all.end()));
  }
  EXPECT_THAT(values(kFirst, log().end(kFirst)), testing::IsEmpty());
}

TEST_P(LogContract, EachPartitionHasItsOwnRecords) {
  for (std::uint32_t round = 0; round < 10; ++round) {
    for (std::uint32_t p = 0; p < kLogPartitions; ++p) {
      append(PartitionId(p), {std::to_string(p) + ":" + std::to_string(round)});
    }
  }
  for (std::uint32_t p = 0; p < kLogPartitions; ++p) {
    std::vector<std::string> expected;
    for (const std::string& round : numbers(10)) {
      expected.push_back(std::to_string(p) + ":" + round);
    }
    EXPECT_EQ(values(PartitionId(p)), expected);
  }
}

TEST_P(LogContract, WhatIsAcknowledgedIsThereAfterItWasReopened) {
  append_each(kFirst, numbers(10));
  const auto before = log().read(kFirst, {}).value();
  log().reopen();
  EXPECT_EQ(log().read(kFirst, {}).value(), before);
  const Offset next = append(kFirst, {"next"});
  const auto after = log().read(kFirst, {}).value();
  ASSERT_EQ(after.size(), 11U);
  EXPECT_GT(after.back().offset, before.back().offset) << "an offset is given once";
  EXPECT_EQ(advance(after.back().offset, 1), next);
}

TEST_P(LogContract, WhereNothingEverWasIsAnErrorAndNotTheEnd) {
  append_each(kFirst, numbers(3));
  const auto beyond = log().read(kFirst, advance(log().end(kFirst), 100));
  ASSERT_FALSE(beyond);
  EXPECT_FALSE(may_be_retried(beyond.error()));
}

TEST_P(LogContract, WhatIsNotNeededIsDeletedAndNothingElse) {
  constexpr std::size_t kLarge = 20'000;  // Some logs delete by the file.
  append_each(kFirst, numbers(12, kLarge));
  append_each(kOther, numbers(12));
  const auto all = log().read(kFirst, {}).value();
  log().release(kFirst, {});
  EXPECT_EQ(log().read(kFirst, {}).value(), all) << "somebody needs the first one";
  log().release(kFirst, all[8].offset);
  const std::vector<LogUnderTest::Record> needed(all.begin() + 8, all.end());
  EXPECT_EQ(log().read(kFirst, all[8].offset).value(), needed);
  if (log().keeps_whole_files()) {
    return;  // When a file goes is for a contract of its own.
  }
  const auto gone = log().read(kFirst, {});
  ASSERT_FALSE(gone) << "a reader that comes too late is told, and never jumps";
  EXPECT_FALSE(may_be_retried(gone.error()));
  EXPECT_EQ(values(kOther), numbers(12));
  log().reopen();
  EXPECT_EQ(log().read(kFirst, all[8].offset).value(), needed);
  EXPECT_FALSE(log().read(kFirst, {}));
}

}  // namespace hapax
