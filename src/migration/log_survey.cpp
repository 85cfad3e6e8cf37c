// SPDX-License-Identifier: Apache-2.0
#include "migration/log_survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
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

Error in_doubt() {
  return {ErrorKind::kInvalid,
          "the clock of the server is in doubt, so it is not known when its newest events came",
          "start it, and see hapax clock status: accept its clock, or correct it"};
}

/// Reads a log record by record.
class Surveyor {
 public:
  Surveyor(const LogBeginning& beginning, std::size_t record_bytes_max)
      : record_bytes_max_(record_bytes_max) {
    for (const PartitionStart& start : beginning.starts) {
      survey_.ends.push_back(start.offset);
      survey_.before += start.offset.value();
    }
  }

  Result<void> begin(const LogBeginning& beginning) {
    HAPAX_ASSIGN(const auto clock, clock_state_among(beginning.controls));
    hear(clock.value_or(ClockState()));
    return {};
  }

  Result<void> pass(const LogBatch& batch) {
    survey_.ends.at(batch.partition.value()) = advance(batch.base_offset, batch.record_count);
    return for_each_record(batch, [&](const EventView& event, std::string_view record) {
      if (!event.control.empty()) {
        return pass_control(event, batch.is_control);
      }
      if (record.size() > record_bytes_max_) {
        return Result<void>(too_long(batch, record.size(), record_bytes_max_));
      }
      ++survey_.events;
      survey_.bytes += record.size();
      first_.try_emplace(batch.partition, EventView{.received_at = event.received_at,
                                                    .clock_epoch = event.clock_epoch});
      return Result<void>();
    });
  }

  Result<LogSurvey> finish() {
    if (!clock_.doubted.empty()) {
      return in_doubt();
    }
    for (auto& [partition, event] : first_) {
      survey_.decide(event);
      survey_.whole_from =
          std::max(survey_.whole_from.value_or(event.received_at), event.received_at);
    }
    return std::move(survey_);
  }

 private:
  /// Every partition has each of them, so the newest one holds.
  Result<void> pass_control(const EventView& event, bool is_in_force) {
    if (!is_in_force) {
      ++survey_.lost;
      return {};
    }
    HAPAX_ASSIGN(auto said, clock_state_of(event));
    if (said && said->number >= clock_.number) {
      hear(std::move(*said));
    }
    return {};
  }

  /// A state has the newest corrections alone.
  void hear(ClockState said) {
    for (const ClockCorrection& correction : said.corrections) {
      const auto known =
          std::ranges::find(survey_.corrections, correction.epoch, &ClockCorrection::epoch);
      if (known == survey_.corrections.end()) {
        survey_.corrections.push_back(correction);
      } else {
        *known = correction;
      }
    }
    clock_ = std::move(said);
  }

  const std::size_t record_bytes_max_;
  LogSurvey survey_;
  ClockState clock_;
  std::map<PartitionId, EventView> first_;  // Its times alone.
};

}  // namespace

Result<void> for_each_record(
    const LogBatch& batch,
    const std::function<Result<void>(const EventView& event, std::string_view record)>& each) {
  std::string_view records = batch.records;
  while (!records.empty()) {
    HAPAX_ASSIGN(const std::string_view record, take_framed(records));
    HAPAX_ASSIGN(const EventView event, decode_event(record));
    HAPAX_TRY(each(event, record));
  }
  return {};
}

void LogSurvey::decide(EventView& event) const {
  const auto correction =
      std::ranges::find(corrections, ClockEpoch(event.clock_epoch), &ClockCorrection::epoch);
  if (correction != corrections.end()) {
    correct(event, *correction);
  }
  event.clock_epoch = kUndoubted.value();
}

Result<LogSurvey> survey_log(const NextBatches& next, const LogBeginning& beginning,
                             std::size_t record_bytes_max) {
  Surveyor surveyor(beginning, record_bytes_max);
  HAPAX_TRY(surveyor.begin(beginning));
  for (;;) {
    HAPAX_ASSIGN(const auto batches, next());
    if (!batches) {
      return surveyor.finish();
    }
    for (const LogBatch& batch : *batches) {
      HAPAX_TRY(surveyor.pass(batch));
    }
  }
}

}  // namespace hapax
