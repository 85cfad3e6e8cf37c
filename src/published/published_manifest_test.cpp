// SPDX-License-Identifier: Apache-2.0
#include "published/published_manifest.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace hapax {
namespace {

PublishedView some_view() {
  return {.account = {.view = "counts.1",
                      .unique = {.count = 9, .digest = Digest(1, 2)},
                      .earlier = {.count = 1, .digest = Digest(3, 4)},
                      .filtered = {.count = 2, .digest = Digest(5, 6)},
                      .matching = {.count = 6, .digest = Digest(7, 8)},
                      .counted = {.count = 3, .digest = Digest(9, 10)},
                      .expired = {.count = 2, .digest = Digest(11, 12)},
                      .without_key = {.count = 1, .digest = Digest(13, 14)}},
          .living_from = std::string("a\0b", 3),
          .settled_until = EventTime(Microseconds(-5)),
          .complete_from = EventTime(Microseconds(6)),
          .is_sampled = true,
          .in_cells = 15,
          .kind_mismatches = 16};
}

SourceAudit some_source() {
  SourceAudit source;
  source.source = "web";
  source.received = 1;
  source.accepted = 2;
  source.unique = 4;
  source.newest_event = 5;
  source.newest_received = 6;
  source.non_number = 7;
  source.received_digest = Digest(8, 9);
  source.counted_digest = Digest(10, 11);
  return source;
}

CollectorAudit some_collector() {
  return {.partition = PartitionId(3),
          .lives = 1,
          .collector = 0xabc,
          .state = CollectorAudit::State::kGone,
          .joined_at = ProcessingTime(Microseconds(1)),
          .reported_at = ProcessingTime(Microseconds(2)),
          .ended_at = ProcessingTime(Microseconds(3)),
          .clock = ProcessingTime(Microseconds(4)),
          .oldest_unsettled = ProcessingTime(Microseconds(5)),
          .figures = {.settled = 6,
                      .acknowledged = 7,
                      .arrived = 8,
                      .arrived_unknown = 9,
                      .marked_acknowledged = {.count = 10, .digest = Digest(11, 12)},
                      .marked_unknown = {.count = 13, .digest = Digest(14, 15)},
                      .marked_arrived = {.count = 16, .digest = Digest(17, 18)},
                      .present = 19,
                      .absent = 20,
                      .open = 21,
                      .behind = 22,
                      .unreported = 23,
                      .out_of_order = 24,
                      .repeated = 25},
          .unknown = {{.first = 26, .last = 27, .outcome = UnknownRange::Outcome::kAbsent}}};
}

PublishedManifest some_manifest() {
  return {
      .log = LogId(0x0102030405060708),
      .former = PublishedFormer{.log = LogId(9), .ends = {Offset(7), Offset(8)}, .in = Offset(6)},
      .partition = {.partition = PartitionId(3),
                    .start = Offset(1),
                    .processed = Offset(20),
                    .end = Offset(21),
                    .log_digest = Digest(1, 2),
                    .processed_digest = Digest(3, 4),
                    .watermark = EventTime(Microseconds(-7)),
                    .window_full_from = ProcessingTime(Microseconds(8)),
                    .verdicts_from = Offset(9)},
      .complete_until = ProcessingTime(Microseconds(30)),
      .sources = {some_source(), SourceAudit()},
      .views = {some_view(), PublishedView()},
      .making = {{.view = "new.2", .error = "no", .records_done = 5, .records_total = 6}},
      .catalog = 2,
      .gaps = {{.source = "web",
                .devices = 1,
                .missing = 2,
                .open_tail = 3,
                .unbelieved_devices = 4,
                .unnumbered_devices = 5}},
      .missed = MissedDuplicates{.sample = 62'500,
                                 .awaited = 1,
                                 .before = {.asked = 2, .missed = 3, .unasked = 4},
                                 .hours = {{.begin = ProcessingTime(std::chrono::hours(5)),
                                            .tally = {.asked = 6, .missed = 7, .unasked = 8}}}},
      .collectors = {some_collector(), {.partition = PartitionId(3)}},

      .owner = "http://owner:8080"};
}

void expect_same(const PartitionAudit& left, const PartitionAudit& right) {
  EXPECT_EQ(left.partition, right.partition);
  EXPECT_EQ(left.start, right.start);
  EXPECT_EQ(left.processed, right.processed);
  EXPECT_EQ(left.end, right.end);
  EXPECT_EQ(left.log_digest, right.log_digest);
  EXPECT_EQ(left.processed_digest, right.processed_digest);
  EXPECT_EQ(left.watermark, right.watermark);
  EXPECT_EQ(left.window_full_from, right.window_full_from);
  EXPECT_EQ(left.verdicts_from, right.verdicts_from);
}

void expect_same(const SourceAudit& left, const SourceAudit& right) {
  EXPECT_EQ(left.source, right.source);
  EXPECT_EQ(left.received, right.received);
  EXPECT_EQ(left.unique, right.unique);
  EXPECT_EQ(left.newest_event, right.newest_event);
  EXPECT_EQ(left.newest_received, right.newest_received);
  EXPECT_EQ(left.non_number, right.non_number);
  EXPECT_EQ(left.received_digest, right.received_digest);
  EXPECT_EQ(left.counted_digest, right.counted_digest);
}

void expect_same(const PublishedView& left, const PublishedView& right) {
  EXPECT_EQ(left.account.view, right.account.view);
  EXPECT_EQ(left.account.unique, right.account.unique);
  EXPECT_EQ(left.account.earlier, right.account.earlier);
  EXPECT_EQ(left.account.filtered, right.account.filtered);
  EXPECT_EQ(left.account.matching, right.account.matching);
  EXPECT_EQ(left.account.counted, right.account.counted);
  EXPECT_EQ(left.account.expired, right.account.expired);
  EXPECT_EQ(left.account.without_key, right.account.without_key);
  EXPECT_EQ(left.living_from, right.living_from);
  EXPECT_EQ(left.settled_until, right.settled_until);
  EXPECT_EQ(left.complete_from, right.complete_from);
  EXPECT_EQ(left.is_sampled, right.is_sampled);
  EXPECT_EQ(left.in_cells, right.in_cells);
  EXPECT_EQ(left.kind_mismatches, right.kind_mismatches);
}

TEST(PublishedManifestTest, IsReadAsItWasWritten) {
  const PublishedManifest written = some_manifest();
  const auto read = decode_published(encode_published(written));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->log, written.log);
  EXPECT_EQ(read->former, written.former);
  expect_same(read->partition, written.partition);
  EXPECT_EQ(read->complete_until, written.complete_until);
  ASSERT_EQ(read->sources.size(), 2U);
  expect_same(read->sources[0], written.sources[0]);
  ASSERT_EQ(read->views.size(), 2U);
  expect_same(read->views[0], written.views[0]);
  expect_same(read->views[1], written.views[1]);
  ASSERT_EQ(read->gaps.size(), 1U);
  EXPECT_EQ(read->gaps[0].unnumbered_devices, 5U);
  EXPECT_EQ(read->making, written.making);
  EXPECT_EQ(read->catalog, 2U);
  EXPECT_EQ(read->missed, written.missed);
  EXPECT_EQ(read->collectors, written.collectors);
  EXPECT_EQ(read->owner, "http://owner:8080");
  EXPECT_EQ(encode_published(*read), encode_published(written));
}

