// SPDX-License-Identifier: Apache-2.0
#include "alerts/view_readings.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <variant>

#include "alerts/awaited.hpp"
#include "read/row_request.hpp"
#include "read/watermark_text.hpp"

namespace hapax {
namespace {

Error invalid(std::string message, std::string hint = "") {
  return {ErrorKind::kInvalid, std::move(message), std::move(hint)};
}

/// One window: that which starts then.
TimeRange only(const Window& window) {
  return {.from = window.start, .to = window.start + Microseconds(1)};
}

/// The last window that ends at or before `until`.
Window last_complete(WindowAssigner& windows, EventTime until) {
  constexpr Microseconds kTick(1);
  const Window first = windows.windows_of(until - kTick).front();
  return first.end <= until ? first : windows.windows_of(first.start - kTick).back();
}

/// Of no events at all.
Reading nothing_of(MeasureKind kind) {
  switch (kind) {
    case MeasureKind::kCount:
    case MeasureKind::kRate:
    case MeasureKind::kSum:
    case MeasureKind::kUniques:
      return 0;
    default:
      return std::nullopt;
  }
}

Result<Reading> number_of(const MeasureResult& result) {
  if (const auto* number = std::get_if<double>(&result.answer)) {
    return Reading(*number);
  }
  if (const auto* count = std::get_if<std::uint64_t>(&result.answer)) {
    return Reading(static_cast<double>(*count));
  }
  if (std::holds_alternative<std::monostate>(result.answer)) {
    return Reading();
  }
  return invalid("the measure is no number in this window", "watch one whose answers are numbers");
}

}  // namespace

Result<RowQuery> ViewReadings::query_of(const AlertRule& rule) const {
  auto view = served_.find(rule.view);
  if (view == nullptr) {
    return Error{ErrorKind::kUnavailable,
                 fmt::format("there is no view \"{}\", or it is still being made", rule.view),
                 "GET /api/views lists all"};
  }
  const std::string asked =
      rule.query + (rule.query.empty() ? "" : "&") + "group_by=&limit=2&measures=" + rule.measure;
  HAPAX_ASSIGN(RowQuery query,
               parse_row_request(asked, std::move(view), as_event_time(clock_.now())));
  if (!query.has_windows() && rule.window == AlertWindow::kComplete) {
    return invalid(fmt::format("the view \"{}\" has no windows that could be complete", rule.view),
                   R"(write "window":"present": its rows are of all of time)");
  }
  const MeasureKind kind = query.shape().spec.measures[query.measures.front()].kind;
  if (kind == MeasureKind::kTop) {
    return invalid(fmt::format("{} is a list, no number", rule.measure),
                   "watch a measure whose answers are numbers");
  }
  return query;
}

Result<void> ViewReadings::check(const AlertRule& rule) const {
  if (served_.find(rule.view) == nullptr) {
    return {};
  }
  const auto query = query_of(rule);
  return query ? Result<void>() : query.error();
}

Result<RowAnswer> ViewReadings::ask(const RowQuery& query) const {
  return await<RowAnswer>([&](const RowStore::Answer& answer) { rows_.rows(query, answer); });
}

/// Nothing: no window is complete yet.
Result<std::optional<TimeRange>> ViewReadings::range_of(const AlertRule& rule,
                                                        const RowQuery& query) const {
  if (!query.has_windows()) {
    return std::optional(TimeRange());
  }
  HAPAX_ASSIGN(WindowAssigner windows, WindowAssigner::create(query.row_window()));
  const TimeRange present = only(windows.windows_of(query.now).back());
  if (rule.window == AlertWindow::kPresent) {
    return std::optional(present);
  }
  RowQuery newest = query;
  newest.ranges = {present};
  HAPAX_ASSIGN(const RowAnswer answer, ask(newest));
  if (!answer.complete_until || !watermark_text(*answer.complete_until)) {
    return std::optional<TimeRange>();
  }
  return std::optional(only(last_complete(windows, *answer.complete_until)));
}

Result<Reading> ViewReadings::read(const AlertRule& rule) const {
  HAPAX_ASSIGN(RowQuery query, query_of(rule));
  HAPAX_ASSIGN(const auto range, range_of(rule, query));
  if (!range) {
    return Error{ErrorKind::kUnavailable, "no window is complete yet: there was no event"};
  }
  query.ranges = {*range};
  HAPAX_ASSIGN(const RowAnswer answer, ask(query));
  if (answer.next) {
    return Error{ErrorKind::kUnavailable, "the window has more than a query may look at",
                 "filter by groups, or watch a view with fewer of them"};
  }
  if (answer.rows.empty()) {
    return rule.when == AlertWhen::kAbsent
               ? Reading()
               : nothing_of(query.shape().spec.measures[query.measures.front()].kind);
  }
  return number_of(answer.rows.front().results.front());
}

}  // namespace hapax
