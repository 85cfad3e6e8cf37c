// SPDX-License-Identifier: Apache-2.0
#include "stream/cell_key.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <vector>

namespace hapax {
namespace {

std::string key(const CellName& name) {
  std::string key = cell_start_key(name.start);
  append_cell_group(name.source, name.event, key);
  return key;
}

TEST(CellKeyTest, ByteOrderIsTheOrderOfCells) {
  const std::string nul("\0", 1);
  std::vector<CellName> names;
  for (const std::int64_t start : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                                   std::int64_t{0}, std::int64_t{255}, std::int64_t{256}}) {
    for (const std::string& source : {std::string(), nul, nul + nul, nul + "a", std::string("a"),
                                      "a" + nul, std::string("ab"), std::string("\xFF")}) {
      for (const std::string& event : {std::string(), nul, std::string("x"), "x" + nul}) {
        names.push_back({event_time_from_micros(start), source, event});
      }
    }
  }
  std::vector<std::string> keys;
  for (const CellName& name : names) {
    keys.push_back(key(name));
    EXPECT_EQ(decode_cell_key(keys.back()), name);
  }
  std::ranges::sort(keys);
  std::ranges::sort(names, {},
                    [](const CellName& n) { return std::tie(n.start, n.source, n.event); });
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(decode_cell_key(keys[i]), names[i]) << i;
  }
}

TEST(CellKeyTest, RefusesWhatIsNoKey) {
  const std::string good = key({event_time_from_micros(0), "source", "event"});
  EXPECT_EQ(decode_cell_key(""), std::nullopt);
  EXPECT_EQ(decode_cell_key(good.substr(0, 7)), std::nullopt);
  EXPECT_EQ(decode_cell_key(good.substr(0, 12)), std::nullopt);
  EXPECT_EQ(decode_cell_key(good.substr(0, 8) + std::string("a\0\x02", 3)), std::nullopt);
}

TEST(CellKeyTest, AnEventWithoutANameIsNamedByItsType) {
  EXPECT_EQ(cell_event({.type = EventType::kIdentify}), "identify");
  EXPECT_EQ(cell_event({.type = EventType::kPage, .name = "Home"}), "Home");
}

TEST(GroupFilterTest, KnowsWhereTheNextCellOfItsSourceCanBe) {
  const GroupFilter filter("m", std::nullopt);
  const EventTime start = event_time_from_micros(0);
  const auto next_after = [&](std::string_view source) {
    std::string group;
    append_cell_group(source, "z", group);
    return filter.next_near({.start = start, .group = group});
  };
  EXPECT_LT(next_after("a"), key({start, "m", "a"}));
  EXPECT_GT(next_after("a"), key({start, "l", "z"}));
  EXPECT_LT(next_after("n"), key({cell_end(start), "m", "a"}));
  EXPECT_GT(next_after("n"), key({cell_end(start), "l", "z"}));
  EXPECT_EQ(next_after("m2"), next_after("n"));
}

TEST(GroupFilterTest, TellsSourceAndEventWithoutDecoding) {
  using namespace std::string_literals;
  const auto group = [](std::string_view source, std::string_view event) {
    std::string encoded;
    append_cell_group(source, event, encoded);
    return encoded;
  };
  const std::optional<std::string> any;
  EXPECT_TRUE(GroupFilter(any, any).matches(group("shop", "a")));
  EXPECT_TRUE(GroupFilter("shop", any).matches(group("shop", "a")));
  EXPECT_FALSE(GroupFilter("shop", any).matches(group("shop2", "a")));
  EXPECT_FALSE(GroupFilter("shop2", any).matches(group("shop", "a")));
  EXPECT_TRUE(GroupFilter(any, "a").matches(group("shop", "a")));
  EXPECT_FALSE(GroupFilter(any, "a").matches(group("shop", "ba")));
  EXPECT_FALSE(GroupFilter(any, "a").matches(group("a", "b")));
  EXPECT_TRUE(GroupFilter("s\0\1"s, "\0\1e"s).matches(group("s\0\1"s, "\0\1e"s)));
  EXPECT_FALSE(GroupFilter(any, "e").matches(group("s\0\1"s, "\0\1e"s)));
}

}  // namespace
}  // namespace hapax
