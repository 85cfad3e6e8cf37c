// SPDX-License-Identifier: Apache-2.0
#include "processing/log_records.hpp"

#include <optional>
#include <utility>

#include "record/event_wire.hpp"
#include "stream/event_hash.hpp"
#include "views/catalog/catalog_record.hpp"

namespace hapax {

namespace {

constexpr std::uint64_t kCheckedOneIn = 16;

/// Of the hashes that the log hands on these are made again, as what it says of one record must not
/// be of another: at both ends of a batch, where hashes that have moved show, and one in so many.
bool is_checked(const LogBatch& batch, std::uint64_t number, Offset at) {
  return number == 0 || number + 1 == batch.record_count || at.value() % kCheckedOneIn == 0;
}

bool has_id(const KeyedEvent& keyed, const IdHasher& ids) {
  return keyed.seen.id == ids.event_id(keyed.event.source, keyed.event.message_id);
}

}  // namespace

std::string place(PartitionId partition, Offset offset) {
  return "partition " + std::to_string(partition.value()) + " offset " +
         std::to_string(offset.value());
}

Error unreadable(PartitionId partition, Offset offset, const Error& why) {
  return {ErrorKind::kCorrupt,
          "the record at " + place(partition, offset) + " cannot be read: " + why.message};
}

Result<void> decode_events(const LogBatch& batch, const IdHasher& ids,
                           std::vector<KeyedEvent>& events) {
  events.clear();
  std::string_view records = batch.records;
  while (!records.empty()) {
    const std::size_t number = events.size();
    const Offset at = advance(batch.base_offset, number);
    KeyedEvent& keyed = events.emplace_back();
    const Result<void> decoded = take_framed(records).and_then(
        [&keyed](std::string_view record) { return decode_event(record, keyed.event); });
    if (!decoded) {
      return unreadable(batch.partition, at, decoded.error());
    }
    const auto known = number < batch.ids.size() ? std::optional(batch.ids[number]) : std::nullopt;
    add_hashes(ids, known, keyed);
    if (known && is_checked(batch, number, at) && !has_id(keyed, ids)) {
      return Error{ErrorKind::kInternal,
                   "the log handed on the hash of another record than that at " +
                       place(batch.partition, at)};
    }
  }
  if (events.size() != batch.record_count) {
    return Error{ErrorKind::kCorrupt, "the batch at " + place(batch.partition, batch.base_offset) +
                                          " holds " + std::to_string(events.size()) +
                                          " records instead of " +
                                          std::to_string(batch.record_count)};
  }
  return {};
}

Result<std::vector<Control>> decode_controls(const LogBatch& batch) {
  std::vector<Control> controls;
  std::string_view records = batch.records;
  while (!records.empty()) {
    HAPAX_ASSIGN(const auto record, take_framed(records));
    HAPAX_ASSIGN(const auto event, decode_event(record));
    HAPAX_ASSIGN(const auto settings, settings_of(event));
    HAPAX_ASSIGN(const auto clock, clock_state_of(event));
    HAPAX_ASSIGN(const auto catalog, announcement_of(event));
    controls.push_back({.received_at = event.received_at,
                        .epoch = ClockEpoch(event.clock_epoch),
                        .settings = settings,
                        .clock = clock,
                        .catalog = catalog ? std::optional(catalog->number) : std::nullopt});
  }
  return controls;
}

}  // namespace hapax
