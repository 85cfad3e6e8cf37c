// SPDX-License-Identifier: Apache-2.0
#include "read/audit_json.hpp"

#include <nlohmann/json.hpp>

#include "audit/collector_lives.hpp"
#include "audit/equations.hpp"
#include "core/timestamp.hpp"
#include "read/watermark_text.hpp"

namespace hapax {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json watermark_json(EventTime time) {
  const auto shown = watermark_text(time);
  return shown ? Json(*shown) : Json();
}

Json newest_json(std::uint64_t micros) {
  return micros == 0 ? Json()
                     : Json(to_iso8601(event_time_from_micros(static_cast<std::int64_t>(micros))));
}

Json to_object(const SourceAudit& audit) {
  return {{"source", audit.source},
          {"received", audit.received},
          {"accepted", audit.accepted},
          {"rejected", audit.rejected},
          {"unique", audit.unique},
          {"duplicate", audit.duplicate},
          {"conflict", audit.conflict},
          {"restamped", audit.restamped},
          {"on_time", audit.on_time},
          {"late", audit.late},
          {"counted", audit.counted},
          {"clock_ahead", audit.clock_ahead},
          {"before_epoch", audit.before_epoch},
          {"clock_behind", audit.clock_behind},
          {"clock_corrected", audit.clock_corrected},
          {"seconds", audit.seconds},
          {"time_unreadable", audit.time_unreadable},
          {"non_number", audit.non_number},
          {"newest_event", newest_json(audit.newest_event)},
          {"newest_received", newest_json(audit.newest_received)},
          {"digest",
           {{"received", to_hex(audit.received_digest)},
            {"accepted", to_hex(audit.accepted_digest)},
            {"rejected", to_hex(audit.rejected_digest)},
            {"unique", to_hex(audit.unique_digest)},
            {"duplicate", to_hex(audit.duplicate_digest)},
            {"counted", to_hex(audit.counted_digest)}}}};
}

Json to_object(const PartitionAudit& audit) {
  return {
      {"partition", audit.partition.value()},
      {"start", audit.start.value()},
      {"processed", audit.processed.value()},
      {"end", audit.end.value()},
      {"watermark", watermark_json(audit.watermark)},
      {"window_full_from",
       audit.window_full_from ? Json(to_iso8601(as_event_time(*audit.window_full_from))) : Json()},
      {"verdicts_from", audit.verdicts_from.value()},
      {"digest",
       {{"log", to_hex(audit.log_digest)}, {"processed", to_hex(audit.processed_digest)}}}};
}

Json to_object(const ViewAudit& audit) {
  return {{"view", audit.view},
          {"unique", audit.unique.count},
          {"earlier", audit.earlier.count},
          {"filtered", audit.filtered.count},
          {"matching", audit.matching.count},
          {"counted", audit.counted.count},
          {"expired", audit.expired.count},
          {"without_key", audit.without_key.count},
          {"digest",
           {{"unique", to_hex(audit.unique.digest)},
            {"earlier", to_hex(audit.earlier.digest)},
            {"filtered", to_hex(audit.filtered.digest)},
            {"matching", to_hex(audit.matching.digest)},
            {"counted", to_hex(audit.counted.digest)},
            {"expired", to_hex(audit.expired.digest)},
            {"without_key", to_hex(audit.without_key.digest)}}}};
}

Json time_json(ProcessingTime time) {
  return time == ProcessingTime::min() ? Json() : Json(to_iso8601(as_event_time(time)));
}

Json clock_json(const CollectorAudit& audit) {
  if (audit.reported_at == ProcessingTime::min()) {
    return Json();
  }
  return std::chrono::duration<double>(audit.clock - audit.reported_at).count();
}

Json unknown_json(const CollectorLife& life) {
  auto ranges = Json::array();
  for (const auto& [partition, range] : life.unknown) {
    ranges.push_back({{"partition", partition.value()},
                      {"first", range.first},
                      {"last", range.last},
                      {"outcome", name_of(range.outcome)}});
  }
  const CollectorFigures& figures = life.whole.figures;
  return {{"present", figures.present},
          {"absent", figures.absent},
          {"open", figures.open},
          {"ranges", std::move(ranges)}};
}

Json to_object(const CollectorLife& life) {
  const CollectorAudit& whole = life.whole;
  const CollectorFigures& figures = whole.figures;
  const bool is_one = whole.collector != 0;
  return {{"collector", is_one ? Json(collector_name(whole.collector)) : Json()},
          {"state", name_of(whole.state)},
          {"lives", whole.lives},
          {"equal", life.is_equal},
          {"partitions", life.partitions},
          {"joined_at", time_json(whole.joined_at)},
          {"reported_at", time_json(whole.reported_at)},
          {"ended_at", time_json(whole.ended_at)},
          {"clock_off_seconds", clock_json(whole)},
          {"oldest_unsettled", time_json(whole.oldest_unsettled)},
          {"settled", figures.settled},
          {"acknowledged", figures.acknowledged},
          {"arrived", figures.arrived},
          {"arrived_unknown", figures.arrived_unknown},
          {"behind", figures.behind},
          {"unknown", unknown_json(life)},
          {"unreported", figures.unreported},
          {"out_of_order", figures.out_of_order},
          {"repeated", figures.repeated},
          {"digest",
           {{"records", figures.marked_arrived.count},
            {"acknowledged", to_hex(figures.marked_acknowledged.digest)},
            {"arrived_unknown", to_hex(figures.marked_unknown.digest)},
            {"arrived", to_hex(figures.marked_arrived.digest)}}}};
}

Json to_object(const RefusedByCode& refused) {
  return {{"source", refused.source},
          {"code", refused.code},
          {"requests", refused.requests},
          {"bytes", refused.bytes}};
}

Json to_object(const MissedDuplicates& missed, const MissedTally& tally) {
  return {{"asked", tally.asked},
          {"missed", tally.missed},
          {"unasked", tally.unasked},
          {"estimate", missed.estimate(tally)}};
}

Json to_object(const MissedDuplicates& missed) {
  Json object = to_object(missed, missed.total());
  object["sample"] = static_cast<double>(missed.sample) / MissedDuplicates::kWhole;
  object["awaited"] = missed.awaited;
  object["before"] = to_object(missed, missed.before);
  auto hours = Json::array();
  for (const MissedHour& hour : missed.hours) {
    Json of_hour{{"hour", to_iso8601(as_event_time(hour.begin))}};
    of_hour.update(to_object(missed, hour.tally));
    hours.push_back(std::move(of_hour));
  }
  object["hours"] = std::move(hours);
  return object;
}

Json to_object(const Equation& equation) {
  Json object{{"equation", equation.text}, {"holds", equation.holds}};
  if (!equation.holds) {
    object["where"] = equation.where;
  }
  return object;
}

Json to_object(const ClockStatus& clock) {
  Json object{{"doubted", clock.is_doubted},
              {"undecided_doubts", clock.undecided},
              {"keeps_log_files", clock.keeps_files},
              {"stepped_seconds", std::chrono::duration<double>(clock.stepped).count()}};
  if (clock.is_doubted) {
    object["epoch"] = clock.epoch.value();
    object["reason"] = clock.reason;
    object["hint"] = clock.hint;
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

std::string to_json(const AuditReport& report, const std::vector<RefusedByCode>& refused,
                    const ClockStatus& clock) {
  const auto equations = check_books(report);
  Json json{
      {"balanced", balanced(equations)},     {"equations", to_array(equations)},
      {"sources", to_array(report.sources)}, {"partitions", to_array(report.partitions)},
      {"views", to_array(report.views)},     {"collectors", to_array(lives_of(report.collectors))},
      {"refused", to_array(refused)},        {"clock", to_object(clock)}};
  if (report.missed) {
    json["missed_duplicates"] = to_object(*report.missed);
  }
  return dump(json);
}

}  // namespace hapax
