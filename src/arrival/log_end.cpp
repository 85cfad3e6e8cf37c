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

}  // namespace

Result<LogEnd> read_log_end(EventLog& log, const ClockState& state) {
  LogEnd end;
  const std::vector<Offset> recent = log.recent();
  std::vector<Receipt::End> from;
  for (std::uint32_t i = 0; i < recent.size(); ++i) {
    from.push_back({PartitionId(i), recent[i]});
  }
  HAPAX_ASSIGN(const auto reader, log.read(from));
  for (;;) {
    HAPAX_ASSIGN(const auto batches, reader->poll(kPollBytes));
    if (batches.empty()) {
      return end;
    }
    for (const LogBatch& batch : batches) {
      std::string_view records = batch.records;
      while (!records.empty()) {
        HAPAX_ASSIGN(const auto record, take_framed(records));
        HAPAX_ASSIGN(const auto event, decode_event(record));
        note(event, state, end);
      }
    }
  }
}

}  // namespace hapax
