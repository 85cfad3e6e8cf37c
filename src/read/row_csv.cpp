// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/timestamp.hpp"
#include "json/json_text.hpp"
#include "read/row_cursor.hpp"
#include "read/row_json.hpp"
#include "read/row_values.hpp"
#include "read/watermark_text.hpp"

namespace hapax {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

void append_quoted(std::string_view text, std::string& to) {
  to += '"';
  for (const char character : text) {
    to.append(character == '"' ? 2 : 1, character);
  }
  to += '"';
}

/// Fields that need it are quoted.
void append_field(std::string_view text, std::string& to) {
  if (text.find_first_of("\",\r\n") == text.npos) {
    to += text;
  } else {
    append_quoted(text, to);
  }
}

/// A text that is empty, or reads as another kind of value, is quoted; what is absent is empty.
void append_text(std::string_view text, std::string& to) {
  const bool is_like_another =
      text.empty() || text == "true" || text == "false" || text == "null" || is_json_number(text);
  is_like_another ? append_quoted(text, to) : append_field(text, to);
}

void append_value(const OwnedValue& value, std::string& to) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    append_text(*text, to);
  } else if (!std::holds_alternative<std::monostate>(value)) {
    append_json_value(value, to);
  }
}

void append_answer(const MeasureResult& result, std::string& to) {
  if (const auto* text = std::get_if<std::string>(&result.answer)) {
    append_text(*text, to);
    return;
  }
  std::string json;
  append_json_answer(result, json);
  append_field(json == "null" ? std::string() : json, to);
}

void append_header(const RowQuery& query, std::string& to) {
  to += query.ranges.size() > 1 ? "range," : "";
  to += query.has_windows() ? "start,end," : "";
  for (const Field& field : query.group_fields()) {
    append_field(field_text(field), to);
    to += ',';
  }
  for (std::size_t i = 0; i < query.measures.size(); ++i) {
    to.append(measure_name(query, i)) += ',';
  }
  to.append("state,revision,current,partial,other,");
  to.append(query.shape().spec.per ? "sampled,notes" : "notes").append(kLineEnd);
}

/// Nothing where all keys are counted.
void append_share(double share, std::string& to) {
  if (share < 1) {
    append_json_double(share, to);
  }
  to += ',';
}

void append_row(const Row& row, const RowQuery& query, std::string& to) {
  to += query.ranges.size() > 1 ? std::to_string(row.range) + ',' : "";
  to += query.has_windows() ? to_iso8601(row.window.start) + ',' + to_iso8601(row.window.end) + ','
                            : "";
  for (std::size_t i = 0; i < query.shape().group_fields.size(); ++i) {
    append_value(i < row.group.size() ? row.group[i] : OwnedValue(), to);
    to += ',';
  }
  for (const MeasureResult& result : row.results) {
    append_answer(result, to);
    to += ',';
  }
  to.append(row.is_final ? "final," : "open,").append(std::to_string(row.revision));
  for (const bool is : {row.is_current, row.is_partial, row.is_other}) {
    to += is ? ",true" : ",false";
  }
  to += ',';
  if (query.shape().spec.per) {
    append_share(row.share, to);
  }
  if (std::ranges::any_of(row.results, has_notes)) {
    std::string notes;
    append_json_notes(row, query, notes);
    append_field(notes, to);
  }
  to += kLineEnd;
}

}  // namespace

std::string to_csv(const RowAnswer& answer, const RowQuery& query) {
  std::string text;
  text.reserve(row_bytes(answer));
  append_header(query, text);
  for (const Row& row : answer.rows) {
    append_row(row, query, text);
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> csv_headers(const RowAnswer& answer,
                                                             const RowQuery& query) {
  std::vector<std::pair<std::string, std::string>> headers;
  if (const auto watermark = watermark_text(answer.watermark)) {
    headers.emplace_back("Hapax-Watermark", *watermark);
  }
  if (answer.complete_until && watermark_text(*answer.complete_until)) {
    headers.emplace_back("Hapax-Complete-Until", *watermark_text(*answer.complete_until));
  }
  if (answer.windows_cut > 0) {
    headers.emplace_back("Hapax-Windows-Cut", std::to_string(answer.windows_cut));
  }
  if (query.view->complete_from) {
    headers.emplace_back("Hapax-Complete-From", to_iso8601(*query.view->complete_from));
  }
  if (answer.next) {
    headers.emplace_back("Hapax-Next", encode_cursor(query, *answer.next));
  }
  return headers;
}

}  // namespace hapax
