// SPDX-License-Identifier: Apache-2.0
#include "read/audit_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "testing/read_test_support.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;

TEST(AuditJsonTest, ShowsTheBooksWithWhatBreaksThem) {
  AuditReport report;
  report.sources.push_back(make_test_source("web"));
  report.sources[0].received = 2;
  report.sources[0].accepted = 1;
  const auto json = Json::parse(to_json(report, {}, {}));
  EXPECT_FALSE(json.at("balanced"));
  EXPECT_EQ(json.at("equations").at(0).at("where"), "web: 2 != 1");
  EXPECT_EQ(json.at("sources").at(0).at("digest").at("received"), std::string(32, '0'));
  EXPECT_TRUE(json.at("sources").at(0).at("newest_event").is_null());
  EXPECT_TRUE(json.at("refused").empty());
}

TEST(AuditJsonTest, ShowsTheAccountOfEachView) {
  AuditReport report;
  report.views.push_back({.view = "names.1", .unique = {2, Digest(1, 1)}, .filtered = {1, {}}});
  const auto json = Json::parse(to_json(report, {}, {}));
  EXPECT_FALSE(json.at("balanced"));
  const auto& view = json.at("views").at(0);
  EXPECT_EQ(view.at("view"), "names.1");
  EXPECT_EQ(view.at("unique"), 2);
  EXPECT_EQ(view.at("filtered"), 1);
  EXPECT_EQ(view.at("digest").at("unique"), to_hex(Digest(1, 1)));
}

TEST(AuditJsonTest, ShowsWhatWasRefusedBesideTheBooks) {
  const std::vector<RefusedByCode> refused{
      {.source = "web", .code = "invalid_json", .requests = 2, .bytes = 300}};
  const auto json = Json::parse(to_json(AuditReport{}, refused, {}));
  EXPECT_TRUE(json.at("balanced"));
  EXPECT_EQ(json.at("refused"), Json::parse(R"([{"source":"web","code":"invalid_json",
                                                 "requests":2,"bytes":300}])"));
}

TEST(AuditJsonTest, ShowsWhatIdsInEachPartitionAloneMiss) {
  AuditReport report;
  EXPECT_FALSE(Json::parse(to_json(report, {}, {})).contains("missed_duplicates"));
  report.missed = {.sample = MissedDuplicates::kWhole / 16, .awaited = 3};
  report.missed->before = {.asked = 10, .missed = 1};
  report.missed->at(ProcessingTime(std::chrono::hours(1))) = {.asked = 20, .missed = 2};
  EXPECT_EQ(Json::parse(to_json(report, {}, {})).at("missed_duplicates"),
            Json::parse(R"({"asked":30,"missed":3,"unasked":0,"estimate":48,"sample":0.0625,
                            "awaited":3,
                            "before":{"asked":10,"missed":1,"unasked":0,"estimate":16},
                            "hours":[{"hour":"1970-01-01T01:00:00.000Z","asked":20,"missed":2,
                                      "unasked":0,"estimate":32}]})"));
}

CollectorAudit collector_in(std::uint32_t partition) {
  CollectorAudit audit{.partition = PartitionId(partition), .collector = 0xab};
  audit.reported_at = ProcessingTime(std::chrono::seconds(partition));
  audit.clock = ProcessingTime(std::chrono::seconds(2 * partition));
  audit.figures = {.settled = 5, .acknowledged = 3, .arrived = 4, .arrived_unknown = 1};
  audit.figures.present = 1;
  audit.figures.absent = 1;
  return audit;
}

TEST(AuditJsonTest, AddsACollectorUpOverPartitions) {
  AuditReport report;
  report.collectors = {collector_in(1), collector_in(2)};
  report.collectors[1].state = CollectorAudit::State::kGone;
  report.collectors[1].unknown = {
      {.first = 4, .last = 5, .outcome = UnknownRange::Outcome::kAbsent}};
  const auto json = Json::parse(to_json(report, {}, {}));
  EXPECT_TRUE(json.at("balanced"));
  ASSERT_EQ(json.at("collectors").size(), 1U);
  const auto& one = json.at("collectors").at(0);
  EXPECT_EQ(one.at("collector"), "00000000000000ab");
  EXPECT_EQ(one.at("state"), "gone") << "one partition has heard it";
  EXPECT_TRUE(one.at("equal"));
  EXPECT_EQ(one.at("partitions"), 2);
  EXPECT_EQ(one.at("acknowledged"), 6);
  EXPECT_EQ(one.at("arrived"), 8);
  EXPECT_EQ(one.at("clock_off_seconds"), 2.0) << "of the newest report";
  EXPECT_TRUE(one.at("joined_at").is_null());
  EXPECT_EQ(one.at("unknown"), Json::parse(R"({"present":2,"absent":2,"open":0,"ranges":[
      {"partition":2,"first":4,"last":5,"outcome":"absent"}]})"));
}

TEST(AuditJsonTest, ALossInOnePartitionAndADoubleInAnotherAreNotEqual) {
  AuditReport report;
  report.collectors = {collector_in(1), collector_in(2)};
  --report.collectors[0].figures.arrived;
  ++report.collectors[1].figures.arrived;
  const auto json = Json::parse(to_json(report, {}, {}));
  EXPECT_FALSE(json.at("balanced"));
  EXPECT_FALSE(json.at("collectors").at(0).at("equal"));
}

TEST(AuditJsonTest, LivesThatAreSummedUpHaveNoName) {
  AuditReport report;
  for (std::uint32_t partition = 0; partition < 2; ++partition) {
    report.collectors.push_back({.partition = PartitionId(partition),
                                 .lives = 3 + partition,
                                 .state = CollectorAudit::State::kLeft,
                                 .figures = {.acknowledged = 5, .arrived = 5}});
  }
  const auto json = Json::parse(to_json(report, {}, {}));
  ASSERT_EQ(json.at("collectors").size(), 1U);
  EXPECT_TRUE(json.at("collectors").at(0).at("collector").is_null());
  EXPECT_EQ(json.at("collectors").at(0).at("state"), "left");
  EXPECT_EQ(json.at("collectors").at(0).at("lives"), 4);
  EXPECT_EQ(json.at("collectors").at(0).at("arrived"), 10);
}

}  // namespace
}  // namespace hapax
