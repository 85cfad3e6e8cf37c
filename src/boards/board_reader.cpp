// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "boards/board.hpp"
#include "core/timestamp.hpp"
#include "documents/document.hpp"
#include "read/query_form.hpp"
#include "views/spec/spec_line.hpp"
#include "views/spec/spec_reader.hpp"
#include "views/spec/view_spec.hpp"

namespace hapax {
namespace {

Result<std::string> read_member(const SpecTable& table, std::string_view key, const LineRule& rule,
                                const SpecPlace& place) {
  return read_line(find_member(table, key), rule, place.member(key));
}

Result<std::string> read_id(const SpecTable& table, const SpecPlace& place) {
  HAPAX_ASSIGN(
      std::string id,
      read_member(table, "id", {.example = "p1", .bytes_min = 1, .bytes_max = kDocumentIdBytesMax},
                  place));
  if (!is_document_id(id)) {
    return place.member("id").error(
        fmt::format("\"{}\" is no id", id),
        "an id is a-z, 0-9, - and _, and begins with a letter or a digit");
  }
  return id;
}

Result<std::string> read_name(const SpecTable& table, std::string_view key, std::size_t bytes_min,
                              std::string_view example, const SpecPlace& place) {
  HAPAX_ASSIGN(std::string name, read_member(table, key,
                                             {.example = example,
                                              .bytes_min = bytes_min,
                                              .bytes_max = ViewSpec::kNameBytesMax},
                                             place));
  if (!name.empty() && !is_view_name(name)) {
    return place.member(key).error(fmt::format("\"{}\" is no name", name),
                                   "names of views and measures are a-z, 0-9 and _");
  }
  return name;
}

Result<std::string> read_chart(const SpecTable& table, const SpecPlace& place) {
  HAPAX_ASSIGN(
      std::string chart,
      read_member(table, "chart", {.example = "line", .bytes_min = 1, .bytes_max = 64}, place));
  return std::ranges::find(kCharts, chart) != kCharts.end()
             ? Result<std::string>(std::move(chart))
             : unknown_word(chart, kCharts, "chart", place.member("chart"));
}

/// 1 when it is not there.
Result<std::size_t> read_span(const SpecTable& table, std::string_view key,
                              const SpecPlace& place) {
  const SpecNode* node = find_member(table, key);
  if (node == nullptr) {
    return std::size_t{1};
  }
  const auto* number = node->as<double>();
  constexpr auto kMost = static_cast<double>(Panel::kSpanMax);
  if (number == nullptr || *number < 1 || *number > kMost || std::floor(*number) != *number) {
    return place.member(key).error(
        fmt::format("this must be a whole number from 1 to {}", Panel::kSpanMax));
  }
  return static_cast<std::size_t>(*number);
}

Result<std::string> read_query(const SpecTable& table, const SpecPlace& place) {
  HAPAX_ASSIGN(std::string query, read_member(table, "query",
                                              {.example = "group_by=source&limit=10",
                                               .bytes_max = Panel::kQueryBytesMax},
                                              place));
  if (const auto checked = check_query_form(query, kept_parameters()); !checked) {
    return place.member("query").error(checked.error());
  }
  return query;
}

Result<Panel> read_panel(const SpecNode& node, const SpecPlace& place) {
  constexpr std::string_view kKeys[] = {"id",    "title",   "view", "query",
                                        "chart", "measure", "span", "rows"};
  const auto* table = node.as<SpecTable>();
  if (table == nullptr) {
    return place.error("a panel is an object",
                       R"(write it as {"id":"p1","view":"pages_per_hour","chart":"line"})");
  }
  HAPAX_TRY(check_keys(*table, kKeys, place));
  Panel panel;
  HAPAX_ASSIGN(panel.id, read_id(*table, place));
  HAPAX_ASSIGN(panel.title,
               read_member(*table, "title",
                           {.example = "Page views", .bytes_max = Panel::kTitleBytesMax}, place));
  HAPAX_ASSIGN(panel.view, read_name(*table, "view", 1, "pages_per_hour", place));
  HAPAX_ASSIGN(panel.query, read_query(*table, place));
  HAPAX_ASSIGN(panel.chart, read_chart(*table, place));
  HAPAX_ASSIGN(panel.measure, read_name(*table, "measure", 0, "count", place));
  HAPAX_ASSIGN(panel.span, read_span(*table, "span", place));
  HAPAX_ASSIGN(panel.rows, read_span(*table, "rows", place));
  return panel;
}

/// Nothing is an empty list.
Result<SpecList> read_list(const SpecTable& table, std::string_view key, std::size_t most,
                           const SpecPlace& place) {
  const SpecNode* node = find_member(table, key);
  if (node == nullptr) {
    return SpecList();
  }
  const auto* list = node->as<SpecList>();
  if (list == nullptr || list->size() > most) {
    return place.member(key).error(
        list == nullptr ? std::string("this must be a list")
                        : fmt::format("there are {}, more than {}", list->size(), most));
  }
  return *list;
}

Result<std::vector<Panel>> read_panels(const SpecTable& table, const SpecPlace& place) {
  HAPAX_ASSIGN(const SpecList list, read_list(table, "panels", Board::kPanelsMax, place));
  std::vector<Panel> panels;
  std::set<std::string> ids;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const SpecPlace inner = place.member("panels").element(i);
    HAPAX_ASSIGN(Panel panel, read_panel(list[i], inner));
    if (!ids.insert(panel.id).second) {
      return inner.member("id").error(fmt::format("\"{}\" is there twice", panel.id),
                                      "give each panel an id of its own");
    }
    panels.push_back(std::move(panel));
  }
  return panels;
}

Result<Annotation> read_annotation(const SpecNode& node, const SpecPlace& place) {
  constexpr std::string_view kKeys[] = {"at", "text"};
  constexpr std::string_view kExample = "2026-11-27T10:00:00Z";
  const auto* table = node.as<SpecTable>();
  if (table == nullptr) {
    return place.error("an annotation is an object",
                       R"(write it as {"at":"2026-11-27T10:00:00Z","text":"release 2"})");
  }
  HAPAX_TRY(check_keys(*table, kKeys, place));
  HAPAX_ASSIGN(
      const std::string at,
      read_member(*table, "at",
                  {.example = kExample, .bytes_min = 1, .bytes_max = kTimestampBytesMax}, place));
  const auto time = parse_timestamp(at);
  if (!time) {
    return place.member("at").error(fmt::format("\"{}\" is not a time", at),
                                    fmt::format("write it as \"{}\"", kExample));
  }
  HAPAX_ASSIGN(std::string text, read_member(*table, "text",
                                             {.example = "release 2",
                                              .bytes_min = 1,
                                              .bytes_max = Annotation::kTextBytesMax,
                                              .may_have_lines = true},
                                             place));
  return Annotation{.at = *time, .text = std::move(text)};
}

Result<std::vector<Annotation>> read_annotations(const SpecTable& table, const SpecPlace& place) {
  HAPAX_ASSIGN(const SpecList list, read_list(table, "annotations", Board::kAnnotationsMax, place));
  std::vector<Annotation> annotations;
  for (std::size_t i = 0; i < list.size(); ++i) {
    HAPAX_ASSIGN(Annotation annotation,
                 read_annotation(list[i], place.member("annotations").element(i)));
    annotations.push_back(std::move(annotation));
  }
  std::ranges::stable_sort(annotations, {}, &Annotation::at);
  return annotations;
}

}  // namespace

Result<Board> parse_board(std::string_view text, std::string_view id) {
  constexpr std::string_view kKeys[] = {"name", "panels",   "annotations",
                                        "id",   "revision", "origin"};
  const SpecPlace place(fmt::format("board \"{}\"", id));
  HAPAX_ASSIGN(const SpecNode node, read_spec_json(text, "a board"));
  const auto* table = node.as<SpecTable>();
  if (table == nullptr) {
    return place.error("a board is an object", R"(write it as {"name":"Web","panels":[]})");
  }
  HAPAX_TRY(check_keys(*table, kKeys, place));
  Board board;
  HAPAX_ASSIGN(
      board.name,
      read_member(*table, "name",
                  {.example = "Web", .bytes_min = 1, .bytes_max = Board::kNameBytesMax}, place));
  HAPAX_ASSIGN(board.panels, read_panels(*table, place));
  HAPAX_ASSIGN(board.annotations, read_annotations(*table, place));
  return board;
}

}  // namespace hapax
