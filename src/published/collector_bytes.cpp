// SPDX-License-Identifier: Apache-2.0
#include "published/collector_bytes.hpp"

#include <array>

#include "bytes/tally_bytes.hpp"

namespace hapax {
namespace {

using Figures = CollectorFigures;
using Audit = CollectorAudit;

constexpr std::array kFigures{
    &Figures::settled,    &Figures::acknowledged, &Figures::arrived, &Figures::arrived_unknown,
    &Figures::present,    &Figures::absent,       &Figures::open,    &Figures::behind,
    &Figures::unreported, &Figures::out_of_order, &Figures::repeated};
constexpr std::array kTallies{&Figures::marked_acknowledged, &Figures::marked_unknown,
                              &Figures::marked_arrived};
constexpr std::array kTimes{&Audit::joined_at, &Audit::reported_at, &Audit::ended_at, &Audit::clock,
                            &Audit::oldest_unsettled};

}  // namespace

void put(const CollectorFigures& figures, ByteWriter& out) {
  for (const auto figure : kFigures) {
    out.put_u64(figures.*figure);
  }
  for (const auto tally : kTallies) {
    put_tally(figures.*tally, out);
  }
}

void take(ByteReader& in, CollectorFigures& figures) {
  for (const auto figure : kFigures) {
    figures.*figure = in.u64();
  }
  for (const auto tally : kTallies) {
    figures.*tally = take_tally(in);
  }
}

void put(const CollectorAudit& audit, ByteWriter& out) {
  out.put_u64(audit.lives);
  out.put_u64(audit.collector);
  out.put_u8(static_cast<std::uint8_t>(audit.state));
  for (const auto time : kTimes) {
    out.put_time(audit.*time);
  }
  put(audit.figures, out);
  out.put_u32(static_cast<std::uint32_t>(audit.unknown.size()));
  for (const UnknownRange& range : audit.unknown) {
    out.put_u64(range.first);
    out.put_u64(range.last);
    out.put_u8(static_cast<std::uint8_t>(range.outcome));
  }
}

void take(ByteReader& in, CollectorAudit& audit) {
  audit.lives = in.u64();
  audit.collector = in.u64();
  audit.state = static_cast<CollectorAudit::State>(in.u8());
  for (const auto time : kTimes) {
    audit.*time = in.processing_time();
  }
  take(in, audit.figures);
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    UnknownRange& range = audit.unknown.emplace_back();
    range.first = in.u64();
    range.last = in.u64();
    range.outcome = static_cast<UnknownRange::Outcome>(in.u8());
  }
}

}  // namespace hapax
