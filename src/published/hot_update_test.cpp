// SPDX-License-Identifier: Apache-2.0
#include "published/hot_update.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hapax {
namespace {

using std::string_literals::operator""s;

HotUpdate some_update() {
  HotUpdate update{.partition = PartitionId(3), .epoch = 5, .number = 6, .since = Offset(7)};
  update.change.manifest = "m\0n"s;
  StateWrite::Table& table = update.change.tables.emplace_back();
  table.name = "view.v";
  table.changes.put("sa", "1");
  table.changes.erase("sb");
  table.changes.put("ua\0\0\0\0"s, "\xFF\xFF\xFF\xFF"s);
  update.change.tables.emplace_back().name = "view.w";
  return update;
}

std::string answer_of(const std::vector<HotUpdate>& updates) {
  std::string bytes =
      encode_hot_head({.life = 1, .count = 2}, static_cast<std::uint32_t>(updates.size()));
  for (const HotUpdate& update : updates) {
    bytes += encode_hot_update(update);
  }
  return bytes;
}

/// "sa=1", or "sa" of one that is gone.
std::vector<std::string> rows_of(const StateWrite::Table& table) {
  std::vector<std::string> rows;
  table.changes.for_each([&](std::string_view key, std::optional<std::string_view> value) {
    rows.push_back(std::string(key) + (value ? "=" + std::string(*value) : ""));
    return true;
  });
  return rows;
}

TEST(HotUpdateTest, IsReadAsItWasWritten) {
  HotUpdate next = some_update();
  next.number = 7;
  next.since.reset();
  const Result<HotAnswer> answer = decode_hot_answer(answer_of({some_update(), next}));
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(answer->place, (HotPlace{.life = 1, .count = 2}));
  ASSERT_EQ(answer->updates.size(), 2U);
  const HotUpdate& first = answer->updates[0];
  EXPECT_EQ(first.partition, PartitionId(3));
  EXPECT_EQ(first.epoch, 5U);
  EXPECT_EQ(first.number, 6U);
  EXPECT_EQ(first.since, Offset(7));
  EXPECT_EQ(first.change.manifest, "m\0n"s);
  ASSERT_EQ(first.change.tables.size(), 2U);
  EXPECT_EQ(first.change.tables[0].name, "view.v");
  EXPECT_EQ(rows_of(first.change.tables[0]), rows_of(some_update().change.tables[0]));
  EXPECT_EQ(rows_of(first.change.tables[1]), std::vector<std::string>());
  EXPECT_EQ(answer->updates[1].number, 7U);
  EXPECT_EQ(answer->updates[1].since, std::nullopt);
}

/// docs/formats/cluster.md.
TEST(HotUpdateTest, HasTheseBytes) {
  HotUpdate update{.partition = PartitionId(1), .epoch = 2, .number = 3, .since = Offset(4)};
  update.change.manifest = "m";
  StateWrite::Table& table = update.change.tables.emplace_back();
  table.name = "t";
  table.changes.put("a", "b");
  table.changes.erase("c");
  EXPECT_EQ(answer_of({update}),
            "\2"
            "\1\0\0\0\0\0\0\0"
            "\2\0\0\0\0\0\0\0"
            "\1\0\0\0"
            "\1\0\0\0"
            "\2\0\0\0\0\0\0\0"
            "\3\0\0\0\0\0\0\0"
            "\1"
            "\4\0\0\0\0\0\0\0"
            "\1\0\0\0m"
            "\1\0\0\0"
            "\1\0\0\0t"
            "\2\0\0\0"
            "\1\0\0\0a"
            "\1\0\0\0b"
            "\1\0\0\0c"
            "\xFF\xFF\xFF\xFF"s);
}

TEST(HotUpdateTest, OneThatTellsNothingSaysSo) {
  const HotUpdate untold{.partition = PartitionId(3), .epoch = 5, .number = 6, .is_untold = true};
  std::string bytes = answer_of({untold});
  const HotUpdate read = decode_hot_answer(bytes).value().updates.at(0);
  EXPECT_TRUE(read.is_untold);
  EXPECT_EQ(read.since, std::nullopt);
  const std::size_t kind_at = answer_of({}).size() + 20;
  EXPECT_EQ(bytes.at(kind_at), '\2');
  bytes[kind_at] = 3;
  EXPECT_FALSE(decode_hot_answer(bytes));
}

TEST(HotUpdateTest, WhatIsCutOrLongerIsDamaged) {
  const std::string bytes = answer_of({some_update()});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_hot_answer(bytes.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_hot_answer(bytes + "x"));
}

TEST(HotUpdateTest, RowsThatDoNotAscendAreDamaged) {
  HotUpdate update = some_update();
  update.change.tables.resize(1);
  std::string bytes = answer_of({update});
  const std::size_t at = bytes.find("sb");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 1] = 'a';
  EXPECT_EQ(decode_hot_answer(bytes).error().kind, ErrorKind::kCorrupt);
}

TEST(HotUpdateTest, AnotherVersionIsRefusedWithAWord) {
  std::string bytes = answer_of({});
  bytes[0] = 1;
  const auto answer = decode_hot_answer(bytes);
  EXPECT_EQ(answer.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(answer.error().message.find("version 1"), std::string::npos);
}

TEST(HotUpdateTest, APlaceIsAText) {
  EXPECT_EQ(to_text({.life = 123, .count = 45}), "123-45");
  EXPECT_EQ(parse_hot_place("123-45"), (HotPlace{.life = 123, .count = 45}));
  for (const char* text : {"", "1", "1-", "-1", "1-2x", "a-2", "1--2", "1-99999999999999999999"}) {
    EXPECT_EQ(parse_hot_place(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace hapax
