// SPDX-License-Identifier: Apache-2.0
#include "topology_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "published/published_manifest.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr ProcessingTime kNow{seconds(1'000)};
const std::string kUrl = "http://count1:8080";

PublishedPartition published(std::uint32_t partition, std::uint64_t processed) {
  PublishedManifest manifest;
  manifest.partition.partition = PartitionId(partition);
  manifest.partition.processed = Offset(processed);
  manifest.partition.watermark = EventTime(seconds(900));
  manifest.complete_until = ProcessingTime(seconds(980));
  manifest.sources.emplace_back().newest_received = 990'000'000;
  manifest.collectors = {{.partition = PartitionId(partition),
                          .collector = 0xab,
                          .reported_at = ProcessingTime(seconds(998)),
                          .clock = ProcessingTime(seconds(1'000)),
                          .oldest_unsettled = ProcessingTime(seconds(995))},
                         {.partition = PartitionId(partition),
                          .collector = 0xcd,
                          .state = CollectorAudit::State::kGone}};
  return {.version = 3, .manifest = encode_published(manifest)};
}

TopologyFacts facts_of(std::vector<PublishedPartition> published) {
  return {.now = kNow,
          .published = std::move(published),
          .event_ends = {Offset(10), Offset(20)},
          .claim_ends = {Offset(40)}};
}

TopologyFacts::Process process(const Json& events, const Json& claims = Json::array()) {
  return {.url = kUrl, .topology = Json{{"events", events}, {"claims", claims}}.dump()};
}

Json owned(std::uint32_t partition, std::uint64_t counted, std::uint64_t durable) {
  return {{"partition", partition},
          {"restored", true},
          {"counted", counted},
          {"durable", durable},
          {"state_bytes", 1U << 20U}};
}

TEST(TopologyReportTest, JudgesThatDoNotAgreeAreSaidBeforeAllElse) {
  TopologyFacts facts = facts_of({published(0, 7), published(1, 20)});
  Json one = owned(0, 8, 7);
  one["waits_for"] = "verdicts of claims partition 0";
  one["contradictions"] = 2;
  facts.processes.push_back(process(Json::array({one})));
  EXPECT_EQ(topology_of(facts).events[0].waits_for,
            "somebody who looks at the topic of verdicts: 2 differ from earlier ones");
}

TEST(TopologyReportTest, SaysWhoHasAPartitionAndHowFarBehindItIs) {
  TopologyFacts facts = facts_of({published(0, 7), published(1, 20)});
  Json slow = owned(0, 8, 7);
  slow["waits_for"] = "verdicts of claims partition 0";
  facts.processes.push_back(
      process(Json::array({slow, owned(1, 20, 20)}), Json::array({owned(0, 25, 25)})));
  const Topology topology = topology_of(facts);
  ASSERT_EQ(topology.events.size(), 2U);
  const PartitionPlace& behind = topology.events[0];
  EXPECT_EQ(behind.owner, kUrl);
  EXPECT_EQ(behind.lag_records(), 2U);
  EXPECT_EQ(behind.lag_seconds, 10.0);
  EXPECT_EQ(behind.waits_for, "verdicts of claims partition 0");
  EXPECT_EQ(behind.state_bytes, 1U << 20U);
  EXPECT_EQ(topology.events[1].lag_records(), 0U);
  EXPECT_EQ(topology.events[1].lag_seconds, 0.0) << "its newest event may be old";
  EXPECT_EQ(topology.events[1].waits_for, "");
  EXPECT_EQ(topology.claims[0].lag_records(), 15U);
  EXPECT_EQ(topology.claims[0].waits_for, "its turn: its process counts");
  EXPECT_TRUE(topology.troubles.empty());
}

TEST(TopologyReportTest, APartitionThatNobodyHasIsNamedAsIsHowFarItWasPublished) {
  const Topology topology = topology_of(facts_of({published(0, 7)}));
  EXPECT_EQ(topology.events[0].owner, "");
  EXPECT_EQ(topology.events[0].waits_for, "an owner");
  EXPECT_EQ(topology.events[0].lag_records(), 3U);
  EXPECT_EQ(topology.events[0].watermark, EventTime(seconds(900)));
  EXPECT_EQ(topology.events[1].lag_records(), std::nullopt) << "it has published nothing";
  EXPECT_EQ(topology.claims[0].waits_for, "an owner");
  const std::string text = topology_text(topology, kNow);
  EXPECT_THAT(text, HasSubstr("events      0 nobody"));
  EXPECT_THAT(text, HasSubstr("an owner"));
}

TEST(TopologyReportTest, WhatIsCountedWaitsToBeKeptAndToBePublished) {
  TopologyFacts facts = facts_of({published(0, 7), published(1, 7)});
  facts.processes.push_back(process(Json::array({owned(0, 10, 9), owned(1, 20, 20)})));
  const Topology topology = topology_of(facts);
  EXPECT_EQ(topology.events[0].waits_for, "its state to be kept");
  EXPECT_EQ(topology.events[1].waits_for, "PostgreSQL");
}

TEST(TopologyReportTest, AnErrorOfTheOwnerIsTheReason) {
  TopologyFacts facts = facts_of({published(0, 7), published(1, 7)});
  Json failing = owned(0, 7, 7);
  failing["error"] = "the object store does not answer";
  failing["waits_for"] = "its state";
  facts.processes.push_back(process(Json::array({failing})));
  EXPECT_EQ(topology_of(facts).events[0].waits_for, "the object store does not answer");
}

TEST(TopologyReportTest, OfTwoThatHaveAPartitionItIsTheOneThatHasItsState) {
  TopologyFacts facts = facts_of({published(0, 7), published(1, 7)});
  facts.processes.push_back(process(Json::array({owned(0, 9, 9)})));
  Json moved = owned(0, 0, 0);
  moved["restored"] = false;
  facts.processes.push_back(process(Json::array({moved})));
  facts.processes.back().url = "http://count2:8080";
  const Topology topology = topology_of(facts);
  EXPECT_EQ(topology.events[0].owner, kUrl);
  EXPECT_EQ(topology.events[0].counted, Offset(9));
}

TEST(TopologyReportTest, WhoPublishedLastIsAskedOnce) {
  const auto by = [](const std::string& owner) {
    PublishedManifest manifest;
    manifest.owner = owner;
    return PublishedPartition{.version = 1, .manifest = encode_published(manifest)};
  };
  EXPECT_THAT(owners_of(facts_of({by("http://b"),
                                  by("http://a"),
                                  by("http://b"),
                                  by(""),
                                  {.version = 1, .manifest = "not one"},
                                  {}})),
              ElementsAre("http://a", "http://b"));
  TopologyFacts unknown = facts_of({});
  unknown.published = Error{ErrorKind::kUnavailable, "no connection"};
  EXPECT_TRUE(owners_of(unknown).empty());
}

TEST(TopologyReportTest, JudgesThatStandByAreListedWithHowFarTheyAre) {
  TopologyFacts facts = facts_of({published(0, 7), published(1, 7)});
  Json judge = owned(0, 30, 0);
  Json topology_of_process{{"events", Json::array()}, {"claims", Json::array()}};
  topology_of_process["standbys"] = Json::array({judge});
  facts.processes.push_back({.url = kUrl, .topology = topology_of_process.dump()});
  const Topology topology = topology_of(facts);
  ASSERT_EQ(topology.standbys.size(), 1U);
  EXPECT_EQ(topology.standbys[0].owner, kUrl);
  EXPECT_EQ(topology.standbys[0].lag_records(), 10U);
  EXPECT_EQ(topology.claims[0].owner, "") << "who stands by owns nothing";
  EXPECT_THAT(topology_text(topology, kNow), HasSubstr("standby     0 " + kUrl));
}

TEST(TopologyReportTest, LiveCollectorsAreListedWithTheirClocks) {
  const Topology topology = topology_of(facts_of({published(0, 7), published(1, 7)}));
  ASSERT_EQ(topology.collectors.size(), 1U);
  EXPECT_THAT(topology_text(topology, kNow),
              HasSubstr("00000000000000ab       +2.000             2.0 1970-01-01T00:16:35"));
  const auto json = Json::parse(topology_json_of(topology));
  EXPECT_EQ(json.at("collectors").at(0).at("clock_off_seconds"), 2.0);
}

TEST(TopologyReportTest, WhoDoesNotAnswerIsNamedAndTheRestIsTold) {
  TopologyFacts facts = facts_of({});
  facts.published = Error{ErrorKind::kUnavailable, "no connection"};
  facts.processes.push_back({.url = kUrl, .topology = Error{ErrorKind::kUnavailable, "no answer"}});
  facts.processes.push_back({.url = "http://b", .topology = std::string("<html>")});
  const Topology topology = topology_of(facts);
  EXPECT_THAT(topology.troubles,
              ElementsAre("no connection", kUrl + ": no answer", HasSubstr("http://b: ")));
  EXPECT_EQ(topology.events.size(), 2U);
  EXPECT_THAT(topology_text(topology, kNow), HasSubstr("! no connection"));
}

TEST(TopologyReportTest, JsonHasEachPartition) {
  TopologyFacts facts = facts_of({published(0, 7), published(1, 7)});
  facts.processes.push_back(process(Json::array({owned(1, 12, 7)})));
  const auto json = Json::parse(topology_json_of(topology_of(facts)));
  EXPECT_TRUE(json.at("events").at(0).at("owner").is_null());
  const auto& one = json.at("events").at(1);
  EXPECT_EQ(one.at("owner"), kUrl);
  EXPECT_EQ(one.at("lag_records"), 8);
  EXPECT_EQ(one.at("published"), 7);
  EXPECT_EQ(one.at("watermark"), "1970-01-01T00:15:00.000Z");
  EXPECT_EQ(json.at("claims").size(), 1U);
}

}  // namespace
}  // namespace hapax
