// SPDX-License-Identifier: Apache-2.0
#include "api/view_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/timestamp.hpp"
#include "read/cell_walk.hpp"
#include "read/row_values.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

using Json = nlohmann::ordered_json;

const char* text_of(ViewState state) {
  switch (state) {
    case ViewState::kLive:
      return "live";
    case ViewState::kWaiting:
      return "waiting";
    case ViewState::kBackfilling:
      return "backfilling";
  }
  return "";
}

/// Four fifths of it, and more.
bool is_near(std::uint64_t value, std::uint64_t limit) {
  return value >= limit - limit / 5;
}

Json time_or_null(const std::optional<EventTime>& time) {
  return time ? Json(to_iso8601(*time)) : Json();
}
Json time_or_null(const std::optional<ProcessingTime>& time) {
  return time ? Json(to_iso8601(as_event_time(*time))) : Json();
}

/// Null for one that is live.
Json progress_of(const ViewReport& report) {
  if (report.state == ViewState::kLive) {
    return {};
  }
  const BackfillProgress& progress = report.progress;
  const double done = static_cast<double>(progress.records_done);
  const double total = static_cast<double>(progress.records_total);
  const double rate = progress.records_per_second;
  return {
      {"percent", total > 0 ? std::floor(done * 1000 / total) / 10 : 0.0},
      {"records_done", progress.records_done},
      {"records_total", progress.records_total},
      {"events_per_second", std::round(rate)},
      {"seconds_left", rate > 0 ? Json(std::ceil(std::max(total - done, 0.0) / rate)) : Json()}};
}

Json entry(const CatalogView& view, const ViewReport& report) {
  Json json = {{"name", view.spec.name},
               {"id", view.id},
               {"origin", origin_text(view.origin)},
               {"state", text_of(report.state)},
               {"progress", progress_of(report)},
               {"complete_from", time_or_null(report.complete_from)},
               {"retired_at", time_or_null(view.retired_at)}};
  if (!report.error.empty()) {
    json["error"] = report.error;
  }
  json["spec"] = Json::parse(view_json(view.spec));
  return json;
}

/// What a cell is: by which fields, of which measures.
Json plan_of(const ViewShape& shape) {
  Json group = Json::array();
  for (const Field& field : shape.group_fields) {
    group.push_back(field_text(field));
  }
  Json measures = Json::object();
  for (const Measure& measure : shape.spec.measures) {
    measures[measure.name] = measure_text(measure);
  }
  return {{"group", std::move(group)},
          {"measures", std::move(measures)},
          {"cell_bytes_min", shape.measures.bytes()},
          {"cells_grow", shape.measures.grows()}};
}

Json account_of(const SourceAccount& account) {
  return {{"matching", account.matching.count}, {"counted", account.counted.count},
          {"expired", account.expired.count},   {"without_key", account.without_key.count},
          {"in_cells", account.in_cells},       {"kind_mismatches", account.kind_mismatches}};
}

/// Null: they are not limited.
Json keys_of(const std::optional<KeyReport>& keys) {
  if (!keys) {
    return {};
  }
  return {{"bytes_max", keys->bytes_max},
          {"bytes", keys->bytes},
          {"keys", keys->keys},
          {"windows_sampled", keys->windows_sampled},
          {"least_share", keys->least_share}};
}

void add_near_limits(const KeyReport& keys, Json& to) {
  if (keys.windows_sampled > 0) {
    to.push_back(fmt::format("{} windows count a sample of their keys, the least {}",
                             keys.windows_sampled, keys.least_share));
  }
  if (is_near(keys.bytes, keys.bytes_max)) {
    to.push_back(
        fmt::format("the keys of a window weigh {} of {} bytes; beyond it a sample of them "
                    "is counted",
                    keys.bytes, keys.bytes_max));
  }
}

Json group_of(const ViewShape& shape, std::string_view group) {
  Json json = Json::object();
  const auto values = decode_group(group).value_or(std::vector<OwnedValue>());
  for (std::size_t i = 0; i < values.size() && i < shape.group_fields.size(); ++i) {
    std::string text;
    append_json_value(values[i], text);
    json[field_text(shape.group_fields[i])] = Json::parse(text);
  }
  return json;
}

