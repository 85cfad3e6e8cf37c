// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "testing/counted_view.hpp"
#include "testing/naive_views.hpp"
#include "testing/processor_harness.hpp"
#include "testing/whole_cells.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {

inline constexpr std::size_t kRevisionBytes = 8;
inline constexpr std::int64_t kSecond = 1'000'000;
inline constexpr std::int64_t kStart = std::int64_t{50} * 365 * 86'400 * kSecond;

using Cells = ViewCellsByKey;

inline EventView view_of(const PlainEvent& event) {
  EventView view;
  view.source = event.source;
  view.message_id = event.id;
  view.type = EventType::kTrack;
  view.name = event.name;
  view.anonymous_id = event.user;
  view.event_time = event_time_from_micros(event.event_micros);
  view.original_timestamp = view.event_time;
  view.received_at = processing_time_from_micros(event.received_micros);
  return view;
}

inline std::string text_of(const std::vector<SourceAudit>& sources) {
  std::string text;
  const auto put = [&](std::uint64_t value) { text.append(std::to_string(value)).append(" "); };
  for (const SourceAudit& audit : sources) {
    text.append(audit.source).append(": ");
    for (const std::uint64_t value :
         {audit.received, audit.accepted, audit.rejected, audit.unique, audit.duplicate,
          audit.conflict, audit.restamped, audit.on_time, audit.late, audit.counted,
          audit.before_epoch}) {
      put(value);
    }
    for (const Digest& digest :
         {audit.received_digest, audit.unique_digest, audit.duplicate_digest}) {
      put(digest.sum().low);
      put(digest.sum().high);
    }
  }
  return text;
}

/// All that a processor came to.
struct ReplayOutcome {
  std::string books() const { return text_of(sources); }

  Cells cells;
  std::vector<SourceAudit> sources;
};

/// All cells of events_per_minute, after a checkpoint.
inline Cells minute_cells_of(ProcessorHarness& processor) {
  return whole_cells(processor.store, *processor.views.served.find("events_per_minute"));
}

inline ReplayOutcome outcome_of(ProcessorHarness& processor) {
  EXPECT_TRUE(processor.drain());
  EXPECT_TRUE(processor.core->checkpoint());
  return {minute_cells_of(processor), processor.core->audit().sources};
}

inline Cells without_revisions(Cells cells) {
  for (auto& [key, value] : cells) {
    value.erase(0, kRevisionBytes);
  }
  return cells;
}

/// What stays when nobody asks whether an event was on time.
inline ReplayOutcome without_lateness(ReplayOutcome outcome) {
  outcome.cells = without_revisions(std::move(outcome.cells));
  for (SourceAudit& audit : outcome.sources) {
    audit.on_time += std::exchange(audit.late, 0);
  }
  return outcome;
}

inline void expect_equal_to_naive(const Cells& cells, const NaiveViews& expected) {
  const CountedView view(kEventsPerMinute);
  ASSERT_EQ(cells.size(), expected.cells().size());
  for (const auto& [key, value] : cells) {
    const ViewCellKey parts = split_view_cell_key(key).value();
    const std::vector<OwnedValue> group = decode_group(parts.group).value();
    const std::int64_t minute = to_micros(parts.window.start) / (60 * kSecond);
    const auto found = expected.cells().find({minute, group_text(group[0]), group_text(group[1])});
    ASSERT_NE(found, expected.cells().end());
    MeasureSet measures(view.served()->shape->measures);
    ByteReader in(value);
    in.u64();  // Revision.
    ASSERT_TRUE(measures.decode(in));
    const std::vector<MeasureResult> results = measures.finalize({});
    EXPECT_EQ(whole_number(results[0]), found->second.count);
    EXPECT_EQ(whole_number(results[1]), found->second.users.size());
  }
}

}  // namespace hapax
