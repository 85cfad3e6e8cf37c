// SPDX-License-Identifier: Apache-2.0
#include "audit/equations.hpp"

#include <gtest/gtest.h>

#include "testing/read_test_support.hpp"

namespace hapax {
namespace {

ViewAudit sound_view(const std::string& id) {
  return {.view = id,
          .unique = {7, Digest(7, 70)},
          .earlier = {1, Digest(1, 10)},
          .filtered = {2, Digest(2, 20)},
          .matching = {4, Digest(4, 40)},
          .counted = {2, Digest(2, 20)},
          .expired = {1, Digest(1, 10)},
          .without_key = {1, Digest(1, 10)}};
}

AuditReport sound_report() {
  SourceAudit web = make_test_source("web");
  web.received = 10;
  web.accepted = 9;
  web.rejected = 1;
  web.unique = 7;
  web.duplicate = 2;
  web.on_time = 6;
  web.late = 1;
  web.counted = 7;
  web.received_digest = Digest(10, 100);
  web.accepted_digest = Digest(9, 90);
  web.rejected_digest = Digest(1, 10);
  web.unique_digest = Digest(7, 70);
  web.duplicate_digest = Digest(2, 20);
  web.counted_digest = Digest(7, 70);
  PartitionAudit partition;
  partition.partition = PartitionId(3);
  partition.log_digest = Digest(10, 100);
  partition.processed_digest = Digest(10, 100);
  return {.sources = {web, make_test_source("ios")},
          .partitions = {partition},
          .views = {sound_view("names.1"), sound_view("users.2")}};
}

/// The texts of the equations that do not hold, with where.
std::string broken(const AuditReport& report) {
  std::string text;
  for (const auto& equation : check_books(report)) {
    text += equation.holds ? "" : equation.text + " [" + equation.where + "]";
  }
  EXPECT_EQ(text.empty(), balanced(check_books(report)));
  return text;
}

TEST(EquationsTest, HoldOnSoundBooks) {
  EXPECT_EQ(broken(sound_report()), "");
}

TEST(EquationsTest, ALossIsNamedWithItsSourceAndBothSides) {
  auto report = sound_report();
  --report.sources[0].rejected;
  EXPECT_EQ(broken(report), "received = accepted + rejected [web: 10 != 9]");
  report.sources[1].received = 1;
  EXPECT_EQ(broken(report), "received = accepted + rejected [web: 10 != 9; ios: 1 != 0]");
}

TEST(EquationsTest, ConflictsAndRestampedOnesAreDuplicates) {
  AuditReport report = sound_report();
  SourceAudit& web = report.sources[0];
  web.conflict = web.duplicate;
  EXPECT_EQ(broken(report), "");
  ++web.restamped;
  EXPECT_EQ(broken(report).substr(0, 33), "conflict + restamped <= duplicate");
}

TEST(EquationsTest, ALossAndADoubleDoNotCancelOut) {
  auto report = sound_report();
  report.sources[0].counted_digest = Digest(7, 71);
  EXPECT_EQ(broken(report).substr(0, 33), "digest(counted) = digest(unique) ");
}

TEST(EquationsTest, AViewThatLostAnEventIsNamed) {
  AuditReport report = sound_report();
  report.views[1].unique.count += 1;
  EXPECT_EQ(broken(report), "unique = earlier + filtered + matching [view users.2: 8 != 7]");
  report = sound_report();
  report.views[1].counted.count -= 1;
  EXPECT_EQ(broken(report), "matching = counted + expired + without_key [view users.2: 4 != 3]");
}

TEST(EquationsTest, AViewThatCountedOneEventInPlaceOfAnotherIsNamed) {
  AuditReport report = sound_report();
  report.views[0].matching.digest = Digest(4, 41);
  const std::string all = broken(report);
  EXPECT_NE(all.find("digest(unique) = digest(earlier) + digest(filtered) + digest(matching) "
                     "[view names.1: "),
            std::string::npos);
  EXPECT_NE(all.find("digest(matching) = digest(counted) + digest(expired) + digest(without_key) "
                     "[view names.1: "),
            std::string::npos);
}

TEST(EquationsTest, TheLogIsComparedByPartition) {
  auto report = sound_report();
  report.partitions[0].processed_digest = Digest(10, 101);
  EXPECT_NE(broken(report).find("digest(log) = digest(processed) [partition 3: "),
            std::string::npos);
}

CollectorAudit sound_collector(std::uint64_t collector) {
  return {.partition = PartitionId(2),
          .collector = collector,
          .figures = {.settled = 5,
                      .acknowledged = 3,
                      .arrived = 4,
                      .arrived_unknown = 1,
                      .marked_acknowledged = {2, Digest(2, 20)},
                      .marked_unknown = {1, Digest(1, 10)},
                      .marked_arrived = {3, Digest(3, 30)},
                      .behind = 9,
                      .unreported = 7}};
}

TEST(EquationsTest, WithoutCollectorsNothingIsSaidOfThem) {
  AuditReport report = sound_report();
  const std::size_t of_events = check_books(report).size();
  report.collectors = {sound_collector(1), sound_collector(0xab)};
  EXPECT_EQ(check_books(report).size(), of_events + 3);
  EXPECT_EQ(broken(report), "");
}

TEST(EquationsTest, AnAcknowledgedRecordThatIsNotThereIsNamedWithItsCollectorAndPartition) {
  AuditReport report = sound_report();
  report.collectors = {sound_collector(1), sound_collector(0xab)};
  --report.collectors[1].figures.arrived;
  EXPECT_EQ(broken(report),
            "arrived = acknowledged + unknown that arrived "
            "[collector 00000000000000ab in partition 2: 3 != 4]");
}

TEST(EquationsTest, AnotherRecordInItsPlaceIsSeen) {
  AuditReport report = sound_report();
  report.collectors = {sound_collector(1)};
  report.collectors[0].figures.marked_arrived.digest = Digest(3, 31);
  EXPECT_NE(broken(report).find("digest(arrived) = digest(acknowledged) + digest(unknown that "
                                "arrived) [collector 0000000000000001 in partition 2: "),
            std::string::npos);
}

TEST(EquationsTest, WhatTheOrderOfATopicExcludesIsAnAlarm) {
  AuditReport report = sound_report();
  report.collectors = {sound_collector(0)};
  report.collectors[0].state = CollectorAudit::State::kLeft;
  report.collectors[0].figures.out_of_order = 1;
  EXPECT_EQ(broken(report),
            "out of order + repeated = 0 [of those that are left in partition 2: 1 != 0]");
  report.collectors[0].figures = {.repeated = 2};
  EXPECT_NE(broken(report), "");
}

}  // namespace
}  // namespace hapax
