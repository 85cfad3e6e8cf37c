// SPDX-License-Identifier: Apache-2.0
#include "api/view_entry.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/timestamp.hpp"

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

std::string explain_json(const CatalogView& view, const ViewReport& report) {
  Json json = entry(view, report);
  json["plan"] = report.shape ? plan_of(*report.shape) : Json();
  json["account"] = account_of(report.account);
  json["memory"] = {{"hot_cells", report.hot_cells}, {"bytes", report.memory_bytes}};
  json["nanoseconds_per_event"] =
      report.nanoseconds_per_event > 0 ? Json(std::round(report.nanoseconds_per_event)) : Json();
  return json.dump();
}

}  // namespace hapax
