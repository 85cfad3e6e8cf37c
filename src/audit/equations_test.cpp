// SPDX-License-Identifier: Apache-2.0
#include "audit/equations.hpp"

#include <gtest/gtest.h>

#include "testing/read_test_support.hpp"

namespace hapax {
namespace {

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
  return {.sources = {web, make_test_source("ios")}, .partitions = {partition}};
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

TEST(EquationsTest, TheLogIsComparedByPartition) {
  auto report = sound_report();
  report.partitions[0].processed_digest = Digest(10, 101);
  EXPECT_NE(broken(report).find("digest(log) = digest(processed) [partition 3: "),
            std::string::npos);
}

}  // namespace
}  // namespace hapax
