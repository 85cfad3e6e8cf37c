// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "boards/board.hpp"
#include "core/timestamp.hpp"
#include "json/json_text.hpp"

namespace hapax {
namespace {

void append_panel(const Panel& panel, std::string& text) {
  text += "{\"id\":";
  append_json_string(panel.id, text);
  append_json_member("title", panel.title, text);
  append_json_member("view", panel.view, text);
  append_json_member("query", panel.query, text);
  append_json_member("chart", panel.chart, text);
  if (!panel.measure.empty()) {
    append_json_member("measure", panel.measure, text);
  }
  text += fmt::format(R"(,"span":{},"rows":{}}})", panel.span, panel.rows);
}

void append_annotation(const Annotation& annotation, std::string& text) {
  text += "{\"at\":";
  append_json_string(to_iso8601(annotation.at), text);
  append_json_member("text", annotation.text, text);
  text += "}";
}

}  // namespace

std::string board_json(const Board& board) {
  std::string text = "{\"name\":";
  append_json_string(board.name, text);
  text += ",\"panels\":[";
  for (const Panel& panel : board.panels) {
    text += &panel == &board.panels.front() ? "" : ",";
    append_panel(panel, text);
  }
  text += "],\"annotations\":[";
  for (const Annotation& annotation : board.annotations) {
    text += &annotation == &board.annotations.front() ? "" : ",";
    append_annotation(annotation, text);
  }
  return text + "]}";
}

}  // namespace hapax
