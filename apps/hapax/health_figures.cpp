// SPDX-License-Identifier: Apache-2.0
#include "health_figures.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <optional>

#include "alerts/awaited.hpp"
#include "audit/equations.hpp"
#include "core/time_math.hpp"
#include "disk_space.hpp"
#include "read/watermark_text.hpp"

namespace hapax {
namespace {

Error unknown(std::string why) {
  return {ErrorKind::kUnavailable, std::move(why)};
}

double seconds(Microseconds duration) {
  return std::max(0.0, std::chrono::duration<double>(duration).count());
}

HealthFigure books_broken(const HealthSources& sources) {
  return {.kind = {.name = "books_broken",
                   .meaning = "Equations of /api/audit that do not hold.",
                   .threshold = 0},
          .read = [&books = sources.books](const std::string&) -> Result<double> {
            HAPAX_ASSIGN(const AuditReport report,
                         await<AuditReport>([&](auto answer) { books.audit(answer); }));
            const auto equations = check_books(report);
            return static_cast<double>(std::ranges::count(equations, false, &Equation::holds));
          }};
}

HealthFigure lag_seconds(const HealthSources& sources) {
  return {
      .kind = {.name = "lag_seconds", .meaning = "Seconds that the watermark is behind the clock."},
      .read = [read = sources.watermark,
               &clock = sources.clock](const std::string&) -> Result<double> {
        const EventTime watermark = read();
        if (!watermark_text(watermark)) {
          return unknown("there was no event yet, so there is no watermark");
        }
        return seconds(as_event_time(clock.now()) - watermark);
      }};
}

/// Since the start, where there never was any.
HealthFigure no_events(const HealthSources& sources) {
  return {.kind = {.name = "no_events",
                   .meaning = "Seconds since the newest event arrived, of a source or of all; "
                              "since the server started, where none ever did.",
                   .has_sources = true},
          .read = [&books = sources.books, &clock = sources.clock,
                   started = sources.clock.now()](const std::string& source) -> Result<double> {
            const auto asked = source.empty() ? std::nullopt : std::optional(source);
            using Newest = std::optional<NewestEvent>;
            HAPAX_ASSIGN(const Newest newest,
                         await<Newest>([&](auto answer) { books.newest(asked, answer); }));
            return seconds(clock.now() - (newest ? newest->received_at : started));
          }};
}

HealthFigure processing_stopped(const HealthSources& sources) {
  return {.kind = {.name = "processing_stopped",
                   .meaning = "1 when processing has stopped for good, else 0.",
                   .threshold = 0},
          .read = [read = sources.processor](const std::string&) -> Result<double> {
            return read().error.empty() ? 0.0 : 1.0;
          }};
}

HealthFigure checkpoint_age(const HealthSources& sources) {
  return {.kind = {.name = "checkpoint_age",
                   .meaning = "Seconds since the last checkpoint, or since the start."},
          .read = [read = sources.processor](const std::string&) -> Result<double> {
            return std::chrono::duration<double>(read().checkpoint_age).count();
          }};
}

HealthFigure disk_free_bytes(const HealthSources& sources) {
  return {.kind = {.name = "disk_free_bytes",
                   .meaning = "Bytes that are free where the data is.",
                   .when = AlertWhen::kBelow},
          .read = [directory = sources.data_directory](const std::string&) -> Result<double> {
            HAPAX_ASSIGN(const DiskSpace space, disk_space(directory));
            return static_cast<double>(space.free_bytes);
          }};
}

HealthFigure gaps(const HealthSources& sources) {
  return {.kind = {.name = "gaps",
                   .meaning = "Numbered events of the present day (UTC) that are missing, of a "
                              "source or of all together; unknown after a start until the log is "
                              "read.",
                   .has_sources = true},
          .read = [&gaps = *sources.gaps,
                   &clock = sources.clock](const std::string& source) -> Result<double> {
            const std::uint32_t day = utc_day(clock.now());
            GapQuery today{
                .from = day, .to = day + 1, .rows_max = std::numeric_limits<std::size_t>::max()};
            if (!source.empty()) {
              today.sources.insert(source);
            }
            HAPAX_ASSIGN(const GapReport report,
                         await<GapReport>([&](auto answer) { gaps.gaps(today, answer); }));
            HAPAX_ASSIGN(const std::uint64_t missing, missing_in_rows(report));
            return static_cast<double>(missing);
          }};
}

}  // namespace

std::vector<HealthFigure> health_figures(const HealthSources& sources) {
  std::vector<HealthFigure> figures{books_broken(sources)};
  if (sources.gaps != nullptr) {
    figures.push_back(gaps(sources));
  }
  figures.push_back(lag_seconds(sources));
  figures.push_back(no_events(sources));
  if (sources.processor) {
    figures.push_back(processing_stopped(sources));
    figures.push_back(checkpoint_age(sources));
  }
  figures.push_back(disk_free_bytes(sources));
  return figures;
}

std::vector<FigureKind> kinds_of(std::span<const HealthFigure> figures) {
  std::vector<FigureKind> kinds;
  std::ranges::transform(figures, std::back_inserter(kinds), &HealthFigure::kind);
  return kinds;
}

Result<Reading> read_figure(std::span<const HealthFigure> figures, const AlertRule& rule) {
  const auto name_of = [](const HealthFigure& figure) { return figure.kind.name; };
  const auto found = std::ranges::find(figures, rule.figure, name_of);
  if (found == figures.end()) {
    return unknown("there is no figure \"" + rule.figure + "\"");
  }
  HAPAX_ASSIGN(const double number, found->read(rule.source));
  return Reading(number);
}

}  // namespace hapax
