// SPDX-License-Identifier: Apache-2.0
#include "read/view_cursor.hpp"

#include <gtest/gtest.h>

#include <set>

namespace hapax {
namespace {

TEST(ViewCursorTest, ComesBackAsItWas) {
  for (const auto& place :
       {CellPlace{EventTime::min(), "", ""}, CellPlace{EventTime::max(), "web", "Order Completed"},
        CellPlace{EventTime(), std::string("a\0b", 3), "\xFF"}}) {
    const ViewQuery query{.from = EventTime::min(), .to = EventTime::max(), .source = "web"};
    const auto text = encode_cursor(query, place);
    EXPECT_EQ(text.find_first_of("+/=&?%"), text.npos) << text;
    const auto cursor = decode_cursor(text);
    ASSERT_TRUE(cursor) << text;
    EXPECT_EQ(cursor->place, place);
    EXPECT_EQ(cursor->from, query.from);
    EXPECT_EQ(cursor->to, query.to);
    EXPECT_EQ(cursor->query_hash, query_hash(query));
  }
}

TEST(ViewCursorTest, RefusesWhatNoAnswerGave) {
  const auto good = encode_cursor({}, {EventTime(), "web", "Clicked"});
  std::string changed = good;
  changed[good.size() / 2] = changed[good.size() / 2] == 'A' ? 'B' : 'A';
  for (const auto& text :
       {std::string(), std::string("x"), std::string("not a cursor"), changed,
        good.substr(0, good.size() - 2), good + "AA", std::string("B").append(good.substr(1))}) {
    const auto cursor = decode_cursor(text);
    ASSERT_FALSE(cursor) << text;
    EXPECT_EQ(cursor.error().kind, ErrorKind::kInvalid);
  }
}

TEST(ViewCursorTest, TellsQueriesApart) {
  ViewQuery query{.from = EventTime(), .to = EventTime::max()};
  const auto all = query_hash(query);
  query.source = "";
  const auto of_no_name = query_hash(query);
  query.source = "web";
  const auto web = query_hash(query);
  query = {.from = EventTime(), .to = EventTime::max(), .event = "web"};
  const auto event = query_hash(query);
  query.event.reset();
  query.final_only = true;
  const auto final = query_hash(query);
  EXPECT_EQ((std::set{all, of_no_name, web, event, final}).size(), 5U);
  query.final_only = false;
  query.cells_max = 1;
  EXPECT_EQ(query_hash(query), all);
}

}  // namespace
}  // namespace hapax
