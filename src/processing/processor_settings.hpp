// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/time.hpp"
#include "hash/id_hasher.hpp"
#include "numbers/numbered_devices.hpp"
#include "processing/block_limits.hpp"
#include "record/result_settings.hpp"
#include "stream/dedup_index.hpp"
#include "stream/watermark.hpp"

namespace hapax {

struct ViewSettings {
  /// Of cells and states of keys. Beyond it what is stored and was not touched for the longest time
  /// is forgotten; if nothing is, a checkpoint is made at once. At twice that processing waits.
  std::uint64_t memory_bytes_max = std::uint64_t{512} << 20U;
  std::uint64_t groups_max = 1'000'000;                    ///< See GroupLimit.
  std::uint64_t keys_bytes_max = std::uint64_t{4} << 30U;  ///< See KeyLimit.
  /// How far an event's time may be after it was received: what the collector lets through.
  Microseconds event_ahead_max = std::chrono::minutes(10);
  /// For how long hours of views' accounts are kept.
  Microseconds accounts_keep = std::chrono::hours(24 * 30);
};

struct ProcessorSettings {
  /// Where no control record of the log says otherwise.
  ResultSettings results;
  DedupSettings dedup;
  HashKey id_key;  ///< Of the ids in tables and digests.
  ViewSettings view;
  GapSettings gaps;
  /// Event names that each source may begin to use in a UTC day; 0: any.
  std::uint64_t new_names_per_day = 10'000;
  /// Threads that share the work of a step, that of the processor included; 1 or more.
  std::size_t shards = 1;
  /// As block_limits.hpp says.
  std::size_t block_events_max = kBlockEventsMax;
  std::size_t shared_events_min = kSharedEventsMin;
  /// Log bytes processed between two looks at the mailbox, by each shard; the log may give more.
  std::size_t poll_bytes_max = 256U << 10U;
  /// Least time between two steps while the log grows: what becomes durable meanwhile is processed
  /// together, and nobody is woken for each group of the log.
  std::chrono::nanoseconds step_interval = std::chrono::milliseconds(1);
  /// Log bytes read between two polls for views that are being made: some milliseconds.
  std::size_t backfill_bytes = 1U << 20U;
  /// New ids after which a checkpoint is made at once: so many that a table of 12 MiB, which holds
  /// 393,216, has room for what a step brings beyond. Memory for a larger one is dear.
  std::uint64_t hot_ids_checkpoint = 344'064;
  /// New ids in memory at which processing waits for a checkpoint to succeed.
  std::uint64_t hot_ids_limit = 1'572'864;
  /// Verdicts after which a checkpoint is made at once, and in memory at which processing waits for
  /// one to succeed: a byte each.
  std::uint64_t verdicts_checkpoint = 8U << 20U;
  std::uint64_t verdicts_limit = 64U << 20U;
  std::chrono::nanoseconds checkpoint_interval = std::chrono::seconds(10);
  std::chrono::nanoseconds checkpoint_retry = std::chrono::seconds(1);
  /// Least time between two publications for readers. They also wait so long that publishing takes
  /// at most a tenth of the thread, up to a tenth of a second.
  std::chrono::nanoseconds publish_interval_min = std::chrono::milliseconds(1);
};

/// Counters since the start, unless they say otherwise.
struct ProcessorStats {
  std::uint64_t records = 0;
  std::uint64_t lag_records = 0;  ///< Durable and not yet processed, now.
  std::uint64_t duplicates = 0;   ///< Conflicts and restamped ones included.
  std::uint64_t conflicts = 0;
  std::uint64_t restamped = 0;
  DedupStats dedup;
  std::uint64_t hot_cells = 0;
  std::uint64_t view_bytes = 0;
  std::uint64_t numbered_devices_hot = 0;
  std::uint64_t numbered_device_bytes = 0;
  double view_keys_fill = 0;        ///< The greatest part of a budget of keys that is used, now.
  std::uint64_t views_sampled = 0;  ///< That count a sample of their keys, in a window at least.
  EventTime watermark;
  std::optional<ProcessingTime> window_full_from = {};  ///< The latest of PartitionAudit's.
  std::uint64_t checkpoints = 0;
  std::uint64_t checkpoints_failed = 0;
  std::chrono::nanoseconds checkpoint_age{};  ///< Since the last success, or the start.
  std::uint64_t base_records = 0;             ///< Of the log, now: whose effect the base has.
  std::uint64_t bases = 0;
  std::uint64_t bases_failed = 0;
  std::string base_error;               ///< Of the last attempt; empty when it succeeded.
  bool waiting_for_checkpoint = false;  ///< A memory limit stops processing.
  std::uint64_t steps_interrupted = 0;  ///< Log or store were unavailable; tried again.
  std::string step_error;               ///< Of the last step; empty when it succeeded.
  std::string checkpoint_error;         ///< Of the last attempt; empty when it succeeded.
  std::string error;                    ///< What stopped processing; empty while it runs.
};

}  // namespace hapax
