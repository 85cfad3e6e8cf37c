#include "api/view_json.hpp"

#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>

#include "api/books.hpp"

namespace hapax {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// null before the first event: a watermark then rules out no time at all.
Json watermark_json(EventTime time) {
  constexpr EventTime kBeforeAll =
      event_time_from_micros(std::numeric_limits<std::int64_t>::min() / 2);
  return time < kBeforeAll ? Json() : Json(to_iso8601(time));
}

Json to_object(const Cell& cell) {
  return {{"start", to_iso8601(cell.start)},
          {"end", to_iso8601(cell.start + kCellWidth)},
          {"group", {{"source", cell.source}, {"event", cell.event}}},
          {"values", {{"count", cell.count}, {"users", cell.users}}},
          {"state", cell.final ? "final" : "open"},
          {"revision", cell.revision}};
}

std::string hex(const Digest& digest) {
  return fmt::format("{:016x}{:016x}", digest.sum().high, digest.sum().low);
}

Json to_object(const SourceAudit& audit) {
  return {{"source", audit.source},
          {"received", audit.received},
          {"accepted", audit.accepted},
          {"rejected", audit.rejected},
          {"unique", audit.unique},
          {"duplicate", audit.duplicate},
          {"conflict", audit.conflict},
          {"on_time", audit.on_time},
          {"late", audit.late},
          {"counted", audit.counted},
          {"clock_ahead", audit.clock_ahead},
          {"before_epoch", audit.before_epoch},
          {"digest",
           {{"received", hex(audit.received_digest)},
            {"accepted", hex(audit.accepted_digest)},
            {"rejected", hex(audit.rejected_digest)},
            {"unique", hex(audit.unique_digest)},
            {"duplicate", hex(audit.duplicate_digest)},
            {"counted", hex(audit.counted_digest)}}}};
}

Json to_object(const PartitionAudit& audit) {
  return {{"partition", audit.partition.value()},
          {"processed", audit.processed.value()},
          {"end", audit.end.value()},
          {"watermark", watermark_json(audit.watermark)},
          {"digest", {{"log", hex(audit.log_digest)}, {"processed", hex(audit.processed_digest)}}}};
}

Json to_object(const Equation& equation) {
  Json object{{"equation", equation.text}, {"holds", equation.holds}};
  if (!equation.holds) {
    object["where"] = equation.where;
  }
  return object;
}

template <typename Items>
Json to_array(const Items& items) {
  auto array = Json::array();
  for (const auto& item : items) {
    array.push_back(to_object(item));
  }
  return array;
}

}  // namespace

std::string to_iso8601(EventTime time) {
  using std::chrono::floor;
  const std::chrono::sys_time<Microseconds> utc(time.time_since_epoch());
  const auto day = floor<std::chrono::days>(utc);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<Microseconds> clock(utc - day);
  const auto micros = clock.subseconds().count();
  const auto fraction =
      micros % 1000 == 0 ? fmt::format("{:03}", micros / 1000) : fmt::format("{:06}", micros);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     fraction);
}

std::string to_json(const ViewAnswer& answer) {
  return dump({{"view", "events_per_minute"},
               {"watermark", watermark_json(answer.watermark)},
               {"complete_until", watermark_json(answer.complete_until)},
               {"cells", to_array(answer.cells)}});
}

std::string to_json(const AuditReport& report) {
  const auto equations = check_books(report);
  return dump({{"balanced", balanced(equations)},
               {"equations", to_array(equations)},
               {"sources", to_array(report.sources)},
               {"partitions", to_array(report.partitions)}});
}

}  // namespace hapax
