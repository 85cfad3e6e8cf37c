// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace hapax {

constexpr std::size_t kBoardsMax = 64;
constexpr std::size_t kBoardBytesMax = 256U << 10U;  ///< Of a board as it is sent, and as stored.

constexpr std::array<std::string_view, 5> kCharts{"line", "area", "bar", "table", "number"};

/// A chart of a view's rows.
struct Panel {
  static constexpr std::size_t kQueryBytesMax = 4096;
  static constexpr std::size_t kTitleBytesMax = 200;
  static constexpr std::size_t kSpanMax = 4;

  std::string id;        ///< is_document_id(), one of a kind on its board.
  std::string title;     ///< May be empty: the name of the view then says enough.
  std::string view;      ///< Which there may be none of yet.
  std::string query;     ///< Passes check_query_form().
  std::string chart;     ///< One of kCharts.
  std::string measure;   ///< What is drawn of it; empty: all that the query asks for.
  std::size_t span = 1;  ///< Columns, 1 to kSpanMax.
  std::size_t rows = 1;  ///< 1 to kSpanMax.
};

/// What somebody wrote beside a time.
struct Annotation {
  static constexpr std::size_t kTextBytesMax = 1024;

  EventTime at;
  std::string text;
};

/// A page of charts, as a user arranged it.
struct Board {
  static constexpr std::size_t kNameBytesMax = 200;
  static constexpr std::size_t kPanelsMax = 64;
  static constexpr std::size_t kAnnotationsMax = 512;

  std::string name;
  std::vector<Panel> panels;
  std::vector<Annotation> annotations;  ///< By time.
};

/// Reads a board, a JSON object; `id` is for errors. Also takes what an answer adds to one (id,
/// revision, origin), which says nothing here: what was exported can be imported.
/// Errors: kInvalid, with the place, the reason and what is meant instead.
Result<Board> parse_board(std::string_view text, std::string_view id);

/// The one text of a board, a JSON object, which parse_board() reads back.
std::string board_json(const Board& board);

}  // namespace hapax
