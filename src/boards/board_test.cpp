// SPDX-License-Identifier: Apache-2.0
#include "boards/board.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "boards/board_store.hpp"
#include "read/row_request.hpp"
#include "testing/test_rows.hpp"
#include "views/catalog/default_views.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

std::string board_of(const std::string& panels, const std::string& annotations = "") {
  return R"({"name":"Web","panels":[)" + panels + R"(],"annotations":[)" + annotations + "]}";
}
std::string panel(const std::string& more) {
  return R"({"id":"p1","view":"pages_per_hour","chart":"line")" + more + "}";
}
std::string why(const std::string& text) {
  const auto board = parse_board(text, "web");
  return board ? "" : board.error().text();
}

TEST(BoardTest, IsReadBackAsItIsWritten) {
  const std::string text =
      R"({"name":"Web \"1\"","panels":[{"id":"p1","title":"Views","view":"pages_per_hour",)"
      R"("query":"group_by=context.page.path&limit=10","chart":"table","measure":"count",)"
      R"("span":2,"rows":4}],"annotations":[{"at":"2026-11-27T10:00:00.000Z","text":"a\u000ab"}]})";
  const auto board = parse_board(text, "web");
  ASSERT_TRUE(board) << board.error().text();
  EXPECT_EQ(board_json(*board), text);
}

TEST(BoardTest, WhatIsLeftOutHasADefault) {
  const auto board = parse_board(R"({"name":"W","panels":[)" + panel("") + "]}", "web");
  ASSERT_TRUE(board) << board.error().text();
  EXPECT_EQ(board->panels[0].span, 1U);
  EXPECT_EQ(board->panels[0].query, "");
  EXPECT_TRUE(board->annotations.empty());
}

TEST(BoardTest, WhatWasExportedCanBeImported) {
  EXPECT_EQ(why(R"({"id":"web","revision":"17","origin":"own","name":"W","panels":[]})"), "");
}

TEST(BoardTest, AnnotationsAreByTime) {
  const auto board = parse_board(
      board_of("", R"({"at":"2026-11-28","text":"b"},{"at":"2026-11-27T10:00:00Z","text":"a"})"),
      "web");
  ASSERT_TRUE(board) << board.error().text();
  EXPECT_EQ(board->annotations[0].text, "a");
}

TEST(BoardTest, SaysWhereWhatIsWrongAndWhatIsMeant) {
  EXPECT_THAT(why("{"), HasSubstr("cannot be read as a board"));
  EXPECT_THAT(why("[]"), HasSubstr("a board is an object"));
  EXPECT_THAT(why(R"({"panels":[]})"), HasSubstr("board \"web\": name: this is missing"));
  EXPECT_THAT(why(R"({"name":"W","panel":[]})"), HasSubstr("did you mean \"panels\"?"));
  EXPECT_THAT(why(R"({"name":"a\u0007","panels":[]})"), HasSubstr("control characters"));
  EXPECT_THAT(why(board_of(R"({"id":"p1","view":"v","chart":"lines"})")),
              HasSubstr("panels[0].chart: there is no chart \"lines\"; did you mean \"line\"?"));
  EXPECT_THAT(why(board_of(panel(R"(,"span":5)"))), HasSubstr("whole number from 1 to 4"));
  EXPECT_THAT(why(board_of(panel(R"(,"span":1.5)"))), HasSubstr("whole number from 1 to 4"));
  EXPECT_THAT(why(board_of(panel(R"(,"query":"limt=1")"))),
              HasSubstr("panels[0].query: parameter \"limt\" is unknown; did you mean limit?"));
  EXPECT_THAT(why(board_of(panel("") + "," + panel(""))),
              HasSubstr("panels[1].id: \"p1\" is there twice"));
  EXPECT_THAT(why(board_of(R"({"id":"../x","view":"v","chart":"line"})")), HasSubstr("is no id"));
  EXPECT_THAT(why(board_of(R"({"id":"a","view":"V","chart":"line"})")), HasSubstr("is no name"));
  EXPECT_THAT(why(board_of("", R"({"at":"soon","text":"x"})")),
              HasSubstr("annotations[0].at: \"soon\" is not a time"));
}

TEST(BoardTest, HasNoMoreThanItsLimits) {
  std::string panels;
  for (std::size_t i = 0; i <= Board::kPanelsMax; ++i) {
    panels += (i == 0 ? "" : ",") + std::string(R"({"id":"p)") + std::to_string(i) +
              R"(","view":"v","chart":"line"})";
  }
  EXPECT_THAT(why(board_of(panels)), HasSubstr("there are 65, more than 64"));
  EXPECT_THAT(why(board_of(panel(R"(,"title":")" + std::string(201, 'x') + "\""))),
              HasSubstr("201 bytes, more than 200"));
}

TEST(MadeBoardsTest, AreWhatAUserCouldHaveSent) {
  const auto boards = made_boards();
  ASSERT_EQ(boards.size(), 3U);
  for (const Document& board : boards) {
    const auto read = parse_board(board.text, board.id);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(board_json(*read), board.text);
    EXPECT_FALSE(read->panels.empty());
  }
}

/// The query is as the view answers it, and what is drawn is in the answer.
void check_panel(const Panel& panel, const std::vector<ViewSpec>& views) {
  const auto view = std::ranges::find(views, panel.view, &ViewSpec::name);
  ASSERT_NE(view, views.end()) << panel.view;
  const TestRows rows(view_json(*view));
  const auto query = parse_row_request(panel.query, rows.served(), EventTime());
  ASSERT_TRUE(query) << panel.id << ": " << query.error().text();
  const auto is_drawn = [&](std::size_t measure) {
    return view->measures[measure].name == panel.measure;
  };
  EXPECT_TRUE(panel.measure.empty() || std::ranges::any_of(query->measures, is_drawn)) << panel.id;
}

TEST(MadeBoardsTest, AskWhatTheViewsThatAreBuiltInAnswer) {
  const auto views = default_views("all");
  ASSERT_TRUE(views);
  for (const Document& document : made_boards()) {
    const auto board = parse_board(document.text, document.id);
    for (const Panel& panel : board->panels) {
      check_panel(panel, *views);
    }
  }
}

}  // namespace
}  // namespace hapax
