// SPDX-License-Identifier: Apache-2.0
#include "migration/log_survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "record/event_wire.hpp"

namespace hapax {
namespace {

Error too_long(const LogBatch& batch, std::size_t bytes, std::size_t bytes_max) {
  return {ErrorKind::kInvalid,
          fmt::format("partition {} has an event of {} bytes near offset {}, and a record of the "
                      "topic takes {}",
                      batch.partition.value(), bytes, batch.base_offset.value(), bytes_max),
          "this log cannot become a cluster's: start the cluster without it, and keep this server "
          "for what it has counted"};
}

}  // namespace

Result<void> for_each_event(
    const LogBatch& batch,
    const std::function<Result<void>(const EventView& event, std::string_view record)>& each) {
  if (batch.is_control) {
    return {};
  }
  std::string_view records = batch.records;
  while (!records.empty()) {
    HAPAX_ASSIGN(const std::string_view record, take_framed(records));
    HAPAX_ASSIGN(const EventView event, decode_event(record));
    if (event.control.empty()) {
      HAPAX_TRY(each(event, record));
    }
  }
  return {};
}

Result<LogSurvey> survey_log(const NextBatches& next, std::span<const PartitionStart> starts,
                             std::size_t record_bytes_max) {
  LogSurvey survey;
  for (const PartitionStart& start : starts) {
    survey.ends.push_back(start.offset);
    survey.before += start.offset.value();
  }
  for (;;) {
    HAPAX_ASSIGN(const auto batches, next());
    if (!batches) {
      return survey;
    }
    for (const LogBatch& batch : *batches) {
      survey.ends.at(batch.partition.value()) = advance(batch.base_offset, batch.record_count);
      const std::uint64_t events = survey.events;
      HAPAX_TRY(for_each_event(batch, [&](const EventView& event, std::string_view record) {
        if (record.size() > record_bytes_max) {
          return Result<void>(too_long(batch, record.size(), record_bytes_max));
        }
        ++survey.events;
        survey.bytes += record.size();
        survey.first_received =
            std::min(survey.first_received.value_or(event.received_at), event.received_at);
        return Result<void>();
      }));
      survey.lost += batch.is_control ? 0 : batch.record_count - (survey.events - events);
    }
  }
}

}  // namespace hapax
