// SPDX-License-Identifier: Apache-2.0
// Verdict folders of the formats that were in use, as they were written then (reliability T19).
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "dedup/verdict_test_support.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;

/// A verdict log on a copy of tests/golden/<name>.
struct GoldenVerdicts : VerdictLife {
  explicit GoldenVerdicts(const std::string& name) : VerdictLife(2, 7) {
    for (const auto& entry : std::filesystem::directory_iterator(HAPAX_GOLDEN_DIR "/" + name)) {
      std::ifstream file(entry.path(), std::ios::binary);
      disk.set_content(path(entry.path().filename().string()),
                       std::string(std::istreambuf_iterator<char>(file), {}));
    }
    open();
  }
};

TEST(VerdictGoldenTest, VersionOneIsReadToTheVerdictsThatWereWritten) {
  GoldenVerdicts golden("verdicts_v1");
  EXPECT_EQ(golden.read(0), "..uduuuuuuuuuuccrxk");
  EXPECT_EQ(golden.read(1), "..kukd");
  EXPECT_EQ(golden.log->progress().at(0).end, VerdictLife::place(19));
  EXPECT_THAT(golden.log->ends(), ElementsAre(Offset(19), Offset(6)));
  EXPECT_EQ(golden.log->stats().blocks_damaged, 0U);
  EXPECT_EQ(golden.log->stats().begun_anew, 0U);
  golden.decide({"u", ""});
  ASSERT_TRUE(golden.save());
  golden.open();
  EXPECT_EQ(golden.read(0, 17), "xku");
}

}  // namespace
}  // namespace hapax
