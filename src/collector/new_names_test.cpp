// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "collector/collector_test_support.hpp"

namespace hapax {
namespace {

/// Admits what a test says, and remembers what it was asked.
class ListedNames final : public NameLimit {
 public:
  bool admit(std::string_view source, std::string_view name, ProcessingTime received_at) override {
    asked.push_back(std::string(source) + "/" + std::string(name));
    times.insert(received_at);
    return refused.count(std::string(name)) == 0;
  }
  NameLimitStats stats() const override { return {}; }

  std::set<std::string> refused;
  std::vector<std::string> asked;
  std::set<ProcessingTime> times;
};

class NewNamesTest : public CollectorHarness {
 protected:
  NewNamesTest() { names = &listed_; }
  ListedNames listed_;
};

std::string track(const std::string& name) {
  return R"({"type":"track","userId":"u","event":")" + name + R"("})";
}

TEST_F(NewNamesTest, ANameBeyondTheLimitCostsItsEventAndNoOther) {
  listed_.refused = {"b"};
  const auto answer = post("/v1/batch", R"({"writeKey":"web","batch":[)" + track("a") + "," +
                                            track("b") + "," + track("c") + "]}");
  EXPECT_EQ(answer.status, 200);
  const auto json = json_of(answer);
  EXPECT_EQ(json.at("accepted"), 2);
  EXPECT_EQ(json.at("rejected"), 1);
  EXPECT_EQ(json.at("errors").at(0).at("index"), 1);
  EXPECT_EQ(json.at("errors").at(0).at("code"), "too_many_names");
  std::set<std::string> names;
  for (const EventView& event : stored()) {
    if (event.rejection) {
      EXPECT_EQ(event.rejection->code, "too_many_names");
      EXPECT_EQ(event.rejection->original, track("b"));
    } else {
      names.emplace(event.name);
    }
  }
  EXPECT_EQ(names, (std::set<std::string>{"a", "c"}));
  EXPECT_EQ(collector().stats().rejections.at("too_many_names"), 1U);
  expect_balanced_books();
}

TEST_F(NewNamesTest, ANameIsAskedForByWhatTheViewGroupsBy) {
  post("/v1/identify", R"({"writeKey":"web","userId":"u"})");
  post("/v1/page", R"({"writeKey":"web","userId":"u","name":"Home"})");
  post("/v1/track", R"({"writeKey":"ios","userId":"u","event":"E"})");
  EXPECT_EQ(listed_.asked, (std::vector<std::string>{"web/identify", "web/Home", "ios/E"}));
  EXPECT_EQ(*listed_.times.begin(), stored().front().received_at);
}

TEST_F(NewNamesTest, AnEventThatIsRejectedAnywayAsksForNoName) {
  post("/v1/track", R"({"writeKey":"web","event":"E"})");
  EXPECT_TRUE(listed_.asked.empty());
}

TEST_F(NewNamesTest, ARequestAsksForANameThatComesAgainOnce) {
  listed_.refused = {"b"};
  std::string events = track("a");
  for (int i = 0; i < 10; ++i) {
    events.append(",").append(track("a")).append(",").append(track("b"));
  }
  const auto json = json_of(post("/v1/batch", R"({"writeKey":"web","batch":[)" + events + "]}"));
  EXPECT_EQ(json.at("accepted"), 11);
  EXPECT_EQ(json.at("rejected"), 10);
  EXPECT_EQ(std::count(listed_.asked.begin(), listed_.asked.end(), "web/a"), 1);
}

}  // namespace
}  // namespace hapax
