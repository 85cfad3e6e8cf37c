// SPDX-License-Identifier: Apache-2.0
#include "arrival/log_end.hpp"

#include <algorithm>
#include <vector>

#include "core/time_math.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

constexpr std::size_t kPollBytes = 1U << 20U;

void raise(std::optional<ProcessingTime>& to, ProcessingTime time) {
  to = std::max(to.value_or(time), time);
}

void note(const EventView& record, const ClockState& state, LogEnd& end) {
  const ClockEpoch epoch(record.clock_epoch);
  raise(end.running, state.running_time(record.received_at, epoch));
  if (state.is_doubted) {
    if (epoch == state.newest) {
      raise(end.newest, record.received_at);
    }
  } else if (state.is_over(epoch)) {
    const ClockCorrection* correction = state.find_correction(epoch);
    const Microseconds shift = correction != nullptr ? correction->shift : Microseconds(0);
    raise(end.newest, saturating_add(record.received_at, shift));
  }
}

LogEnd newest_of(const std::vector<LogEnd>& ends) {
  LogEnd newest;
  for (const LogEnd& end : ends) {
    newest.newest = std::max(newest.newest, end.newest);
    newest.running = std::max(newest.running, end.running);
  }
  return newest;
}

std::optional<ProcessingTime> running_before(const ClockState& state) {
  return state.running == ProcessingTime::min() ? std::nullopt : std::optional(state.running);
}

}  // namespace

// `state` says nothing of the stamps of records before its own: another lag was in force then.
Result<LogEnd> read_log_end(LogSource& log, const ClockState& state) {
  const std::vector<Offset> recent = log.recent();
  std::vector<Receipt::End> from;
  for (std::uint32_t i = 0; i < recent.size(); ++i) {
    from.push_back({PartitionId(i), recent[i]});
  }
  HAPAX_ASSIGN(const auto reader, log.read(from));
  std::vector<LogEnd> ends(recent.size());
  for (;;) {
    HAPAX_ASSIGN(const auto batches, reader->poll(kPollBytes));
    if (batches.empty()) {
      break;
    }
    for (const LogBatch& batch : batches) {
      std::string_view records = batch.records;
      while (!records.empty()) {
        HAPAX_ASSIGN(const auto record, take_framed(records));
        HAPAX_ASSIGN(const auto event, decode_event(record));
        LogEnd& end = ends[batch.partition.value()];
        if (batch.is_control) {
          HAPAX_ASSIGN(const auto said, clock_state_of(event));
          end = said ? LogEnd() : end;
        }
        note(event, state, end);
      }
    }
  }
  ends.push_back({.newest = {}, .running = running_before(state)});
  return newest_of(ends);
}

}  // namespace hapax
