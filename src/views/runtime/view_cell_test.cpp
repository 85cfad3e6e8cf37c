// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/view_cell.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/memory_state_store.hpp"

namespace hapax {
namespace {

constexpr std::string_view kTable = "t";
constexpr std::string_view kCell = "cell";

/// Top of three, of which one is kept: hashes are what values say.
class ViewCellTest : public testing::Test {
 protected:
  static std::vector<MeasureSpec> specs() {
    return {MeasureSpec{.kind = MeasureKind::kTop, .k = 3, .values_max = 1}};
  }
  void add(ViewCell& cell, std::uint64_t hash, std::string_view value, int times) const {
    const Sample sample{.value = value, .hash = hash};
    for (int i = 0; i < times; ++i) {
      cell.measures.update({.time = {}, .id = {}, .samples = {&sample, 1}});
      ++cell.size;
    }
  }
  /// A run of the store with one value of its own.
  static std::string run_of(ViewCell& cell) {
    std::string run;
    ByteWriter out(run);
    cell.take_delta().encode(out);
    return run;
  }
  void store(const std::string& key, const std::string& value) {
    StateWrite write{.manifest = {}};
    StateWrite::Table table{.name = std::string(kTable)};
    table.changes.put(key, value);
    write.tables.push_back(std::move(table));
    ASSERT_TRUE(store_.write(write));
  }
  /// What a former version made of a run with "kept" and one with "often": of these it kept one.
  void store_former_cell(std::uint64_t events) {
    ViewCell kept(plan_);
    add(kept, 1, "kept", 1);
    store(run_key(kCell, 0), run_of(kept));
    ViewCell often(plan_);
    add(often, 2, "often", 9);
    store(run_key(kCell, 1), run_of(often));
    std::string summary;
    ByteWriter out(summary);
    out.put_u64(0);
    out.put_u64(10);
    out.put_u8(1);  // Of the measures.
    MeasureResult result{.answer = std::vector<TopValue>{{.value = "kept", .count = 1}},
                         .exact = false};
    result.other = events - 1;
    encode_result(result, out);
    RunList runs;
    static_cast<void>(runs.append(1'000'000));
    static_cast<void>(runs.append(1));
    runs.encode(out);
    store(summary_key(kCell), summary);
  }

  MeasurePlan plan_{specs()};
  MemoryStateStore store_;
};

TEST_F(ViewCellTest, ACellOfAFormerVersionThatListedNothingBeyondTheLimitIsWhole) {
  store_former_cell(10);
  const auto loaded = load_view_cell(store_, kTable, kCell, plan_);
  ASSERT_TRUE(loaded) << loaded.error().text();
  const auto result = (*loaded)->cell.measures.finalize(Microseconds(0)).at(0);
  EXPECT_EQ(std::get<std::vector<TopValue>>(result.answer).size(), 2U);
}

TEST_F(ViewCellTest, OneThatLacksEventsIsDamaged) {
  store_former_cell(11);
  EXPECT_EQ(load_view_cell(store_, kTable, kCell, plan_).error().kind, ErrorKind::kCorrupt);
}

TEST_F(ViewCellTest, GroupsThatAreCountedInPartAreNotSaidToBeHeavy) {
  ViewCell other(plan_);
  other.size = 100;
  other.count_group({.bytes = "a", .hash = 7}, 50);
  EXPECT_TRUE(other.heavy_groups().empty());
  other.count_group({.bytes = "b", .hash = 8}, 50);
  EXPECT_EQ(other.heavy_groups().size(), 2U);
}

}  // namespace
}  // namespace hapax
