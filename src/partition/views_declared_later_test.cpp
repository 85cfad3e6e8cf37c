// SPDX-License-Identifier: Apache-2.0
// Views that are declared while a cluster counts.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "partition/runners_test_support.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

std::string spec(const std::string& name, const std::string& measure = "uniques(user)") {
  return R"({"name":")" + name + R"(","window":{"tumbling":"1m"},"group_by":["source"],)" +
         R"("measures":{"count":"count","other":")" + measure + R"("}})";
}

class ViewsDeclaredLaterTest : public RunnersTest {
 protected:
  ViewsDeclaredLaterTest() {
    world_.declare({kEventsPerMinute, spec("twin")});
    assign_all(0);
    step();
  }

  PublishedManifest manifest(std::uint32_t partition) {
    return decode_published(world_.published.now()->at(partition).published.manifest).value();
  }
  static std::optional<PublishedView> find(const PublishedManifest& manifest,
                                           const std::string& id) {
    for (const PublishedView& view : manifest.views) {
      if (view.account.view == id) {
        return view;
      }
    }
    return std::nullopt;
  }
  bool is_live(const std::string& id) {
    for (std::uint32_t p = 0; p < kEventPartitions; ++p) {
      if (!find(manifest(p), id)) {
        return false;
      }
    }
    return true;
  }
  bool run_until_live(const std::string& id) {
    for (int i = 0; i < 3000 && !is_live(id); ++i) {
      step();
    }
    return is_live(id);
  }
  /// Has counted the same events as one that was there from the beginning.
  void expect_twins(const std::string& id) {
    for (std::uint32_t p = 0; p < kEventPartitions; ++p) {
      const PublishedManifest told = manifest(p);
      const PublishedView later = find(told, id).value();
      const PublishedView twin = find(told, "twin.2").value();
      EXPECT_EQ(later.account.matching, twin.account.matching) << p;
      EXPECT_EQ(later.account.counted, twin.account.counted) << p;
      EXPECT_EQ(later.in_cells, twin.in_cells) << p;
      EXPECT_EQ(later.account.earlier, EventTally()) << p;
      EXPECT_EQ(later.complete_from, std::nullopt) << p;
      EXPECT_EQ(rows(p, "view." + id), rows(p, "view.twin.2")) << p;
    }
  }
  /// It lacks some of what was there before, and says so.
  void expect_cut_in_the_first_partition(const std::string& id) {
    const PublishedManifest cut = manifest(0);
    EXPECT_LT(find(cut, id)->account.counted.count, find(cut, "twin.2")->account.counted.count);
    EXPECT_GT(find(cut, id)->account.counted.count, 0U);
    EXPECT_TRUE(find(cut, id)->complete_from);
    EXPECT_FALSE(find(manifest(1), id)->complete_from);
  }
  /// Keys alone: bytes say when states were kept.
  std::vector<std::string> rows(std::uint32_t partition, const std::string& table) {
    std::vector<std::string> keys;
    const auto& tables = world_.published.now()->at(partition).tables;
    if (const auto found = tables.find(table); found != tables.end()) {
      for (const auto& [key, value] : *found->second) {
        keys.push_back(key.substr(0, key.size() - 1));
      }
    }
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
  }
};

TEST_F(ViewsDeclaredLaterTest, OneCountsWhatCameBefore) {
  send_to_all();
  send("1", 1);  // Twice.
  ASSERT_TRUE(run_until_all_is_published());
  world_.declare({kEventsPerMinute, spec("twin"), spec("later")});
  ASSERT_TRUE(run_until_live("later.3"));
  expect_twins("later.3");
}

TEST_F(ViewsDeclaredLaterTest, OneIsMadeWhileEventsComeAndPartitionsMove) {
  SeededRandom random(5);
  for (std::uint32_t i = 0; i < 600; ++i) {
    send(std::to_string(random.below(300)), static_cast<std::uint32_t>(random.below(50)));
    step();
    if (i == 200) {
      world_.declare({kEventsPerMinute, spec("twin"), spec("later")});
    }
    if (random.one_in(15)) {
      assign(true, static_cast<std::uint32_t>(random.below(kEventPartitions)), random.below(2));
    }
    if (random.one_in(25)) {
      assign(false, static_cast<std::uint32_t>(random.below(kClaimPartitions)), random.below(2));
    }
  }
  ASSERT_TRUE(run_until_all_is_published());
  ASSERT_TRUE(run_until_live("later.3"));
  expect_twins("later.3");
}

TEST_F(ViewsDeclaredLaterTest, ReadersFindTheCatalogThatIsCountedBy) {
  send_to_all();
  ASSERT_TRUE(run_until_all_is_published());
  world_.declare({kEventsPerMinute, spec("twin"), spec("later")});
  ASSERT_TRUE(run_until_live("later.3"));
  for (std::uint32_t p = 0; p < kEventPartitions; ++p) {
    EXPECT_EQ(manifest(p).catalog, 3U);
    const auto& tables = world_.published.now()->at(p).tables;
    EXPECT_EQ(tables.at(std::string(kCatalogTable))->at(std::string(kCatalogKey)),
              encode_catalog(*world_.declared.current()));
  }
}

TEST_F(ViewsDeclaredLaterTest, OneThatIsNotDeclaredAnyMoreIsGoneForReaders) {
  send_to_all();
  ASSERT_TRUE(run_until_all_is_published());
  ASSERT_FALSE(rows(0, "view.twin.2").empty());
  world_.declare({kEventsPerMinute});
  for (int i = 0; i < 2000 && manifest(0).catalog < 3; ++i) {
    step();
  }
  EXPECT_FALSE(find(manifest(0), "twin.2"));
  EXPECT_TRUE(rows(0, "view.twin.2").empty());
}

TEST_F(ViewsDeclaredLaterTest, OneThatIsChangedIsCountedAnew) {
  send_to_all();
  ASSERT_TRUE(run_until_all_is_published());
  world_.declare({kEventsPerMinute, spec("twin", "uniques(anonymous_id)")});
  ASSERT_TRUE(run_until_live("twin.3"));
  std::uint64_t counted = 0;
  for (std::uint32_t p = 0; p < kEventPartitions; ++p) {
    counted += find(manifest(p), "twin.3")->account.counted.count;
    EXPECT_FALSE(find(manifest(p), "twin.2"));
  }
  EXPECT_EQ(counted, 40U);
}

TEST_F(ViewsDeclaredLaterTest, WhereVerdictsAreDeletedItSaysFromWhenItIsComplete) {
  send_to_all();
  ASSERT_TRUE(run_until_all_is_published());
  for (std::uint32_t i = 100; i < 140; ++i) {
    send(std::to_string(i), i);
    step();
  }
  ASSERT_TRUE(run_until_all_is_published());
  world_.verdicts.delete_before(PartitionId(0), Offset(2), [](const Result<void>&) {});
  world_.declare({kEventsPerMinute, spec("twin"), spec("later")});
  ASSERT_TRUE(run_until_live("later.3"));
  expect_cut_in_the_first_partition("later.3");
}

TEST_F(ViewsDeclaredLaterTest, OfATopicWhoseBeginningIsDeletedItSaysFromWhenItIsComplete) {
  send_to_all();
  ASSERT_TRUE(run_until_all_is_published());
  world_.events.delete_before(PartitionId(0), Offset(5), [](const Result<void>&) {});
  world_.declare({kEventsPerMinute, spec("twin"), spec("later")});
  ASSERT_TRUE(run_until_live("later.3"));
  expect_cut_in_the_first_partition("later.3");
}

}  // namespace
}  // namespace hapax
