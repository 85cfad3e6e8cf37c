// SPDX-License-Identifier: Apache-2.0
#include "cluster/collector_arrivals.hpp"

#include <algorithm>
#include <iterator>

#include "bytes/tally_bytes.hpp"

namespace hapax {

void CollectorArrivals::pass(const RecordHeader& header, const Hash128& id) {
  Arrived& arrived = arrived_[header.collector];
  if (header.sequence <= arrived.last) {
    // A fence stands behind all that failed, so neither can be: both are alarms.
    ++(arrived.holes.erase(header.sequence) == 0 ? arrived.repeated : arrived.out_of_order);
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

const CollectorArrivals::Arrived& CollectorArrivals::of(CollectorId collector) const {
  static const Arrived none;
  const auto found = arrived_.find(collector);
  return found == arrived_.end() ? none : found->second;
}

std::uint64_t CollectorArrivals::Arrived::count_up_to(std::uint64_t sequence) const {
  const auto missing = std::distance(holes.begin(), holes.upper_bound(sequence));
  return std::min(last, sequence) - static_cast<std::uint64_t>(missing);
}

const CollectorArrivals::Mark* CollectorArrivals::Arrived::mark_at(std::uint64_t sequence) const {
  const auto mark = std::ranges::lower_bound(marks, sequence, {}, &Mark::sequence);
  return mark == marks.end() || mark->sequence != sequence ? nullptr : &*mark;
}

bool CollectorArrivals::is_there(CollectorId collector, std::uint64_t sequence) const {
  return of(collector).has(sequence);
}

std::uint64_t CollectorArrivals::count_behind(CollectorId collector, std::uint64_t sequence) const {
  const Arrived& arrived = of(collector);
  return arrived.count_up_to(arrived.last) - arrived.count_up_to(sequence);
}

CollectorFigures CollectorArrivals::compare(CollectorId collector,
                                            const CollectorAccount& account) const {
  const Arrived& arrived = of(collector);
  CollectorFigures figures{.settled = account.settled,
                           .acknowledged = account.acknowledged.count,
                           .arrived = arrived.count_up_to(account.settled),
                           .out_of_order = arrived.out_of_order,
                           .repeated = arrived.repeated};
  for (const UnknownRecord& unknown : account.unknown) {
    figures.arrived_unknown += arrived.has(unknown.sequence) ? 1 : 0;
  }
  compare_digests(arrived, account, figures);
  return figures;
}

/// At the end of the account if nothing was read behind it, else at its mark; a mark that is not
/// there any more was compared long ago.
void CollectorArrivals::compare_digests(const Arrived& arrived, const CollectorAccount& account,
                                        CollectorFigures& to) {
  const bool is_end = arrived.last <= account.settled;
  const Mark* const mark = is_end ? nullptr : arrived.mark_at(account.mark);
  if (!is_end && mark == nullptr) {
    return;
  }
  to.marked_arrived = is_end ? arrived.in_order : mark->arrived;
  to.marked_acknowledged = is_end ? account.acknowledged : account.acknowledged_at_mark;
  const std::uint64_t until = is_end ? account.settled : account.mark;
  for (const UnknownRecord& unknown : account.unknown) {
    if (unknown.sequence <= until && arrived.has(unknown.sequence)) {
      to.marked_unknown.add(unknown.id);
    }
  }
}

void CollectorArrivals::forget_marks_below(CollectorId collector, std::uint64_t mark) {
  const auto found = arrived_.find(collector);
  if (found == arrived_.end()) {
    return;
  }
  std::deque<Mark>& marks = found->second.marks;
  marks.erase(marks.begin(), std::ranges::lower_bound(marks, mark, {}, &Mark::sequence));
}

void CollectorArrivals::encode(ByteWriter& out) const {
  out.put_u32(static_cast<std::uint32_t>(arrived_.size()));
  for (const auto& [collector, arrived] : arrived_) {
    out.put_u64(collector.value());
    out.put_u64(arrived.last);
    out.put_u64(arrived.out_of_order);
    out.put_u64(arrived.repeated);
    put_tally(arrived.in_order, out);
    out.put_u32(static_cast<std::uint32_t>(arrived.holes.size()));
    for (const std::uint64_t number : arrived.holes) {
      out.put_u64(number);
    }
    out.put_u32(static_cast<std::uint32_t>(arrived.marks.size()));
    for (const Mark& mark : arrived.marks) {
      out.put_u64(mark.sequence);
      put_tally(mark.arrived, out);
    }
  }
}

Result<void> CollectorArrivals::restore(ByteReader& in) {
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    Arrived& arrived = arrived_[CollectorId(in.u64())];
    arrived.last = in.u64();
    arrived.out_of_order = in.u64();
    arrived.repeated = in.u64();
    arrived.in_order = take_tally(in);
    for (std::uint32_t more = in.u32(); more > 0 && in.ok(); --more) {
      arrived.holes.insert(in.u64());
    }
    for (std::uint32_t more = in.u32(); more > 0 && in.ok(); --more) {
      Mark& mark = arrived.marks.emplace_back();
      mark.sequence = in.u64();
      mark.arrived = take_tally(in);
    }
  }
  if (!in.ok()) {
    return Error{ErrorKind::kCorrupt, "the account of what collectors appended ends early"};
  }
  return {};
}

}  // namespace hapax
