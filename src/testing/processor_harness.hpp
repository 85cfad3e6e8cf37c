// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arrival/arrival_clock.hpp"
#include "processing/processor_core.hpp"
#include "testing/memory_catalog.hpp"
#include "testing/memory_state_store.hpp"
#include "testing/memory_verdicts.hpp"
#include "testing/minute_cells.hpp"
#include "testing/scripted_log.hpp"
#include "testing/still_clock.hpp"

namespace hapax {

/// Small limits, so that few events reach every path.
inline ProcessorSettings small_settings() {
  ProcessorSettings settings;
  settings.dedup.bucket_ids_min = 32;
  settings.dedup.bucket_ids_max = 128;
  settings.poll_bytes_max = 1;  // One batch a step.
  return settings;
}

/// What a reader of events_per_minute gets who begins now.
inline Result<MinuteCells> read_minutes(ProcessorCore& core, const ServedViews& served) {
  const auto view = served.find("events_per_minute");
  const std::vector<std::string> wanted{view->id};
  core.end_publishing();
  Result<Publication> published = core.publish(wanted);
  core.end_publishing();
  HAPAX_ASSIGN(Publication all, std::move(published));
  return minute_cells(std::move(all), view);
}

/// A processor core on a scripted log and a store in memory, which a test crashes and opens again.
struct ProcessorHarness {
  explicit ProcessorHarness(std::uint32_t partitions, ProcessorSettings with = small_settings(),
                            const std::vector<std::string>& specs = {kEventsPerMinute})
      : settings(with), log(partitions), verdicts(partitions, IdHasher(with.id_key).key_id()) {
    views.catalog = MemoryCatalog(specs);
    open();
  }

  /// A crash, when a core is there: all that no checkpoint holds is gone.
  void open() {
    core.reset();
    verdicts.open();
    core = ProcessorCore::open(settings, parts()).value();
  }
  /// The state's folder is removed while nothing runs.
  void lose_state() {
    core.reset();
    store.reset().permit_unchecked_error();  // In memory it does not fail.
    open();
  }
  /// As the thread does it.
  Result<void> keep_base() {
    HAPAX_TRY(store.keep_base());
    core->commit_base();
    return {};
  }
  /// Errors: of the first step that failed.
  Result<void> drain() {
    bool more = true;
    while (more) {
      HAPAX_ASSIGN(more, core->step());
      core->evict();
    }
    return {};
  }
  Result<MinuteCells> read() const { return read_minutes(*core, views.served); }
  MinuteCells everything() const { return read().value(); }
  std::uint64_t counted() const {
    std::uint64_t count = 0;
    const MinuteCells answer = everything();
    for (const Cell& cell : answer.cells) {
      count += cell.count;
    }
    return count;
  }
  SourceAudit books(std::string_view source) const {
    const AuditReport report = core->audit();
    for (const SourceAudit& audit : report.sources) {
      if (audit.source == source) {
        return audit;
      }
    }
    return {};
  }

  ProcessorParts parts() { return parts(log); }
  ProcessorParts parts(EventLog& with) {
    return {with, store, arrivals, *verdicts.log, views.catalog, views.served, *shards};
  }

  ProcessorSettings settings;
  ScriptedLog log;
  MemoryStateStore store;
  MemoryVerdicts verdicts;
  TestViews views;
  StillClock clock;
  ArrivalClock arrivals{clock};
  TaskRunner* shards = &one_by_one();  ///< For the next open().
  std::unique_ptr<ProcessorCore> core;
};

/// An event of source "shop" that arrived when it happened.
inline EventView shop_event(std::string_view message_id, std::chrono::seconds at,
                            std::string_view user = "u") {
  EventView event;
  event.source = "shop";
  event.message_id = message_id;
  event.type = EventType::kTrack;
  event.name = "Bought";
  event.anonymous_id = user;
  event.received_at = ProcessingTime(std::chrono::hours(24 * 365 * 50) + at);
  event.event_time = as_event_time(event.received_at);
  event.original_timestamp = event.event_time;
  return event;
}

}  // namespace hapax
