// SPDX-License-Identifier: Apache-2.0
// Whole cells of a snapshot, combined, are to the last byte what one cell is that all of their
// events came into, wherever they are: in memory, on their way into the store, or there in runs.
#include "views/runtime/whole_rows.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "testing/evict_all.hpp"
#include "testing/memory_state_store.hpp"
#include "testing/random_cases.hpp"
#include "testing/seeded_random.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

constexpr std::uint32_t kExactMax = 60;

std::shared_ptr<const ViewShape> shape() {
  using enum MeasureKind;
  const std::array specs{MeasureSpec{.kind = kCount},
                         MeasureSpec{.kind = kUniques, .exact_max = kExactMax},
                         MeasureSpec{.kind = kQuantile}, MeasureSpec{.kind = kSum},
                         MeasureSpec{.kind = kTop, .k = 3, .values_max = 20}};
  return std::make_shared<const ViewShape>(
      ViewShape{.spec = {}, .group_fields = {}, .measures = MeasurePlan(specs, 7)});
}

Window minute(std::uint64_t number) {
  const EventTime start{std::chrono::minutes(number)};
  return {.start = start, .end = start + std::chrono::minutes(1)};
}

std::string bytes_of(const ViewCell& cell) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u64(cell.size);
  cell.measures.encode(out);
  return bytes;
}

class WholeRowsTest : public testing::Test {
 protected:
  void add(std::uint64_t window, const std::string& group, std::uint64_t value) {
    const Sample sample{.value = static_cast<double>(value),
                        .hash = value * 0x9E3779B97F4A7C15U + 1};
    const MeasuredEvent event{.time = {}, .id = {}, .samples = {&sample, 1}};
    ASSERT_TRUE(cells_.add(std::array{minute(window)}, group, event, EventTime::min()));
    if (window >= kFrom && window < kTo) {
      ViewCell& all = all_.try_emplace(group, shape_->measures).first->second;
      all.measures.update(event);
      ++all.size;
    }
  }
  void freeze() {
    const FrozenViewTable frozen = cells_.freeze();
    write_ = {.manifest = {}};
    ASSERT_TRUE(frozen.add_to(write_, store_));
  }
  void store() { ASSERT_TRUE(store_.write(write_)); }
  void checkpoint() {
    freeze();
    store();
    cells_.commit();
    evict_all(cells_);
  }
  WholeRowsQuery query() const {
    return {.view = "v", .from = window_key(minute(kFrom)), .to = window_key(minute(kTo))};
  }
  RowSnapshot take() {
    return take_whole_rows(cells_, shape_, store_.snapshot().value(), query()).value();
  }
  /// What the cells of the range come to, by group.
  std::map<std::string, ViewCell> combined(const RowSnapshot& rows) const {
    std::map<std::string, ViewCell> groups;
    const WholeRowsQuery wanted = query();
    EXPECT_TRUE(rows.read(wanted.to, [&](RowCursor& at) -> Result<void> {
      for (at.seek(wanted.from); at.valid(); at.next()) {
        const std::string group(split_view_cell_key(at.key())->group);
        HAPAX_TRY(at.combine_into(groups.try_emplace(group, shape_->measures).first->second));
      }
      return {};
    }));
    return groups;
  }
  void expect_all(const RowSnapshot& rows) const {
    const std::map<std::string, ViewCell> groups = combined(rows);
    ASSERT_EQ(groups.size(), all_.size());
    for (const auto& [group, all] : all_) {
      EXPECT_EQ(bytes_of(groups.at(group)), bytes_of(all)) << group;
    }
  }

  static constexpr std::uint64_t kFrom = 2;
  static constexpr std::uint64_t kTo = 9;
  MemoryStateStore store_;
  const std::shared_ptr<const ViewShape> shape_ = shape();
  ViewCells cells_{store_, "view.v", shape_->measures};
  StateWrite write_;
  std::map<std::string, ViewCell> all_;
};

TEST_F(WholeRowsTest, CombinedTheyAreTheCellOfAllEvents) {
  for (int seed = 0; seed < random_cases(8); ++seed) {
    SeededRandom random(seed);
    for (int i = 0; i < 400; ++i) {
      add(random.below(12), std::string(1, static_cast<char>('a' + random.below(3))),
          random.below(40 + 60 * static_cast<std::uint64_t>(seed)));
      if (random.one_in(50)) {
        checkpoint();
      }
    }
    expect_all(take());
  }
}

TEST_F(WholeRowsTest, WhatIsOnItsWayIntoTheStoreIsThereOnce) {
  add(3, "a", 1);
  checkpoint();
  add(3, "a", 2);
  freeze();
  const RowSnapshot before = take();
  expect_all(before);
  store();
  const RowSnapshot after = take();
  cells_.commit();
  evict_all(cells_);
  expect_all(after);
  expect_all(before);
}

TEST_F(WholeRowsTest, TheyAreAsTheyWereWhateverComesLater) {
  for (std::uint64_t value = 0; value < 50; ++value) {
    add(3, "a", value);
  }
  const RowSnapshot rows = take();
  const std::string before = bytes_of(all_.at("a"));
  for (std::uint64_t value = 50; value < 90; ++value) {
    add(3, "a", value);
  }
  checkpoint();
  EXPECT_EQ(bytes_of(combined(rows).at("a")), before);
}

TEST_F(WholeRowsTest, WhatIsNotWantedIsNotCopiedAndTooMuchIsRefused) {
  for (std::uint64_t value = 0; value < 50; ++value) {
    add(1, "a", value);
    add(3, "a", value);
    add(3, "b", 1);
    add(9, "a", value);
  }
  WholeRowsQuery wanted = query();
  wanted.wants = [](std::string_view group) { return group == "b"; };
  wanted.bytes_max = 2'000;
  EXPECT_TRUE(take_whole_rows(cells_, shape_, store_.snapshot().value(), wanted));
  wanted.wants = [](std::string_view group) { return group == "a"; };
  EXPECT_EQ(take_whole_rows(cells_, shape_, store_.snapshot().value(), wanted).error().kind,
            ErrorKind::kExhausted);
}

TEST_F(WholeRowsTest, ADamagedRunIsAnError) {
  add(3, "a", 1);
  checkpoint();
  StateWrite write{.manifest = {}};
  write.tables.push_back({.name = "view.v"});
  write.tables.back().changes.put(run_key(window_key(minute(3)) + "a", 0), "damaged");
  ASSERT_TRUE(store_.write(write));
  ViewCell cell(shape_->measures);
  const Result<void> read = take().read({}, [&](RowCursor& at) {
    at.seek({});
    return at.combine_into(cell);
  });
  EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace hapax
