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
      ++arrived.count;
      arrived.digest.add(id);
    }
    if (next % mark_records_ == 0) {
      arrived.marks.push_back({.sequence = next, .count = arrived.count, .digest = arrived.digest});
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
  } else if (!marks_agree(arrived, account)) {
    comparison.outcome = AccountComparison::Outcome::kOthers;
  } else {
    comparison.outcome = AccountComparison::Outcome::kEqual;
  }
  return comparison;
}

bool CollectorArrivals::marks_agree(const Arrived& arrived, const CollectorAccount& account) {
  const auto mark = std::ranges::lower_bound(arrived.marks, account.mark, {}, &Mark::sequence);
  if (mark == arrived.marks.end() || mark->sequence != account.mark) {
    return true;  // None yet, or so old that it was compared long ago.
  }
  std::uint64_t count = account.acknowledged;
  Digest digest = account.digest;
  for (const UnknownRecord& unknown : account.unknown) {
    const bool in_order = unknown.sequence <= account.mark &&
                          !arrived.holes.contains(unknown.sequence) &&
                          !arrived.late.contains(unknown.sequence);
    if (in_order) {
      ++count;
      digest.add(unknown.id);
    }
  }
  return count == mark->count && digest == mark->digest;
}

void CollectorArrivals::encode(ByteWriter& out) const {
  out.put_u64(repeated_);
  out.put_u32(static_cast<std::uint32_t>(arrived_.size()));
  for (const auto& [collector, arrived] : arrived_) {
    out.put_u64(collector.value());
    out.put_u64(arrived.last);
    out.put_u64(arrived.count);
    out.put_digest(arrived.digest);
    for (const std::set<std::uint64_t>* numbers : {&arrived.holes, &arrived.late}) {
      out.put_u32(static_cast<std::uint32_t>(numbers->size()));
      for (const std::uint64_t number : *numbers) {
        out.put_u64(number);
      }
    }
    out.put_u32(static_cast<std::uint32_t>(arrived.marks.size()));
    for (const Mark& mark : arrived.marks) {
      out.put_u64(mark.sequence);
      out.put_u64(mark.count);
      out.put_digest(mark.digest);
    }
  }
}

Result<void> CollectorArrivals::restore(ByteReader& in) {
  repeated_ = in.u64();
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    Arrived& arrived = arrived_[CollectorId(in.u64())];
    arrived.last = in.u64();
    arrived.count = in.u64();
    arrived.digest = in.digest();
    for (std::set<std::uint64_t>* numbers : {&arrived.holes, &arrived.late}) {
      for (std::uint32_t more = in.u32(); more > 0 && in.ok(); --more) {
        numbers->insert(in.u64());
      }
    }
    for (std::uint32_t more = in.u32(); more > 0 && in.ok(); --more) {
      Mark& mark = arrived.marks.emplace_back();
      mark.sequence = in.u64();
      mark.count = in.u64();
      mark.digest = in.digest();
    }
  }
  if (!in.ok()) {
    return Error{ErrorKind::kCorrupt, "the account of what collectors appended ends early"};
  }
  return {};
}

}  // namespace hapax
