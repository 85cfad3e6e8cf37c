// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "stream/cell_key.hpp"
#include "testing/naive_views.hpp"
#include "testing/processor_harness.hpp"
#include "testing/stored_cells.hpp"

namespace hapax {

inline constexpr std::size_t kRevisionBytes = 8;
inline constexpr std::int64_t kSecond = 1'000'000;
inline constexpr std::int64_t kStart = std::int64_t{50} * 365 * 86'400 * kSecond;

using Cells = std::map<std::string, std::string>;  ///< As whole_cells() gives them.

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
struct Outcome {
  std::string books() const { return text_of(sources); }

  Cells cells;
  std::vector<SourceAudit> sources;
};

inline Outcome outcome_of(ProcessorHarness& processor) {
  EXPECT_TRUE(processor.drain());
  EXPECT_TRUE(processor.core->checkpoint());
  return {whole_cells(processor.store, "cells"), processor.core->audit().sources};
}

inline Cells without_revisions(Cells cells) {
  for (auto& [key, value] : cells) {
    value.erase(0, kRevisionBytes);
  }
  return cells;
}

/// What stays when nobody asks whether an event was on time.
inline Outcome without_lateness(Outcome outcome) {
  outcome.cells = without_revisions(std::move(outcome.cells));
  for (SourceAudit& audit : outcome.sources) {
    audit.on_time += std::exchange(audit.late, 0);
  }
  return outcome;
}

inline void expect_equal_to_naive(const Cells& cells, const NaiveViews& expected) {
  ASSERT_EQ(cells.size(), expected.cells().size());
  for (const auto& [key, value] : cells) {
    const CellName name = decode_cell_key(key).value();
    const std::int64_t minute = to_micros(name.start) / (60 * kSecond);
    const auto found = expected.cells().find({minute, name.source, name.event});
    ASSERT_NE(found, expected.cells().end());
    CellState state = CellState::init(0);
    ByteReader in(value);
    state.revision = in.u64();
    state.aggregates.decode(in);
    EXPECT_EQ(state.summary().count, found->second.count);
    EXPECT_EQ(state.summary().users, found->second.users.size());
  }
}

}  // namespace hapax
