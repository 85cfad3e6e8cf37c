// SPDX-License-Identifier: Apache-2.0
#include "published/sum_of_partitions.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "published/audit_fields.hpp"

namespace hapax {
namespace {

Error nothing_published(std::size_t partition) {
  return {ErrorKind::kUnavailable,
          "partition " + std::to_string(partition) + " has published nothing yet",
          "start `hapax process`; it publishes once it has taken the partition over"};
}

Error other_partitions(std::size_t found, std::uint32_t count) {
  return {ErrorKind::kUnavailable,
          "the view store has what partition " + std::to_string(found) +
              " has published, and there are " + std::to_string(count) + " partitions",
          "name the view store and the topic of events of one cluster"};
}

/// Where a cluster was made anew and its view store was not: what is of the former log is none of
/// the sum.
Error other_log(std::size_t partition) {
  return {ErrorKind::kUnavailable,
          "partition " + std::to_string(partition) +
              " has published what was counted of another topic of events than others",
          "give each cluster a postgres.schema of its own"};
}

template <typename Time>
std::optional<Time> least(const std::optional<Time>& left, const std::optional<Time>& right) {
  return left && right ? std::min(left, right) : left ? left : right;
}

void add(const SourceAudit& source, SourceAudit& to) {
  to.source = source.source;
  for (const SourceFigure& figure : kSourceFigures) {
    const std::uint64_t sum = to.*figure.field + source.*figure.field;
    to.*figure.field = figure.is_time ? std::max(to.*figure.field, source.*figure.field) : sum;
  }
  for (const auto digest : kSourceDigests) {
    (to.*digest).add(source.*digest);
  }
}

void add(const SourceGaps& gaps, SourceGaps& to) {
  to.source = gaps.source;
  for (const auto figure : kGapFigures) {
    to.*figure += gaps.*figure;
  }
}

/// Where all that any of them has of one is; only once all say the same of it.
std::optional<FormerLog> former_of(const std::vector<SaidOfPartition>& said) {
  std::optional<FormerLog> former;
  bool all_say_the_same = true;
  for (const SaidOfPartition& one : said) {
    const std::optional<PublishedFormer>& part = one.manifest->former;
    if (part && !former) {
      former = FormerLog{.log = part->log, .ends = part->ends, .in = {}};
    }
    all_say_the_same =
        all_say_the_same && part && part->log == former->log && part->ends == former->ends;
    if (all_say_the_same) {
      former->in.push_back(part->in);
    }
  }
  return former && !all_say_the_same ? FormerLog{.log = former->log} : former;
}

void add(const PublishedView& view, PublishedView& to) {
  for (const auto tally : kViewTallies) {
    (to.account.*tally).add(view.account.*tally);
  }
  to.living_from = std::max(to.living_from, view.living_from);
  to.settled_until = least(to.settled_until, view.settled_until);
  to.complete_from = std::max(to.complete_from, view.complete_from);
  to.is_sampled = to.is_sampled || view.is_sampled;
  to.in_cells += view.in_cells;
  to.kind_mismatches += view.kind_mismatches;
}

void add(const PublishedMaking& making, PublishedMaking& to) {
  to.view = making.view;
  to.error = to.error.empty() ? making.error : to.error;
  to.records_done += making.records_done;
  to.records_total += making.records_total;
}

/// The views of one more partition: those that it lacks go.
void add_views(std::vector<PublishedView> views, bool is_first,
               std::map<std::string, PublishedView>& to) {
  std::map<std::string, PublishedView> sum;
  for (PublishedView& view : views) {
    const auto known = to.find(view.account.view);
    if (known != to.end()) {
      add(view, known->second);
      sum.insert(to.extract(known));
    } else if (is_first) {
      std::string id = view.account.view;
      sum.emplace(std::move(id), std::move(view));
    }
  }
  to.swap(sum);
}

template <typename Item>
std::vector<Item> items_of(std::map<std::string, Item> sums) {
  std::vector<Item> items;
  items.reserve(sums.size());
  for (auto& [name, item] : sums) {
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace

Result<SumOfPartitions> sum_of_partitions(const std::vector<SaidOfPartition>& said,
                                          std::uint32_t count) {
  bool all_say_log = true;
  SumOfPartitions sum{.watermark = EventTime::max(), .complete_until = ProcessingTime::max()};
  std::map<std::string, SourceAudit> sources;
  std::map<std::string, SourceGaps> gaps;
  for (std::size_t i = 0; i < std::max<std::size_t>(count, said.size()); ++i) {
    if (i >= said.size() || said[i].version == 0) {
      return nothing_published(i);
    }
    const PublishedManifest& part = *said[i].manifest;
    const PublishedManifest& books = *said[i].books;
    if (i >= count || part.partition.partition.value() != i) {
      return other_partitions(i >= count ? i : part.partition.partition.value(), count);
    }
    if (!may_be_one_log(part.log, sum.processed.log)) {
      return other_log(i);
    }
    sum.processed.log = part.log == kNoLog ? sum.processed.log : part.log;
    all_say_log = all_say_log && part.log != kNoLog;
    sum.processed.next.push_back(part.partition.processed);
    sum.watermark = std::min(sum.watermark, part.partition.watermark);
    sum.complete_until = std::min(sum.complete_until, part.complete_until);
    sum.books.partitions.push_back(part.partition);
    for (const SourceAudit& source : part.sources) {
      add(source, sources[source.source]);
    }
    for (const SourceGaps& source : part.gaps) {
      add(source, gaps[source.source]);
    }
    if (books.missed) {
      (sum.books.missed ? *sum.books.missed : sum.books.missed.emplace()).add(*books.missed);
    }
    std::ranges::copy(books.collectors, std::back_inserter(sum.books.collectors));
    if (!part.owner.empty()) {
      sum.owners.insert(part.owner);
    }
    add_views(part.views, i == 0, sum.views);
    for (const PublishedMaking& one : part.making) {
      add(one, sum.making[one.view]);
    }
  }
  sum.processed.log = all_say_log ? sum.processed.log : kNoLog;
  sum.processed.former = former_of(said);
  sum.books.sources = items_of(std::move(sources));
  sum.books.gaps = items_of(std::move(gaps));
  for (const auto& [id, view] : sum.views) {
    sum.books.views.push_back(view.account);
  }
  return sum;
}

std::optional<NewestEvent> SumOfPartitions::newest(const std::optional<std::string>& source) const {
  std::uint64_t event = 0;
  std::uint64_t received = 0;
  for (const SourceAudit& one : books.sources) {
    if (!source || one.source == *source) {
      event = std::max(event, one.newest_event);
      received = std::max(received, one.newest_received);
    }
  }
  if (received == 0) {
    return std::nullopt;
  }
  return NewestEvent{
      .event_time = event_time_from_micros(static_cast<std::int64_t>(event)),
      .received_at = processing_time_from_micros(static_cast<std::int64_t>(received))};
}

}  // namespace hapax
