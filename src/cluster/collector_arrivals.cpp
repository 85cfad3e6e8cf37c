// SPDX-License-Identifier: Apache-2.0
#include "cluster/collector_arrivals.hpp"

#include <algorithm>

namespace hapax {

void CollectorArrivals::pass(const RecordHeader& header, const Hash128& id) {
  Arrived& arrived = arrived_[header.collector];
  if (header.sequence <= arrived.last) {
    if (arrived.holes.erase(header.sequence) == 0) {
      ++repeated_;
    } else {
      arrived.late.insert(header.sequence);
    }
    return;
  }
  for (std::uint64_t next = arrived.last + 1; next <= header.sequence; ++next) {
    if (next < header.sequence) {
      arrived.holes.insert(next);
    } else {
      arrived.in_order.add(id);
    }
    if (next % mark_records_ == 0) {
      arrived.marks.push_back({.sequence = next, .arrived = arrived.in_order});
    }
  }
  arrived.last = header.sequence;
  if (arrived.marks.size() > kMarksMax) {
    arrived.marks.pop_front();
  }
}

AccountComparison CollectorArrivals::compare(CollectorId collector, const CollectorAccount& account,
                                             Offset read_until) const {
  static const Arrived none;
  const auto found = arrived_.find(collector);
  const Arrived& arrived = found == arrived_.end() ? none : found->second;
  AccountComparison comparison;
  if (read_until < account.settled_end) {
    return comparison;
  }
  comparison.unreported = arrived.last > account.settled ? arrived.last - account.settled : 0;
  const auto is_there = [&](std::uint64_t sequence) {
    return sequence <= arrived.last && !arrived.holes.contains(sequence);
  };
  for (const UnknownRecord& unknown : account.unknown) {
    ++(is_there(unknown.sequence) ? comparison.present : comparison.absent);
  }
  // What is missing of the settled ones may only be of the unknown.
  const std::uint64_t missing_tail =
      account.settled > arrived.last ? account.settled - arrived.last : 0;
  const auto holes = static_cast<std::uint64_t>(
      std::distance(arrived.holes.begin(), arrived.holes.upper_bound(account.settled)));
  if (missing_tail + holes != comparison.absent) {
    comparison.outcome = AccountComparison::Outcome::kMissing;
  } else if (!digests_agree(arrived, account)) {
    comparison.outcome = AccountComparison::Outcome::kOthers;
  } else {
    comparison.outcome = AccountComparison::Outcome::kEqual;
  }
  return comparison;
}

/// At the collector's mark, and at its end if that is where the reader is. A mark that is not there
/// is to come, or so old that it was compared long ago.
bool CollectorArrivals::digests_agree(const Arrived& arrived, const CollectorAccount& account) {
  const auto mark = std::ranges::lower_bound(arrived.marks, account.mark, {}, &Mark::sequence);
  const bool at_mark = mark == arrived.marks.end() || mark->sequence != account.mark ||
                       agree(arrived, *mark, account.acknowledged_at_mark, account.unknown);
  const bool at_end = arrived.last != account.settled ||
                      agree(arrived, {.sequence = arrived.last, .arrived = arrived.in_order},
                            account.acknowledged, account.unknown);
  return at_mark && at_end;
}

/// Those that were read in order up to `mark` are the acknowledged ones and the unknown ones of
/// them.
bool CollectorArrivals::agree(const Arrived& arrived, const Mark& mark, Tally acknowledged,
                              const std::vector<UnknownRecord>& unknown) {
  for (const UnknownRecord& record : unknown) {
    if (record.sequence <= mark.sequence && !arrived.holes.contains(record.sequence) &&
        !arrived.late.contains(record.sequence)) {
      acknowledged.add(record.id);
    }
  }
  return acknowledged == mark.arrived;
}

void CollectorArrivals::encode(ByteWriter& out) const {
  out.put_u64(repeated_);
  out.put_u32(static_cast<std::uint32_t>(arrived_.size()));
  for (const auto& [collector, arrived] : arrived_) {
    out.put_u64(collector.value());
    out.put_u64(arrived.last);
    out.put_u64(arrived.in_order.count);
    out.put_digest(arrived.in_order.digest);
    for (const std::set<std::uint64_t>* numbers : {&arrived.holes, &arrived.late}) {
      out.put_u32(static_cast<std::uint32_t>(numbers->size()));
      for (const std::uint64_t number : *numbers) {
        out.put_u64(number);
      }
    }
    out.put_u32(static_cast<std::uint32_t>(arrived.marks.size()));
    for (const Mark& mark : arrived.marks) {
      out.put_u64(mark.sequence);
      out.put_u64(mark.arrived.count);
      out.put_digest(mark.arrived.digest);
    }
  }
}

Result<void> CollectorArrivals::restore(ByteReader& in) {
  repeated_ = in.u64();
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    Arrived& arrived = arrived_[CollectorId(in.u64())];
    arrived.last = in.u64();
    arrived.in_order.count = in.u64();
    arrived.in_order.digest = in.digest();
    for (std::set<std::uint64_t>* numbers : {&arrived.holes, &arrived.late}) {
      for (std::uint32_t more = in.u32(); more > 0 && in.ok(); --more) {
        numbers->insert(in.u64());
      }
    }
    for (std::uint32_t more = in.u32(); more > 0 && in.ok(); --more) {
      Mark& mark = arrived.marks.emplace_back();
      mark.sequence = in.u64();
      mark.arrived.count = in.u64();
      mark.arrived.digest = in.digest();
    }
  }
  if (!in.ok()) {
    return Error{ErrorKind::kCorrupt, "the account of what collectors appended ends early"};
  }
  return {};
}

}  // namespace hapax
