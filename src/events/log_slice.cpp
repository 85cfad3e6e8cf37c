// SPDX-License-Identifier: Apache-2.0
#include "events/log_slice.hpp"

#include <algorithm>
#include <cstdint>

#include "record/event_wire.hpp"

namespace hapax {
namespace {

constexpr std::size_t kPollBytes = 1U << 20U;

using Visit = std::function<Result<void>(const SlicedRecord&)>;

Result<void> check(const std::stop_token& stop) {
  if (stop.stop_requested()) {
    return Error{ErrorKind::kClosed, "the server is shutting down", "retry after the restart"};
  }
  return {};
}

Result<void> visit_batch(const LogBatch& batch, Offset before, std::vector<Offset>& at,
                         const Visit& visit) {
  Offset& next = at[batch.partition.value()];
  std::string_view records = batch.records;
  for (std::uint32_t i = 0; i < batch.record_count && next < before; ++i) {
    HAPAX_ASSIGN(const std::string_view record, take_framed(records));
    if (!batch.is_control) {
      HAPAX_ASSIGN(const EventView event, decode_event(record));
      HAPAX_TRY(visit({{batch.partition, next}, record, event, at}));
    }
    next = advance(next, 1);
  }
  return {};
}

}  // namespace

bool has_records_below(const std::vector<Offset>& before, const LogSource& log) {
  return !std::ranges::equal(
      before, log.starts(), [](Offset offset, Offset start) { return offset <= start; }, {},
      &PartitionStart::offset);
}

bool is_still_held(const LogSlice& slice, const LogSource& log) {
  return std::ranges::equal(slice.begin, log.starts(), std::ranges::greater_equal(), {},
                            &PartitionStart::offset);
}

std::vector<Offset> lower_of(const std::vector<Offset>& a, const std::vector<Offset>& b) {
  std::vector<Offset> lower = a;
  for (std::size_t p = 0; p < lower.size(); ++p) {
    lower[p] = std::min(lower[p], b[p]);
  }
  return lower;
}

std::vector<Receipt::End> ends_at(const std::vector<Offset>& offsets) {
  std::vector<Receipt::End> ends;
  for (std::uint32_t p = 0; p < offsets.size(); ++p) {
    ends.push_back({PartitionId(p), offsets[p]});
  }
  return ends;
}

Result<void> read_slice(LogSource& log, const LogSlice& slice, const Visit& visit) {
  HAPAX_TRY(check(slice.stop));
  HAPAX_ASSIGN(const auto reader, log.read(ends_at(slice.begin)));
  std::vector<Offset> at = slice.begin;
  while (!std::ranges::equal(at, slice.before, std::ranges::greater_equal())) {
    HAPAX_ASSIGN(const auto batches, reader->poll(kPollBytes));
    if (batches.empty()) {
      break;
    }
    for (const LogBatch& batch : batches) {
      HAPAX_TRY(check(slice.stop));
      HAPAX_TRY(visit_batch(batch, slice.before[batch.partition.value()], at, visit));
    }
  }
  return {};
}

}  // namespace hapax