Json window_of(const ViewShape& shape, const Window& window) {
  const bool has_windows = shape.spec.window.kind != WindowKind::kNone;
  return {{"start", has_windows ? Json(to_iso8601(window.start)) : Json()},
          {"end", has_windows ? Json(to_iso8601(window.end)) : Json()}};
}

/// Null: there is no cell.
Json extent_of(const RowExtent& extent, const ViewShape& shape) {
  Json json = {{"whole", extent.is_whole}, {"cells", extent.cells}, {"bytes", extent.bytes}};
  json["widest_window"] = Json();
  json["largest_cell"] = Json();
  if (const auto largest = split_view_cell_key(extent.largest_key)) {
    json["widest_window"] = window_of(shape, extent.widest);
    json["widest_window"]["cells"] = extent.widest_cells;
    json["largest_cell"] = window_of(shape, largest->window);
    json["largest_cell"]["group"] = group_of(shape, largest->group);
    json["largest_cell"]["bytes"] = extent.largest_bytes;
  }
  return json;
}

/// What a measure has of what it counts exactly.
void add_near_limits(const Measure& measure, const MeasureSpec& spec, const MeasureExtent& extent,
                     Json& to) {
  if (extent.inexact > 0) {
    to.push_back(fmt::format("{}: not exact in {} of the cells, which hold more than {} values",
                             measure.name, extent.inexact,
                             spec.kind == MeasureKind::kTop ? spec.values_max : spec.exact_max));
  }
  if (is_near(extent.values_max, spec.exact_max)) {
    to.push_back(fmt::format("{}: a cell holds {} of the {} values that are counted exactly",
                             measure.name, extent.values_max, spec.exact_max));
  }
}

Json near_limits_of(const RowExtent& extent, const ViewShape& shape) {
  Json near = Json::array();
  for (std::size_t i = 0; i < extent.measures.size(); ++i) {
    add_near_limits(shape.spec.measures[i], shape.measures.places()[i].spec, extent.measures[i],
                    near);
  }
  const RowBudget budget;
  if (is_near(extent.widest_cells, budget.groups_max)) {
    near.push_back(fmt::format("a window has {} groups, of which {} can be rolled up",
                               extent.widest_cells, budget.groups_max));
  }
  if (is_near(extent.cells, budget.whole_cells_max)) {
    near.push_back(fmt::format("it has {} cells, of which a query ranks or rolls up {}",
                               extent.cells, budget.whole_cells_max));
  }
  return near;
}

}  // namespace

ViewReport report_of(const CatalogView& view, const std::vector<ViewReport>& reports) {
  const auto found = std::ranges::find(reports, view.id, &ViewReport::id);
  return found != reports.end() ? *found : ViewReport{.id = view.id, .state = ViewState::kWaiting};
}

std::string views_json(const ViewCatalog& catalog, const std::vector<ViewReport>& reports) {
  Json views = Json::array();
  for (const CatalogView& view : catalog.views) {
    views.push_back(entry(view, report_of(view, reports)));
  }
  return Json({{"views", std::move(views)}}).dump();
}

std::string changed_json(const CatalogView& view, const ViewReport& report,
                         std::string_view message) {
  Json json = entry(view, report);
  if (!message.empty()) {
    json["message"] = message;
  }
  return json.dump();
}

std::string explain_json(const CatalogView& view, const ViewReport& report,
                         const std::optional<RowExtent>& extent) {
  Json json = entry(view, report);
  json["plan"] = report.shape ? plan_of(*report.shape) : Json();
  json["account"] = account_of(report.account);
  json["memory"] = {{"hot_cells", report.hot_cells}, {"bytes", report.memory_bytes}};
  json["nanoseconds_per_event"] =
      report.nanoseconds_per_event > 0 ? Json(std::round(report.nanoseconds_per_event)) : Json();
  const bool is_known = extent && report.shape;
  json["extent"] = is_known ? extent_of(*extent, *report.shape) : Json();
  json["near_limits"] = is_known ? near_limits_of(*extent, *report.shape) : Json::array();
  json["keys"] = keys_of(report.keys);
  if (report.keys) {
    add_near_limits(*report.keys, json["near_limits"]);
  }
  return json.dump();
}

}  // namespace hapax
