// SPDX-License-Identifier: Apache-2.0
#include "events/event_verdict.hpp"

#include <array>
#include <utility>

namespace hapax {
namespace {

constexpr std::array<std::string_view, 7> kNames{"pending",   "first",    "duplicate", "conflict",
                                                 "restamped", "rejected", "unknown"};

EventVerdict shown(Verdict verdict) {
  switch (verdict) {
    case Verdict::kUnique:
      return EventVerdict::kFirst;
    case Verdict::kDuplicate:
      return EventVerdict::kDuplicate;
    case Verdict::kConflict:
      return EventVerdict::kConflict;
    case Verdict::kRestamped:
      return EventVerdict::kRestamped;
    case Verdict::kRejected:
      return EventVerdict::kRejected;
    case Verdict::kControl:
      return EventVerdict::kUnknown;
  }
  return EventVerdict::kUnknown;
}

bool has(const VerdictRun& run, Offset offset) {
  return offset >= run.base && offset < run.end();
}

}  // namespace

std::string_view verdict_name(EventVerdict verdict) {
  return kNames[static_cast<std::size_t>(verdict)];
}

std::optional<EventVerdict> parse_verdict(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) {
      return static_cast<EventVerdict>(i);
    }
  }
  return std::nullopt;
}

bool is_copy(EventVerdict verdict) {
  return verdict == EventVerdict::kDuplicate || verdict == EventVerdict::kConflict ||
         verdict == EventVerdict::kRestamped;
}

/// Of a dead letter it is known from the record.
Result<EventVerdict> EventVerdicts::of(const EventAddress& at, const EventView& event) {
  if (event.rejection) {
    return EventVerdict::kRejected;
  }
  const std::size_t p = at.partition.value();
  if (runs_.size() <= p) {
    runs_.resize(p + 1);
  }
  VerdictRun& run = runs_[p];
  if (!has(run, at.offset)) {
    HAPAX_ASSIGN(auto found, reader_.read(at.partition, at.offset));
    if (!found) {
      return EventVerdict::kPending;
    }
    run = std::move(found->run);
  }
  if (!has(run, at.offset)) {
    return EventVerdict::kUnknown;
  }
  return shown(run.verdicts[at.offset.value() - run.base.value()]);
}

}  // namespace hapax
