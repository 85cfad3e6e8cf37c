// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hash/hash.hpp"
#include "migration/log_survey.hpp"
#include "record/event_wire.hpp"

namespace hapax {

/// Doubts 1 and 2 are over, and came to that.
inline ClockState clock_after_doubts(std::uint32_t number,
                                     std::vector<ClockCorrection> corrections) {
  ClockState state;
  state.number = number;
  state.newest = ClockEpoch(2);
  state.corrections = std::move(corrections);
  return state;
}

inline ClockState clock_in_doubt(std::uint32_t number) {
  ClockState state = clock_after_doubts(number, {});
  state.doubted.emplace_back().epoch = ClockEpoch(1);
  return state;
}

/// A log of several partitions that is read batch by batch. Threading: one owner.
class WrittenLog {
 public:
  static constexpr std::uint32_t kPartitions = 3;

  /// Of `user`, received so many seconds after the beginning of time.
  void add_event(const std::string& user, const std::string& id, int second,
                 std::uint32_t clock_epoch = 0) {
    std::string record;
    encode_event({.source = "web",
                  .message_id = id,
                  .name = "Viewed",
                  .anonymous_id = user,
                  .received_at = ProcessingTime(std::chrono::seconds(second)),
                  .event_time = EventTime(std::chrono::seconds(second)),
                  .clock_epoch = clock_epoch},
                 record);
    add(record, false, static_cast<std::uint32_t>(hash64(id) % kPartitions));
    events_.push_back({.user = user, .record = record});
  }
  void add_control(const std::string& kind, const std::string& value = "v") {
    add(control_record(kind, value), true, 0);
  }
  void add_clock(const ClockState& state) { add_control("clock", encode_clock_state(state)); }
  /// It was said before where the log begins.
  void begin_with_clock(const ClockState& state) {
    controls_ = {control_record("clock", encode_clock_state(state))};
  }
  /// What a repair leaves for a record that is lost.
  void add_lost() { add(control_record("lost", ""), false, 1); }
  void add_bytes(const std::string& bytes) { add(bytes, false, 0); }
  /// So many records were deleted from the beginning of a partition, before any other is added.
  void delete_first(std::uint32_t partition, std::uint64_t count) {
    starts_[partition].offset = Offset(count);
    ends_[partition] = count;
  }

  struct Event {
    std::string user;
    std::string record;
  };
  const std::vector<Event>& events() const { return events_; }

  /// From its beginning.
  NextBatches reader() const {
    return [this, at = std::size_t{0}, given = std::vector<LogBatch>()]() mutable
           -> Result<std::optional<std::span<const LogBatch>>> {
      if (at >= batches_.size()) {
        return std::optional<std::span<const LogBatch>>();
      }
      given.clear();
      for (int i = 0; i < 2 && at < batches_.size(); ++i, ++at) {  // Frames have several.
        const Batch& batch = batches_[at];
        given.push_back({.partition = PartitionId(batch.partition),
                         .base_offset = Offset(batch.base_offset),
                         .record_count = 1,
                         .digest_after = {},
                         .is_control = batch.is_control,
                         .records = batch.records});
      }
      return std::optional(std::span<const LogBatch>(given));
    };
  }
  Result<LogSurvey> survey(std::size_t record_bytes_max = 1'000) const {
    return survey_log(reader(), {.starts = {starts_.begin(), starts_.end()}, .controls = controls_},
                      record_bytes_max);
  }

 private:
  struct Batch {
    std::uint32_t partition;
    std::uint64_t base_offset;
    bool is_control;
    std::string records;
  };

  static std::string control_record(const std::string& kind, const std::string& value) {
    const std::string control = encode_control({.kind = kind, .value = value});
    std::string record;
    encode_event({.control = control}, record);
    return record;
  }
  void add(const std::string& record, bool is_control, std::uint32_t partition) {
    Batch& batch = batches_.emplace_back();
    batch = {.partition = partition,
             .base_offset = ends_[partition]++,
             .is_control = is_control,
             .records = {}};
    append_framed(record, batch.records);
  }

  std::vector<std::string> controls_;
  std::vector<Batch> batches_;
  std::vector<Event> events_;
  std::array<PartitionStart, kPartitions> starts_{};
  std::array<std::uint64_t, kPartitions> ends_{};
};

}  // namespace hapax
