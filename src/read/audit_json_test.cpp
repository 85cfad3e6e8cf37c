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
                            "hours":[{"hour":"1970-01-01T01:00:00.000000Z","asked":20,"missed":2,
                                      "unasked":0,"estimate":32}]})"));
}

}  // namespace
}  // namespace hapax