TEST(PublishedManifestTest, OneOfTheVersionBeforeHasNoFormerLog) {
  PublishedManifest written = some_manifest();
  written.former.reset();
  std::string bytes = encode_published(written);
  bytes.pop_back();
  bytes[0] = 4;
  const auto read = decode_published(bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode_published(*read), encode_published(written));
}

TEST(PublishedManifestTest, OneOfTheVersionBeforeThatDoesNotSayItsLog) {
  PublishedManifest written = some_manifest();
  written.former.reset();
  written.log = kNoLog;
  std::string bytes = encode_published(written);
  bytes.resize(bytes.size() - 9);
  bytes[0] = 3;
  const auto read = decode_published(bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode_published(*read), encode_published(written));
}

TEST(PublishedManifestTest, OneOfTheOldestVersionHasNoViewsInTheMakingEither) {
  PublishedManifest written = some_manifest();
  written.former.reset();
  written.log = kNoLog;
  written.making.clear();
  written.catalog = 0;
  std::string bytes = encode_published(written);
  bytes.resize(bytes.size() - 17);
  bytes[0] = 2;
  const auto read = decode_published(bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode_published(*read), encode_published(written));
}

TEST(PublishedManifestTest, EveryOtherLengthIsDamage) {
  const std::string bytes = encode_published(some_manifest());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto read = decode_published(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt) << size;
  }
  EXPECT_FALSE(decode_published(bytes + '\0'));
}

TEST(PublishedManifestTest, AnotherVersionIsRefusedWithAWord) {
  std::string bytes = encode_published(some_manifest());
  bytes[0] = 9;
  const auto read = decode_published(bytes);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(read.error().message.find("version 9"), std::string::npos);
}

}  // namespace
}  // namespace hapax
