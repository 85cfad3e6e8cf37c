// SPDX-License-Identifier: Apache-2.0
#include "cluster/collector_reports.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace hapax {
namespace {

std::uint64_t settled_of(const CollectorReport& report) {
  std::uint64_t sum = 0;
  for (const CollectorAccount& account : report.accounts) {
    sum += account.settled;
  }
  return sum;
}

}  // namespace

void CollectorReports::apply(const ControlNote& note, Offset offset, ProcessingTime appended_at) {
  const Place place{.offset = offset, .appended_at = appended_at};
  if (const auto* joined = std::get_if<CollectorJoined>(&note)) {
    said_.try_emplace(joined->collector, Said{.joined = place});
  } else if (const auto* report = std::get_if<CollectorReport>(&note)) {
    take(*report, place);
  } else if (const auto* gone = std::get_if<CollectorGone>(&note)) {
    end(*gone, place);
  }
  newest_ = advance(offset, 1);
}

void CollectorReports::take(const CollectorReport& report, const Place& place) {
  settled_ends_.resize(std::max(settled_ends_.size(), report.accounts.size()));
  for (std::size_t p = 0; p < report.accounts.size(); ++p) {
    settled_ends_[p] = std::max(settled_ends_[p], report.accounts[p].settled_end);
  }
  const auto found = said_.find(report.collector);
  if (found == said_.end()) {
    return;
  }
  Said& said = found->second;
  ++said.count;
  // One that was appended again says less than what is known.
  if (settled_of(report) >= settled_of(said.report)) {
    said.report = report;
    said.reported = place;
  }
}

void CollectorReports::end(const CollectorGone& gone, const Place& place) {
  const auto found = said_.find(gone.collector);
  if (found == said_.end()) {
    return;
  }
  Said& said = found->second;
  if (!said.declared && !said.left) {
    gone_.push_back(gone.collector);
  }
  std::optional<Place>& ended = gone.by_itself ? said.left : said.declared;
  if (!ended) {
    ended = place;
  }
  if (gone_.size() > kGoneMax) {
    said_.erase(gone_.front());
    gone_.pop_front();
  }
}

std::map<Offset, CollectorReports::Note> CollectorReports::since(Offset from) const {
  std::map<Offset, Note> notes;
  const auto add = [&](const Place& place, const ControlNote& note) {
    if (place.offset >= from) {
      notes.emplace(place.offset, Note{.appended_at = place.appended_at, .note = note});
    }
  };
  if (from >= newest_) {
    return notes;
  }
  for (const auto& [collector, said] : said_) {
    add(said.joined, CollectorJoined{collector});
    if (said.count > 0 && said.reported.offset >= from) {
      add(said.reported, said.report);
    }
    if (said.declared) {
      add(*said.declared, CollectorGone{.collector = collector});
    }
    if (said.left) {
      add(*said.left, CollectorGone{.collector = collector, .by_itself = true});
    }
  }
  return notes;
}

const CollectorReports::Said* CollectorReports::of(CollectorId collector) const {
  const auto found = said_.find(collector);
  return found == said_.end() ? nullptr : &found->second;
}

Offset CollectorReports::settled_end(PartitionId partition) const {
  return partition.value() < settled_ends_.size() ? settled_ends_[partition.value()] : Offset();
}

void CollectorReports::encode(ByteWriter& out) const {
  const auto put = [&out](const Place& place) {
    out.put_u64(place.offset.value());
    out.put_time(place.appended_at);
  };
  out.put_u64(newest_.value());
  out.put_u32(static_cast<std::uint32_t>(settled_ends_.size()));
  for (const Offset end : settled_ends_) {
    out.put_u64(end.value());
  }
  out.put_u32(static_cast<std::uint32_t>(said_.size()));
  for (const auto& [collector, said] : said_) {
    out.put_u64(collector.value());
    put(said.joined);
    out.put_u64(said.count);
    out.put_string(encode_note(said.report));
    put(said.reported);
    for (const std::optional<Place>* end : {&said.declared, &said.left}) {
      out.put_u8(end->has_value() ? 1 : 0);
      put(end->value_or(Place()));
    }
  }
  out.put_u32(static_cast<std::uint32_t>(gone_.size()));
  for (const CollectorId collector : gone_) {
    out.put_u64(collector.value());
  }
}

Result<void> CollectorReports::restore(ByteReader& in) {
  const auto take_place = [&in] {
    const Offset offset(in.u64());
    return Place{.offset = offset, .appended_at = in.processing_time()};
  };
  newest_ = Offset(in.u64());
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    settled_ends_.emplace_back(in.u64());
  }
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    Said& said = said_[CollectorId(in.u64())];
    said.joined = take_place();
    said.count = in.u64();
    HAPAX_ASSIGN(ControlNote note, decode_note(in.string()));
    if (auto* report = std::get_if<CollectorReport>(&note)) {
      said.report = std::move(*report);
    }
    said.reported = take_place();
    for (std::optional<Place>* end : {&said.declared, &said.left}) {
      const bool has_ended = in.u8() != 0;
      const Place place = take_place();
      *end = has_ended ? std::optional(place) : std::nullopt;
    }
  }
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    gone_.emplace_back(in.u64());
  }
  return {};
}

}  // namespace hapax
