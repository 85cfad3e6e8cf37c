// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "cluster/claim.hpp"
#include "cluster/control_note.hpp"
#include "cluster/control_state.hpp"
#include "cluster/manifest.hpp"
#include "cluster/record_header.hpp"
#include "hash/hash.hpp"

namespace hapax {
namespace {

const ClaimBlock kBlock{.partition = PartitionId(3),
                        .claims = {{.offset = Offset(7),
                                    .seen = {.id = {.low = 1, .high = 2}, .content = 3},
                                    .span = {.from = ProcessingTime(Microseconds(4)),
                                             .to = ProcessingTime(Microseconds(5))},
                                    .floor = ProcessingTime(Microseconds(-6))}}};
const SettledMark kMark{.partition = PartitionId(1),
                        .counted = Offset(2),
                        .time = ProcessingTime(Microseconds(3)),
                        .floor = ProcessingTime::min()};
const ClusterSettings kSettings{.epoch = SettingsEpoch(3),
                                .dedup_window = Microseconds(4),
                                .dedup_scope = DedupScope::kPartition,
                                .missed_sample = 62'500,
                                .out_of_order_bound = Microseconds(5),
                                .idle_timeout = Microseconds(6),
                                .key_id = 7,
                                .event_partitions = 8,
                                .claim_partitions = 9,
                                .views = "{}",
                                .events_topic = "t"};

const CollectorReport kReport{
    .collector = CollectorId(9),
    .oldest_unsettled = ProcessingTime(Microseconds(8)),
    .accounts = {
        {.settled = 7,
         .settled_end = Offset(6),
         .acknowledged = {.count = 4, .digest = Digest(3, 2)},
         .mark = 5,
         .acknowledged_at_mark = {.count = 3, .digest = Digest(2, 1)},
         .unknown = {{.sequence = 1, .id = {.low = 2, .high = 3}, .resolved_at = Offset(4)}}},
        {}}};

/// Every shorter text is told, and so is a longer one.
template <typename Decode>
void expect_only(const std::string& bytes, Decode decode) {
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(decode(bytes + '\0').has_value());
}

TEST(ClusterFormatTest, ClaimsAreReadAsTheyWereWritten) {
  EXPECT_EQ(decode_claims(encode_claims(kBlock)).value(), ClaimRecord(kBlock));
  EXPECT_EQ(decode_claims(encode_claims(kMark)).value(), ClaimRecord(kMark));
  expect_only(encode_claims(kBlock), decode_claims);
  expect_only(encode_claims(kMark), decode_claims);
}

TEST(ClusterFormatTest, VerdictsAreReadAsTheyWereWritten) {
  const VerdictBlock block{
      .partition = PartitionId(1),
      .decided = {{Offset(1), Verdict::kUnique}, {Offset(9), Verdict::kConflict}}};
  EXPECT_EQ(decode_verdicts(encode_verdicts(block)).value(), block);
  expect_only(encode_verdicts(block), decode_verdicts);
}

TEST(ClusterFormatTest, AVerdictThatThereIsNotIsRefused) {
  std::string bytes =
      encode_verdicts({.partition = PartitionId(1), .decided = {{Offset(1), Verdict::kControl}}});
  bytes.back() = static_cast<char>(kVerdictLast + 1);
  EXPECT_FALSE(decode_verdicts(bytes).has_value());
}

TEST(ClusterFormatTest, NotesAreReadAsTheyWereWritten) {
  ClusterSettings grown = kSettings;
  grown.migrated = MigratedLog{.log = {LogId(10), {Offset(11)}, {Offset(12), Offset(13)}},
                               .is_done = true,
                               .complete_from = ProcessingTime(Microseconds(14))};
  for (const ControlNote& note :
       {ControlNote(CollectorJoined{CollectorId(5)}), ControlNote(kReport), ControlNote(kSettings),
        ControlNote(grown),
        ControlNote(CollectorGone{.collector = CollectorId(6), .by_itself = true}),
        ControlNote(
            SnapshotPart{.as_of = Offset(5), .nonce = 6, .index = 1, .count = 2, .bytes = "b"})}) {
    EXPECT_EQ(decode_note(encode_note(note)).value(), note);
    expect_only(encode_note(note), decode_note);
  }
}

ControlState some_state() {
  ControlState state(kFirstSettings);
  const auto at = [](int second) { return ProcessingTime(std::chrono::seconds(second)); };
  ClusterSettings settings = kSettings;
  settings.epoch = SettingsEpoch(1);
  state.apply(settings, Offset(1), at(1));
  for (const std::uint64_t id : {8, 9, 10}) {
    state.apply(CollectorJoined{CollectorId(id)}, Offset(id), at(2));
  }
  state.apply(kReport, Offset(20), at(3));
  state.apply(CollectorGone{.collector = CollectorId(8), .by_itself = true}, Offset(21), at(4));
  return state;
}

TEST(ClusterFormatTest, WhatNotesComeToIsReadAsItWasWritten) {
  const std::string bytes = some_state().encode();
  const auto read = [](std::string_view text) -> Result<std::string> {
    ControlState state(kFirstSettings);
    HAPAX_TRY(state.restore(text));
    return state.encode();
  };
  EXPECT_EQ(read(bytes).value(), bytes);
  expect_only(bytes, read);
}

/// A change of the format raises its version.
TEST(ClusterFormatTest, TheBytesOfASnapshotStayTheSame) {
  const std::string bytes = some_state().encode();
  EXPECT_EQ(bytes.front(), 1);
  EXPECT_EQ(bytes.size(), 723U);
  EXPECT_EQ(hash64(bytes), 11660253893396824852U);
}

TEST(ClusterFormatTest, AScopeOfDedupThatThereIsNotIsRefused) {
  ClusterSettings settings = kSettings;
  settings.dedup_scope = static_cast<DedupScope>(3);
  EXPECT_FALSE(decode_note(encode_note(settings)).has_value());
}

TEST(ClusterFormatTest, HeadersAreReadAsTheyWereWritten) {
  const RecordHeader header{.kind = RecordHeader::Kind::kFence,
                            .collector = CollectorId(5),
                            .sequence = 6,
                            .epoch = SettingsEpoch(7)};
  EXPECT_EQ(decode_header(encode_header(header)).value(), header);
  expect_only(encode_header(header), decode_header);
}

TEST(ClusterFormatTest, ManifestsAreReadAsTheyWereWritten) {
  const Manifest manifest{.number = 1,
                          .epoch = 2,
                          .nonce = 3,
                          .is_stub = false,
                          .stubs_below = 4,
                          .files = {"a", "b"},
                          .payload = "p",
                          .topics = {"t", "u"}};
  EXPECT_EQ(decode_manifest(encode_manifest(manifest)).value(), manifest);
  expect_only(encode_manifest(manifest), decode_manifest);
}

TEST(ClusterFormatTest, AManifestOfANewerProgramIsRefusedWithAWord) {
  std::string bytes = encode_manifest({});
  ++bytes.front();
  EXPECT_NE(decode_manifest(bytes).error().text().find("newer Hapax"), std::string::npos);
}

}  // namespace
}  // namespace hapax
