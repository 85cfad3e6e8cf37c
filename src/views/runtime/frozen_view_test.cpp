// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/frozen_view.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace hapax {
namespace {

/// Those of no cells.
class NoCells final : public FrozenImages<FrozenViewTable::FrozenCell> {
 public:
  Result<std::span<const FrozenViewTable::FrozenCell>> all() override {
    return std::span<const FrozenViewTable::FrozenCell>();
  }
  bool is_lost() const override { return false; }
  void let_go() override {}
};

class SomeRows final : public FrozenImages<FrozenRows::Row> {
 public:
  explicit SomeRows(std::vector<FrozenRows::Row> rows) : rows_(std::move(rows)) {}

  Result<std::span<const FrozenRows::Row>> all() override {
    if (lost) {
      return Error{ErrorKind::kInternal, "lost"};
    }
    return std::span<const FrozenRows::Row>(rows_);
  }
  bool is_lost() const override { return lost; }
  void let_go() override { rows_.clear(); }

  bool lost = false;

 private:
  std::vector<FrozenRows::Row> rows_;
};

TEST(FrozenRowsTest, AllOfATableIsWrittenInOrder) {
  const FrozenRows frozen{.table = "t",
                          .rows = {{"d", "4"}, {"b", std::nullopt}},
                          .images = std::make_shared<SomeRows>(std::vector<FrozenRows::Row>{
                              {"c", "3"}, {"a", "1"}, {"e", std::nullopt}})};
  StateWrite write{.manifest = {}};
  ASSERT_TRUE(frozen.add_to(write));
  ASSERT_EQ(write.tables.size(), 1U);
  std::string rows;
  write.tables[0].changes.for_each(
      [&](std::string_view key, std::optional<std::string_view> value) {
        rows.append(key).append(value.value_or("-")).append(" ");
        return true;
      });
  EXPECT_EQ(rows, "a1 b- c3 d4 e- ");
}

TEST(FrozenRowsTest, ATableOfWhichNothingChangesIsNotWritten) {
  StateWrite write{.manifest = {}};
  ASSERT_TRUE(FrozenRows{.table = "t"}.add_to(write));
  EXPECT_TRUE(write.tables.empty());
}

TEST(FrozenRunningViewTest, StatesOfKeysAreLostAndLetGoOfAsCellsAre) {
  const auto states = std::make_shared<SomeRows>(std::vector<FrozenRows::Row>{{"a", "1"}});
  const FrozenRunningView frozen{
      .cells = {.table = "v", .cells = std::make_shared<NoCells>()},
      .hours = {.table = "hours"},
      .others = {{.table = "sample"}, {.table = "keys", .images = states}}};
  EXPECT_FALSE(frozen.is_lost());
  states->lost = true;
  EXPECT_TRUE(frozen.is_lost());
  StateWrite write{.manifest = {}};
  EXPECT_FALSE(frozen.others[1].add_to(write));
  states->lost = false;
  frozen.let_go();
  EXPECT_TRUE(states->all().value().empty());
}

}  // namespace
}  // namespace hapax
