// SPDX-License-Identifier: Apache-2.0
#include "views/keeper/view_keeper.hpp"

#include <gmock/gmock.h>

#include "views/keeper/keeper_test_support.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using History = ViewKeeper::History;

TEST(ViewKeeperTest, WhatWasDeclaredIsThereAfterARestart) {
  KeeperLife life;
  ASSERT_TRUE(life.open());
  EXPECT_EQ(life.keeper->current()->number, 0U);
  ASSERT_TRUE(life.add("b"));
  ASSERT_TRUE(life.add("a"));
  const ViewCatalog before = *life.keeper->current();
  ASSERT_TRUE(life.open());
  EXPECT_EQ(*life.keeper->current(), before);
  EXPECT_EQ(life.ids(), "a.2 b.1");
}

TEST(ViewKeeperTest, SaysWhatWasBeforeAndAfter) {
  KeeperLife life;
  ASSERT_TRUE(life.open());
  const auto changed = life.add("a").value();
  EXPECT_EQ(changed.before->number, 0U);
  EXPECT_EQ(changed.after, life.keeper->current());
  const auto same = life.add("a").value();
  EXPECT_EQ(same.before, same.after);
  EXPECT_EQ(life.log.batches(PartitionId(0)).size(), 1U);
}

TEST(ViewKeeperTest, TheNewestTwoFilesAreKept) {
  KeeperLife life;
  ASSERT_TRUE(life.open());
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(life.add(name));
  }
  EXPECT_THAT(life.files(), ElementsAre("views-2.json", "views-3.json"));
}

TEST(ViewKeeperTest, WhoMeetsTheRecordFirstGetsItsCatalog) {
  KeeperLife life;
  ASSERT_TRUE(life.open());
  ASSERT_TRUE(life.add("a"));
  std::vector<std::uint32_t> met;
  life.log.on_control = [&](const std::string&) {
    for (const std::uint32_t number : {1U, 2U, 3U}) {
      met.push_back(life.keeper->announced(number)->number);
    }
    met.push_back(life.keeper->current()->number);
  };
  ASSERT_TRUE(life.add("b"));
  EXPECT_THAT(met, ElementsAre(1, 2, 1, 1));
  EXPECT_EQ(life.keeper->announced(1)->number, 2U);
}

TEST(ViewKeeperTest, WhenTheLogTakesNothingNothingHasChanged) {
  KeeperLife life;
  ASSERT_TRUE(life.open());
  ASSERT_TRUE(life.add("a"));
  life.log.settle_at_once(Error{ErrorKind::kExhausted, "disk full"});
  EXPECT_EQ(life.add("b").error().kind, ErrorKind::kExhausted);
  EXPECT_EQ(life.ids(), "a.1");
  ASSERT_TRUE(life.open());
  EXPECT_EQ(life.ids(), "a.1");
  EXPECT_THAT(life.files(), ElementsAre("views-1.json"));
}

// The log said that the append failed, and the next start finds the record.
TEST(ViewKeeperTest, ARecordThatComesToLightLaterHasItsFile) {
  KeeperLife life;
  ASSERT_TRUE(life.open());
  ASSERT_TRUE(life.add("a"));
  std::string failed;
  life.log.on_control = [&](const std::string& record) { failed = record; };
  life.log.settle_at_once(Error{ErrorKind::kUnavailable, "I/O error"});
  ASSERT_FALSE(life.add("b"));
  life.log.on_control = {};
  ASSERT_FALSE(life.add("c"));
  life.log.settle_at_once();
  ASSERT_TRUE(life.log.append_control(failed, [](const Result<Receipt>&) {}));
  ASSERT_TRUE(life.open());
  EXPECT_EQ(life.ids(), "a.1 b.2");
  ASSERT_TRUE(life.add("c"));
  EXPECT_EQ(life.ids(), "a.1 b.2 c.3");
}

TEST(ViewKeeperTest, AFileThatWasNeverAnnouncedIsNothing) {
  KeeperLife life;
  ASSERT_TRUE(life.open());
  ASSERT_TRUE(life.add("a"));
  life.disk.set_content("catalog/views-2.json", "half a fi");
  life.disk.set_content("catalog/views-3.json.tmp", "h");
  ASSERT_TRUE(life.open());
  EXPECT_EQ(life.ids(), "a.1");
  EXPECT_THAT(life.files(), ElementsAre("views-1.json"));
}

TEST(ViewKeeperTest, TheFileThatTheLogSpeaksOfMustBeThere) {
  KeeperLife life;
  ASSERT_TRUE(life.open());
  ASSERT_TRUE(life.add("a"));
  const std::string text = life.disk.content("catalog/views-1.json");
  life.disk.set_content("catalog/views-1.json", text + " ");
  EXPECT_THAT(life.open().error().text(), HasSubstr("is not the one that the log speaks of"));
  ASSERT_TRUE(life.disk.unlink("catalog/views-1.json"));
  const auto missing = life.open();
  EXPECT_EQ(missing.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(missing.error().text(), HasSubstr("catalog/views-1.json is missing"));
  EXPECT_THAT(missing.error().hint, HasSubstr("restore"));
  life.disk.set_content("catalog/views-1.json", text);
  EXPECT_TRUE(life.open());
}

TEST(ViewKeeperTest, HistoryIsLostOnlyOnPurpose) {
  KeeperLife life;
  ASSERT_TRUE(life.open());
  ASSERT_TRUE(life.add("a"));
  ASSERT_TRUE(life.rebuild("a"));
  life.log.drop(PartitionId(1), 1);
  const auto refused = life.rebuild("a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(refused.error().hint, HasSubstr("drop_history"));
  EXPECT_EQ(life.ids(), "a.2");
  EXPECT_TRUE(life.add("b"));
  EXPECT_TRUE(life.rebuild("a", History::kMayDrop));
  EXPECT_EQ(life.ids(), "a.4 b.3");
}

TEST(ViewKeeperTest, WhatWasTakenOutGoesAfterAWeekOfABelievedClock) {
  KeeperLife life;
  ASSERT_TRUE(life.open());
  const auto declare = [&](const std::vector<DeclaredView>& views) {
    return life.keeper->change(
        [&](const ViewCatalog& catalog) { return with_declared(catalog, views, life.clock.now()); },
        History::kKept);
  };
  ASSERT_TRUE(declare({{KeeperLife::spec_of("f"), ViewOrigin::kFile}}));
  ASSERT_TRUE(declare({}));
  ASSERT_TRUE(life.keeper->tick());
  EXPECT_EQ(life.ids(), "f.1");
  life.clock.advance(kRetiredViewsKept);
  life.clock_is_believed = false;
  ASSERT_TRUE(life.keeper->tick());
  EXPECT_EQ(life.ids(), "f.1");
  life.clock_is_believed = true;
  ASSERT_TRUE(life.keeper->tick());
  EXPECT_EQ(life.ids(), "");
}

}  // namespace
}  // namespace hapax
