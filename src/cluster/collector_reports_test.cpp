// SPDX-License-Identifier: Apache-2.0
#include "cluster/collector_reports.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hapax {
namespace {

constexpr CollectorId kOne{1};
constexpr CollectorId kTwo{2};

ProcessingTime at(std::uint64_t second) {
  return ProcessingTime(std::chrono::seconds(second));
}

CollectorReport report(CollectorId collector, std::uint64_t settled) {
  return {.collector = collector,
          .accounts = {{.settled = settled, .settled_end = Offset(10 * settled)}, {}}};
}

class CollectorReportsTest : public testing::Test {
 protected:
  void apply(const ControlNote& note) {
    reports_.apply(note, Offset(next_), at(next_));
    ++next_;
  }
  /// "joined 1, report 7, ...", with where it stands.
  std::string since(std::uint64_t from) const {
    std::string text;
    for (const auto& [offset, heard] : reports_.since(Offset(from))) {
      text += std::to_string(offset.value());
      if (const auto* joined = std::get_if<CollectorJoined>(&heard.note)) {
        text += " joined " + std::to_string(joined->collector.value());
      } else if (const auto* report = std::get_if<CollectorReport>(&heard.note)) {
        text += " report " + std::to_string(report->accounts[0].settled);
      } else if (const auto* gone = std::get_if<CollectorGone>(&heard.note)) {
        text += (gone->by_itself ? " left " : " gone ") + std::to_string(gone->collector.value());
      }
      EXPECT_EQ(heard.appended_at, at(offset.value()));
      text += ", ";
    }
    return text;
  }

  CollectorReports reports_;
  std::uint64_t next_ = 0;
};

TEST_F(CollectorReportsTest, AReportThatIsAppendedAgainTakesNothingBack) {
  apply(CollectorJoined{kOne});
  apply(report(kOne, 5));
  apply(report(kOne, 7));
  apply(report(kOne, 5));
  ASSERT_NE(reports_.of(kOne), nullptr);
  EXPECT_EQ(reports_.of(kOne)->report.accounts[0].settled, 7U);
  EXPECT_EQ(reports_.of(kOne)->reported.appended_at, at(2));
  EXPECT_EQ(reports_.of(kOne)->count, 3U);
  EXPECT_EQ(reports_.settled_end(PartitionId(0)), Offset(70));
  EXPECT_EQ(reports_.settled_end(PartitionId(1)), Offset(0));
  EXPECT_EQ(reports_.settled_end(PartitionId(2)), Offset(0));
}

TEST_F(CollectorReportsTest, TellsWhatIsLeftOfTheNotes) {
  apply(CollectorJoined{kOne});
  apply(CollectorJoined{kTwo});
  apply(report(kOne, 5));
  apply(report(kTwo, 6));
  apply(report(kOne, 7));
  apply(CollectorGone{.collector = kTwo});
  apply(report(kTwo, 8));
  apply(CollectorGone{.collector = kTwo, .by_itself = true});
  EXPECT_EQ(since(0), "0 joined 1, 1 joined 2, 4 report 7, 5 gone 2, 6 report 8, 7 left 2, ");
  EXPECT_EQ(since(1), "1 joined 2, 4 report 7, 5 gone 2, 6 report 8, 7 left 2, ");
  EXPECT_EQ(since(5), "5 gone 2, 6 report 8, 7 left 2, ");
  EXPECT_EQ(since(8), "");
}

TEST_F(CollectorReportsTest, OfThoseThatAreGoneTheNewestAreKept) {
  apply(CollectorJoined{CollectorId(0)});
  for (std::uint64_t id = 1; id <= CollectorReports::kGoneMax + 1; ++id) {
    apply(CollectorJoined{CollectorId(id)});
    apply(CollectorGone{.collector = CollectorId(id)});
  }
  EXPECT_NE(reports_.of(CollectorId(0)), nullptr) << "it is there";
  EXPECT_EQ(reports_.of(CollectorId(1)), nullptr);
  EXPECT_NE(reports_.of(CollectorId(2)), nullptr);
  apply(report(CollectorId(1), 9));
  EXPECT_EQ(reports_.of(CollectorId(1)), nullptr);
  EXPECT_EQ(reports_.settled_end(PartitionId(0)), Offset(90)) << "what it has settled counts";
}

}  // namespace
}  // namespace hapax
