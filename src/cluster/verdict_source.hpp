// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bytes/bytes.hpp"
#include "cluster/claim.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/missed_duplicates.hpp"

namespace hapax {

/// Where the owner of a partition of events learns which of them are the first of their id. What it
/// says of an event is a function of logs, so every owner of the partition is told the same.
/// Threading: one owner.
class VerdictSource {
 public:
  virtual ~VerdictSource() = default;

  /// What encode() said when the state was kept that is taken over, if there is one: once, before
  /// all else. Errors: kCorrupt.
  virtual Result<void> restore(ByteReader& in) = 0;
  /// Once, before what follows, when the state is here: claims from `counted` on will come.
  /// `verdicts_from`: what needed_from() said when that was kept.
  virtual void begin(Offset counted, Offset verdicts_from) = 0;
  /// Claims may come.
  virtual bool is_ready() const = 0;
  /// Those of the next events, each once, by ascending offsets.
  virtual void ask(const std::vector<Claim>& claims) = 0;
  /// Goes on; to be called now and then. Errors: kUnavailable, call it again; kCorrupt.
  virtual Result<void> step() = 0;
  /// Of what was asked. Nothing: it is not decided yet. Errors: kUnavailable, ask again.
  virtual Result<std::optional<Verdict>> of(const Claim& claim) = 0;

  /// It was counted. `time`: of the partition there.
  virtual void counted(const Claim& claim, ProcessingTime time, Verdict verdict) = 0;

  /// Before a state is frozen that has all below `counted`: what is settled once that is kept.
  virtual SettledMark freeze(const SettledMark& counted) = 0;
  /// Of the same moment: goes with the state.
  virtual void encode(ByteWriter& out) const = 0;
  /// Where the topic of verdicts has all that is still needed of events from `counted` on.
  virtual Offset needed_from(Offset counted) const = 0;
  /// A state is kept of which freeze() has said this.
  virtual void settled(const SettledMark& mark) = 0;
  /// Grows with what it has learned that a state should have, beside what is counted.
  virtual std::uint64_t news() const = 0;

  /// Nothing: no duplicate is missed.
  virtual std::optional<MissedDuplicates> missed() const = 0;
  /// Verdicts that differ from what was said of the same event before: somebody must look.
  virtual std::uint64_t contradictions() const = 0;
};

}  // namespace hapax
