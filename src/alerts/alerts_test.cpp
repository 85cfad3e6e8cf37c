// SPDX-License-Identifier: Apache-2.0
#include "alerts/alerts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "testing/fake_alerts.hpp"

namespace hapax {
namespace {

using namespace std::chrono_literals;  // NOLINT
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What webhooks were told, in order: "firing", "resolved" ...
std::vector<std::string> told(const FakeAlerts& world) {
  std::vector<std::string> states;
  for (const WebhookPost& post : world.notifier.posts) {
    states.push_back(nlohmann::json::parse(post.body).at("state"));
  }
  return states;
}
std::string delivery(const WebhookPost& post) {
  return nlohmann::json::parse(post.body).at("delivery");
}

TEST(AlertsTest, TellsOnceThatItFiresAndOnceThatItIsOver) {
  FakeAlerts world;
  world.put("a");
  world.look(5);
  EXPECT_EQ(world.state(), AlertState::kOk);
  EXPECT_THAT(told(world), IsEmpty());
  world.look(11);
  world.look(12);
  EXPECT_EQ(world.state(), AlertState::kFiring);
  EXPECT_THAT(told(world), ElementsAre("firing"));
  world.look(10);
  world.look(9);
  EXPECT_EQ(world.state(), AlertState::kOk);
  EXPECT_THAT(told(world), ElementsAre("firing", "resolved"));
  EXPECT_EQ(world.alerts->stats().delivered, 2U);
}

TEST(AlertsTest, ItIsFoundSoOftenInARow) {
  FakeAlerts world;
  world.put("a", R"(,"for":3)");
  for (const double value : {11, 11, 9, 11, 11}) {
    world.look(value);
  }
  EXPECT_EQ(world.state(), AlertState::kOk);
  world.look(11);
  EXPECT_EQ(world.state(), AlertState::kFiring);
}

TEST(AlertsTest, WhatNobodyKnowsIsNeitherGoodNorBad) {
  FakeAlerts world;
  world.put("a", R"(,"for":2)");
  EXPECT_EQ(world.state(), AlertState::kUnknown);
  world.look(11);
  world.found = Error{ErrorKind::kUnavailable, "the view is being made"};
  world.look();
  EXPECT_EQ(world.state(), AlertState::kUnknown);
  EXPECT_EQ(world.entry().status.reason, "the view is being made");
  EXPECT_EQ(world.alerts->stats().unknown, 1U);
  world.look(11);
  EXPECT_EQ(world.state(), AlertState::kOk) << "it is not in a row";
  world.look(11);
  world.found = Error{ErrorKind::kUnavailable, "gone"};
  world.look();
  EXPECT_EQ(world.alerts->stats().firing, 1U) << "nobody knows that it is over";
  world.look(1);
  EXPECT_THAT(told(world), ElementsAre("firing", "resolved"));
}

TEST(AlertsTest, IsToldAgainAsOftenAsTheRuleSays) {
  FakeAlerts world;
  world.put("a", R"(,"repeat":"1h")");
  world.look(11);
  world.clock.advance(59min);
  world.look(11);
  EXPECT_EQ(world.notifier.posts.size(), 1U);
  world.clock.advance(1min);
  world.look(11);
  world.look(11);
  ASSERT_EQ(world.notifier.posts.size(), 2U);
  EXPECT_NE(delivery(world.notifier.posts[0]), delivery(world.notifier.posts[1]));
}

TEST(AlertsTest, AStartTellsNothingTwice) {
  FakeAlerts world;
  world.put("a");
  world.look(11);
  const auto since = world.entry().status.firing->since;
  world.clock.advance(1h);
  world.open();
  EXPECT_EQ(world.alerts->stats().firing, 1U);
  world.look(11);
  EXPECT_THAT(told(world), ElementsAre("firing"));
  EXPECT_EQ(world.entry().status.firing->since, since);
  world.look(1);
  EXPECT_THAT(told(world), ElementsAre("firing", "resolved"));
}

TEST(AlertsTest, WhatWasNotDeliveredIsAfterAStart) {
  FakeAlerts world;
  world.put("a");
  world.notifier.error = Error{ErrorKind::kUnavailable, "connection refused"};
  world.look(11);
  EXPECT_EQ(world.entry().status.deliveries[0]->error, "connection refused");
  world.notifier.error.reset();
  world.open();
  world.alerts->deliver();
  ASSERT_EQ(world.notifier.posts.size(), 2U);
  EXPECT_EQ(delivery(world.notifier.posts[0]), delivery(world.notifier.posts[1]));
  EXPECT_EQ(world.entry().status.deliveries[0]->state, DeliveryState::kDelivered);
}

TEST(AlertsTest, IsStoredBeforeAnybodyIsTold) {
  FakeAlerts world;
  world.put("a");
  world.put("b");
  DiskImage disk;
  world.notifier.before = [&] { disk = world.disk.crash(world.disk.trace().size(), 0); };
  world.before_answer = [&] {  // What the other thread does between two rules.
    if (world.looks == 2) {
      world.alerts->deliver();
    }
  };
  world.found = Reading(11);
  world.alerts->evaluate();
  ASSERT_EQ(world.notifier.posts.size(), 1U);
  const FakeAlerts after(disk);
  EXPECT_EQ(after.alerts->stats().firing, 1U);
}

TEST(AlertsTest, IsToldThoughItCannotBeStored) {
  FakeAlerts world;
  world.put("a");
  world.disk.before_op([](const DiskOp&) { return Error{ErrorKind::kExhausted, "disk full"}; });
  world.look(11);
  EXPECT_THAT(told(world), ElementsAre("firing"));
  world.disk.before_op({});
  world.look(11);
  world.open();
  world.look(11);
  EXPECT_THAT(told(world), ElementsAre("firing")) << "it is stored once that can be done";
}

TEST(AlertsTest, TriesAgainEverMoreSeldomAndGivesUp) {
  FakeAlerts world;
  world.put("a");
  world.notifier.error = Error{ErrorKind::kUnavailable, "it answered 503"};
  world.look(11);
  auto wait = world.alerts->deliver();
  ASSERT_TRUE(wait);
  EXPECT_EQ(*wait, 1s);
  world.clock.advance(999ms);
  world.alerts->deliver();
  EXPECT_EQ(world.notifier.posts.size(), 1U) << "it is not due yet";
  std::chrono::nanoseconds all = 999ms;
  while ((wait = world.alerts->deliver())) {
    EXPECT_LE(*wait, 5min);
    world.clock.advance(*wait);
    all += *wait;
  }
  EXPECT_EQ(world.notifier.posts.size(), 20U);
  EXPECT_GT(all, 50min);
  EXPECT_EQ(world.entry().status.deliveries[0]->state, DeliveryState::kGaveUp);
  EXPECT_EQ(world.alerts->stats().gave_up, 1U);
  EXPECT_EQ(world.alerts->stats().failed, 20U);
}

TEST(AlertsTest, NewsTakeThePlaceOfWhatWaits) {
  FakeAlerts world;
  world.put("a");
  world.notifier.error = Error{ErrorKind::kUnavailable, "down"};
  world.look(11);
  world.found = Reading(1);
  world.alerts->evaluate();
  world.notifier.error.reset();
  world.alerts->deliver();
  EXPECT_THAT(told(world), ElementsAre("firing", "resolved"));
  EXPECT_EQ(world.alerts->stats().superseded, 1U);
  EXPECT_FALSE(world.alerts->deliver());
}

TEST(AlertsTest, NewsThatComeWhileSomethingIsBeingToldAreToldToo) {
  FakeAlerts world;
  world.put("a");
  world.notifier.before = [&] {
    if (world.notifier.posts.size() == 1) {
      world.found = Reading(1);
      world.alerts->evaluate();
    }
  };
  world.look(11);
  EXPECT_THAT(told(world), ElementsAre("firing", "resolved"));
}

TEST(AlertsTest, ARuleThatIsDroppedFiresNoMore) {
  FakeAlerts world;
  world.put("a");
  world.look(11);
  ASSERT_TRUE(world.alerts->remove("a", {}));
  EXPECT_EQ(world.alerts->stats().firing, 0U);
  world.look(11);
  EXPECT_EQ(world.notifier.posts.size(), 1U);
  const auto report = world.alerts->report();
  ASSERT_EQ(report.firings.size(), 1U);
  EXPECT_TRUE(report.firings[0].is_dropped);
  EXPECT_TRUE(report.firings[0].until.has_value());
}

TEST(AlertsTest, ALookThatBeganBeforeTheRuleChangedFindsNothing) {
  FakeAlerts world;
  world.put("a");
  world.before_answer = [&] { world.put("a", R"(,"for":3)"); };
  world.look(11);
  EXPECT_EQ(world.state(), AlertState::kUnknown);
  world.before_answer = [&] { ASSERT_TRUE(world.alerts->remove("a", {})); };
  world.look(11);
  EXPECT_THAT(world.alerts->report().firings, IsEmpty());
  EXPECT_THAT(told(world), IsEmpty());
}

TEST(AlertsTest, WhatWasNeverTriedIsToldBeforeWhatFailed) {
  FakeAlerts world;
  world.put("a");
  world.notifier.error = Error{ErrorKind::kUnavailable, "down"};
  world.look(11);
  world.clock.advance(1s);  // It is due again.
  world.put("b");
  world.clock.advance(1s);
  world.look(11);
  ASSERT_EQ(world.notifier.posts.size(), 3U);
  EXPECT_THAT(world.notifier.posts[1].body, HasSubstr(R"("alert":"b")"));
  EXPECT_THAT(world.notifier.posts[2].body, HasSubstr(R"("alert":"a")"));
}

TEST(AlertsTest, TheLastFiringsAreKept) {
  FakeAlerts world;
  world.put("a");
  for (int i = 0; i < 103; ++i) {
    world.look(11);
    world.clock.advance(1min);
    world.look(1);
  }
  world.open();
  const auto firings = world.alerts->report().firings;
  ASSERT_EQ(firings.size(), 100U);
  EXPECT_EQ(firings.front().until, world.clock.now());
  EXPECT_EQ(*firings.front().until - firings.front().since, 1min);
  EXPECT_GT(firings.front().since, firings.back().since);
}

TEST(AlertsTest, MailAndWebhookGoTheirOwnWays) {
  FakeAlerts world;
  world.put("a", R"(,"email":["ops@example.com"])");
  world.look(11);
  ASSERT_EQ(world.notifier.mails.size(), 1U);
  EXPECT_THAT(world.notifier.mails[0].to, ElementsAre("ops@example.com"));
  EXPECT_EQ(world.notifier.mails[0].from, "hapax@example.com");
  EXPECT_EQ(world.notifier.posts.size(), 1U);
}

TEST(AlertsTest, AWebhookWithoutASecretGetsOneAndKeepsIt) {
  FakeAlerts world;
  world.put("a");
  const auto made = world.alerts->rule_of("a")->webhook_secret;
  EXPECT_EQ(made.size(), 32U);
  world.put("a", R"(,"for":2)");
  EXPECT_EQ(world.alerts->rule_of("a")->webhook_secret, made);
}

TEST(AlertsTest, ATestTellsNowAndSaysWhatCameOfIt) {
  FakeAlerts world;
  world.put("a", R"(,"email":["ops@example.com"])");
  world.notifier.error = Error{ErrorKind::kUnavailable, "it answered 500"};
  const auto tested = world.alerts->test("a", *world.alerts->rule_of("a"), {});
  ASSERT_EQ(tested.size(), 2U);
  EXPECT_EQ(tested[0].error, "it answered 500");
  EXPECT_THAT(told(world), ElementsAre("test"));
  EXPECT_FALSE(world.alerts->deliver()) << "a test is not tried again";
}

TEST(AlertsTest, AJournalThatIsDamagedIsSaidAndBegunAnew) {
  FakeAlerts world;
  world.put("a");
  world.look(11);
  std::string content = world.disk.content("alerts/journal");
  content.back() ^= 1;
  world.disk.set_content("alerts/journal", content);
  world.open();
  EXPECT_THAT(world.alerts->damage(), HasSubstr("checksum"));
  world.look(11);
  EXPECT_THAT(told(world), ElementsAre("firing", "firing"));
}

TEST(AlertsTest, OneRuleThatCannotBeReadHoldsUpNoOther) {
  FakeAlerts world;
  world.put("a");
  world.put("b");
  world.disk.set_content("alerts/a.json", "damaged");
  world.open();
  world.look(11);
  EXPECT_EQ(world.looks, 1);
  EXPECT_THAT(world.entry(0).error, HasSubstr("alerts/a.json"));
  EXPECT_EQ(world.entry(1).status.state, AlertState::kFiring);
}

}  // namespace
}  // namespace hapax
