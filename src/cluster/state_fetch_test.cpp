// SPDX-License-Identifier: Apache-2.0
#include "cluster/state_fetch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/held_objects.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Names = std::vector<std::string>;

/// Notes what is asked for.
class NotedObjects : public HeldObjects {
 public:
  using HeldObjects::HeldObjects;

  void get(const std::string& name, Got done) override {
    asked.push_back(name);
    HeldObjects::get(name, std::move(done));
  }

  Names asked;
};

class StateFetchTest : public testing::Test {
 protected:
  void fetch(const Names& names) {
    for (int i = 0; i < 10; ++i) {
      fetch_.step(names);
      while (store_.waiting() > 0) {
        store_.answer();
      }
    }
  }

  HeldObjects::Objects objects_{{"a", "A"}, {"b", "B"}, {"d", "D"}};
  NotedObjects store_{objects_};
  RestorationLine line_;
  StateFetch fetch_{store_, line_, RestorationLine::Kind::kCopy};
};

TEST_F(StateFetchTest, FilesComeInTheOrderOfTheirNames) {
  fetch({"b", "a"});
  ASSERT_TRUE(fetch_.is_here());
  EXPECT_THAT(fetch_.take_files({"b", "a"}).files, ElementsAre("B", "A"));
}

TEST_F(StateFetchTest, WhatANewerStateHasInCommonIsNotFetchedAgain) {
  fetch({"a", "b", "c"});
  ASSERT_EQ(fetch_.missing(), "c");
  store_.asked.clear();
  fetch_.keep({"d", "b"});
  fetch({"d", "b"});
  ASSERT_TRUE(fetch_.is_here());
  EXPECT_THAT(store_.asked, ElementsAre("d"));
  EXPECT_THAT(fetch_.take_files({"d", "b"}).files, ElementsAre("D", "B"));
}

TEST_F(StateFetchTest, ACopyWaitsWhileAnOwnerIsInTheLine) {
  const RestorationLine::Place owner = line_.line_up(RestorationLine::Kind::kEvents);
  fetch({"a"});
  EXPECT_THAT(store_.asked, IsEmpty());
  EXPECT_EQ(fetch_.waits_for(), "its turn: its process has another state to restore");
}

}  // namespace
}  // namespace hapax
