// SPDX-License-Identifier: Apache-2.0
#include "cluster/missed_watch.hpp"

#include <utility>

#include "published/missed_bytes.hpp"

namespace hapax {

void MissedWatch::begin(Offset verdicts_from) {
  link_.begin(verdicts_from);
  for (const auto& [offset, awaited] : awaited_) {
    unsent_.push_back(awaited.claim);
  }
}

void MissedWatch::pass(const Claim& claim, ProcessingTime time) {
  if (!is_in_sample(claim.seen.id, missed_.sample)) {
    return;
  }
  if (awaited_.size() >= awaited_max_) {
    ++missed_.at(time).unasked;
    return;
  }
  awaited_.emplace_hint(awaited_.end(), claim.offset, Awaited{.claim = claim, .time = time});
  unsent_.push_back(claim);
}

Result<void> MissedWatch::step() {
  link_.claim(std::exchange(unsent_, {}));
  return link_.step([this](Offset, const VerdictBlock& block) { tell(block); });
}

/// An answer may come twice, and to a question of a former owner.
void MissedWatch::tell(const VerdictBlock& block) {
  for (const DecidedOffset& decided : block.decided) {
    const auto awaited = awaited_.find(decided.offset);
    if (awaited == awaited_.end()) {
      continue;
    }
    MissedTally& tally = missed_.at(awaited->second.time);
    ++tally.asked;
    tally.missed += decided.verdict == Verdict::kUnique ? 0 : 1;
    awaited_.erase(awaited);
    ++answers_;
  }
}

SettledMark MissedWatch::settles(const SettledMark& counted) const {
  if (awaited_.empty()) {
    return counted;
  }
  const Awaited& oldest = awaited_.begin()->second;
  return {.partition = counted.partition,
          .counted = oldest.claim.offset,
          .time = oldest.time,
          .floor = oldest.claim.floor};
}

void MissedWatch::settle(const SettledMark& mark) {
  if (missed_.sample > 0) {  // Else judges have nothing of this partition.
    link_.settle(mark);
  }
}

MissedDuplicates MissedWatch::missed() const {
  MissedDuplicates missed = missed_;
  missed.awaited = awaited_.size();
  return missed;
}

void MissedWatch::encode(ByteWriter& out) const {
  put_tallies(missed_, out);
  out.put_u32(static_cast<std::uint32_t>(awaited_.size()));
  for (const auto& [offset, awaited] : awaited_) {
    out.put_time(awaited.time);
    encode_claim(awaited.claim, out);
  }
}

Result<void> MissedWatch::restore(ByteReader& in) {
  take_tallies(in, missed_);
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    const ProcessingTime time = in.processing_time();
    const Claim claim = read_claim(in);
    awaited_.emplace_hint(awaited_.end(), claim.offset, Awaited{.claim = claim, .time = time});
  }
  return in.ok() ? Result<void>()
                 : Error{ErrorKind::kCorrupt, "a manifest of events ends within what it asks for"};
}

}  // namespace hapax
