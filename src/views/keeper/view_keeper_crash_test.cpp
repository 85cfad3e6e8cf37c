// SPDX-License-Identifier: Apache-2.0
#include "testing/seeded_random.hpp"
#include "views/keeper/keeper_test_support.hpp"

namespace hapax {
namespace {

/// A control record, and how many operations of the disk came before it.
struct Announced {
  std::size_t op_count;
  std::string record;
  std::string ids;  ///< Of the catalog that it announces.
};

/// Catalogs that follow one another, as what they leave on the disk and in the log.
struct CrashRun {
  CrashRun() {
    life.log.on_control = [this](const std::string& record) {
      announced.push_back({life.disk.trace().size(), record, ""});
    };
    EXPECT_TRUE(life.open());
    note(life.add("a"));
    note(life.add("b"));
    note(life.rebuild("a"));
    note(life.add("c"));
  }
  void note(const Result<ViewKeeper::Changed>& changed) {
    ASSERT_TRUE(changed) << changed.error().text();
    announced.back().ids = life.ids();
  }

  KeeperLife life;
  std::vector<Announced> announced;
};

/// The log holds the first `records` of them. Whatever the disk has made of the rest, the catalog
/// is the one that the log says, and goes on.
void check(const CrashRun& run, DiskImage image, std::size_t records) {
  KeeperLife after(std::move(image));
  for (std::size_t i = 0; i < records; ++i) {
    ASSERT_TRUE(after.log.append_control(run.announced[i].record, [](const Result<Receipt>&) {}));
  }
  const auto opened = after.open();
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_EQ(after.ids(), records == 0 ? "" : run.announced[records - 1].ids);
  ASSERT_TRUE(after.add("z"));
  const std::string ids = after.ids();
  ASSERT_TRUE(after.open());
  EXPECT_EQ(after.ids(), ids);
}

TEST(ViewKeeperCrashTest, AtEveryStepTheCatalogIsTheOneThatTheLogSays) {
  const CrashRun run;
  SeededRandom random(1);
  for (std::size_t op_count = 0; op_count <= run.life.disk.trace().size(); ++op_count) {
    std::size_t durable = 0;  // Records that are surely there.
    std::size_t written = 0;  // And those that may be.
    for (const Announced& one : run.announced) {
      durable += one.op_count < op_count ? 1 : 0;
      written += one.op_count <= op_count ? 1 : 0;
    }
    for (std::size_t records = durable; records <= written; ++records) {
      check(run, run.life.disk.crash(op_count, 0), records);
      for (int i = 0; i < 4; ++i) {
        check(run, run.life.disk.crash(op_count, random), records);
      }
    }
  }
}

}  // namespace
}  // namespace hapax
