// SPDX-License-Identifier: Apache-2.0
#include "partition/sql_cells.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "core/timestamp.hpp"
#include "json/json_text.hpp"
#include "ports/view_store.hpp"
#include "stream/stored_runs.hpp"
#include "views/runtime/group_key.hpp"
#include "views/runtime/view_cell.hpp"

namespace hapax {
namespace {

/// In place of a number that cannot be said: whatever SQL adds it to is none, either.
constexpr std::string_view kNoNumber = R"("NaN")";

// The years that PostgreSQL and ISO 8601 write alike.
constexpr EventTime kFirstYear(
    std::chrono::sys_days(std::chrono::year(1) / 1 / 1).time_since_epoch());
constexpr EventTime kBehindLastYear(
    std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1).time_since_epoch());

/// Functions of SQL that make of the numbers of several cells that of all.
constexpr std::array<std::string_view, 3> kFunctions = {"sum", "min", "max"};

/// Which one; nothing: of this measure none does. A rate is not among them: that of two windows is
/// no sum.
std::string_view function_of(MeasureKind kind) {
  switch (kind) {
    using enum MeasureKind;
    case kCount:
    case kSum:
      return "sum";
    case kMin:
      return "min";
    case kMax:
      return "max";
    case kRate:
    case kAvg:
    case kFirst:
    case kLast:
    case kUniques:
    case kQuantile:
    case kTop:
      break;
  }
  return {};
}

std::string json_string(std::string_view text) {
  std::string json;
  append_json_string(text, json);
  return json;
}

struct AppendScalar {
  void operator()(std::monostate) const { to += "null"; }
  void operator()(bool truth) const { to += truth ? "true" : "false"; }
  void operator()(double number) const {
    if (std::isfinite(number)) {
      fmt::format_to(std::back_inserter(to), "{}", number);
    } else {
      to += kNoNumber;
    }
  }
  void operator()(std::uint64_t count) const { to += std::to_string(count); }
  void operator()(const std::string& text) const { append_json_string(text, to); }
  void operator()(const std::vector<TopValue>&) const { to += kNoNumber; }

  std::string& to;
};

void append_time(EventTime time, std::string& to) {
  to += '"';
  if (time < kFirstYear) {
    to += "-infinity";
  } else if (time >= kBehindLastYear) {
    to += "infinity";
  } else {
    append_iso8601(time, to);
  }
  to += '"';
}

/// Writes the cells of a view. Lifetime: `shape` must outlive it.
class CellWriter {
 public:
  CellWriter(const ViewShape& shape, bool is_sampled);

  /// False when it is damaged.
  bool write(std::string_view key, std::string_view value, std::string& to) const;

 private:
  struct Measured {
    std::size_t index;  ///< Among the view's.
    std::string name;   ///< As JSON.
  };
  struct Function {
    std::string_view name;
    std::vector<Measured> measures;
  };

  void write_group(const std::vector<OwnedValue>& group, std::string& to) const;
  void write_numbers(const ViewCellValue& cell, std::string& to) const;

  const ViewShape& shape_;
  const bool is_sampled_;
  std::vector<std::string> fields_;  // As JSON.
  std::vector<Function> functions_;  // Those that there are measures of.
  std::string unreadable_;           // The member of all other measures; empty: there are none.
};

CellWriter::CellWriter(const ViewShape& shape, bool is_sampled)
    : shape_(shape), is_sampled_(is_sampled) {
  for (const Field& field : shape.group_fields) {
    fields_.push_back(json_string(field_text(field)));
  }
  const std::vector<Measure>& measures = shape.spec.measures;
  for (const std::string_view name : kFunctions) {
    Function function{.name = name, .measures = {}};
    for (std::size_t i = 0; i < measures.size(); ++i) {
      if (function_of(measures[i].kind) == name) {
        function.measures.push_back({.index = i, .name = json_string(measures[i].name)});
      }
    }
    if (!function.measures.empty()) {
      functions_.push_back(std::move(function));
    }
  }
  for (const Measure& measure : measures) {
    if (function_of(measure.kind).empty()) {
      unreadable_ += unreadable_.empty() ? R"(,"unreadable":[)" : ",";
      unreadable_ += json_string(measure.name);
    }
  }
  unreadable_ += unreadable_.empty() ? "" : "]";
}

bool CellWriter::write(std::string_view key, std::string_view value, std::string& to) const {
  const auto place = split_view_cell_key(key.substr(1));  // Behind what summary_key() adds.
  if (!place) {
    return false;
  }
  const auto group = decode_group(place->group);
  const auto cell = decode_value(value, shape_.measures, shape_.length_of(place->window));
  if (!group || !cell) {
    return false;
  }
  append_time(place->window.start, to += R"({"start":)");
  append_time(place->window.end, to += R"(,"end":)");
  write_group(*group, to);
  write_numbers(*cell, to);
  to.append(unreadable_) += '}';
  return true;
}

/// Of all other groups fewer values are known than there are fields.
void CellWriter::write_group(const std::vector<OwnedValue>& group, std::string& to) const {
  to += R"(,"group":{)";
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    to.append(i == 0 ? "" : ",").append(fields_[i]) += ':';
    std::visit(AppendScalar{to}, i < group.size() ? group[i] : OwnedValue());
  }
  to += group.size() < fields_.size() ? R"(},"other":true)" : "}";
}

void CellWriter::write_numbers(const ViewCellValue& cell, std::string& to) const {
  for (const Function& function : functions_) {
    to.append(",\"").append(function.name) += "\":{";
    for (const Measured& measured : function.measures) {
      to.append(to.back() == '{' ? "" : ",").append(measured.name) += ':';
      if (is_sampled_) {
        to += kNoNumber;
      } else {
        std::visit(AppendScalar{to}, cell.results[measured.index].answer);
      }
    }
    to += '}';
  }
}

}  // namespace

Result<StateWrite::Table> sql_change(const StateWrite::Table& cells, const ViewShape& shape,
                                     bool is_sampled) {
  StateWrite::Table rows{.name = std::string(kSqlTablePrefix) + shape.spec.name,
                         .dropped = cells.dropped};
  const std::string end = summary_keys_end();  // Behind it are runs, which are no cells.
  std::ranges::copy_if(cells.erased, std::back_inserter(rows.erased),
                       [&](const StateWrite::Range& range) { return range.from < end; });
  const CellWriter writer(shape, is_sampled);
  bool is_whole = true;
  std::string row;
  cells.changes.for_each([&](std::string_view key, std::optional<std::string_view> value) {
    if (key >= end) {
      return false;
    }
    if (!value || holds_nothing(*value)) {
      rows.changes.erase(key);
      return true;
    }
    row.clear();
    is_whole = writer.write(key, *value, row);
    rows.changes.put(key, row);
    return is_whole;
  });
  return is_whole ? Result<StateWrite::Table>(std::move(rows)) : damaged_cell(cells.name);
}

}  // namespace hapax
