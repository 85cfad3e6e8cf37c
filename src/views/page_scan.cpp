// SPDX-License-Identifier: Apache-2.0
#include "views/page_scan.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "stream/watermark.hpp"

namespace hapax {
namespace {

/// So many cells of other sources are passed over before a look for the next of the right one,
/// which costs about as much.
constexpr std::size_t kForeignMax = 32;
/// So many looks of a page: a source may be in none of very many minutes.
constexpr std::size_t kLooksMax = 2'000;

/// Fewer cells of a minute are no burden.
constexpr std::size_t kBoundedFrom = 1'000;

/// Before all cells of the minute.
CellPlace before_minute(EventTime start) {
  return {.start = start, .source = {}, .event = {}};
}

std::string key_of(EventTime start, std::string_view group) {
  return cell_start_key(start).append(group);
}

}  // namespace

std::optional<Cell> make_cell(const CellKeyParts& key, const CellSummary& summary,
                              EventTime watermark) {
  std::optional<CellName> name = decode_cell_group(key.start, key.group);
  if (!name) {
    return std::nullopt;
  }
  return Cell{.start = name->start,
              .source = std::move(name->source),
              .event = std::move(name->event),
              .count = summary.count,
              .users = summary.users,
              .final = is_closed(cell_end(name->start), watermark),
              .revision = summary.revision};
}

bool is_before(const Cell& left, const Cell& right) {
  return std::tie(left.start, left.source, left.event) <
         std::tie(right.start, right.source, right.event);
}

CellPlace place_of(const Cell& cell) {
  return {.start = cell.start, .source = cell.source, .event = cell.event};
}

PageScan::PageScan(const ViewQuery& query, EventTime watermark)
    : query_(query), watermark_(watermark), filter_(query.source, query.event), begin_(query.from) {
  if (query.behind && query.behind->start >= query.from) {
    begin_ = query.behind->start;
    append_cell_group(query.behind->source, query.behind->event, begin_group_);
  }
}

Result<void> PageScan::read(const CellTable& table, const Holds& holds) {
  const auto begin = static_cast<std::ptrdiff_t>(cells_.size());
  read_hot(table, holds);
  std::ranges::sort(cells_.begin() + begin, cells_.end(), is_before);
  const auto stored = static_cast<std::ptrdiff_t>(cells_.size());
  HAPAX_TRY(read_stored(table, holds));
  std::ranges::inplace_merge(cells_.begin() + begin, cells_.begin() + stored, cells_.end(),
                             is_before);
  std::ranges::inplace_merge(cells_.begin(), cells_.begin() + begin, cells_.end(), is_before);
  return damaged_ ? Result<void>(damaged_cell()) : Result<void>();
}

std::vector<Cell> PageScan::take_cells() {
  if (end_) {
    std::erase_if(cells_, [this](const Cell& cell) { return place_of(cell) > *end_; });
  }
  return std::move(cells_);
}

/// Minute by minute; within one they come in no order.
void PageScan::read_hot(const CellTable& table, const Holds& holds) {
  Part part;
  std::vector<HotCell> minute;
  EventTime start = begin_;
  bool more = true;
  const auto visit = [&](const CellKeyParts& cell, const CellState& state) {
    if (cell.start != start) {
      more = take_minute(std::exchange(start, cell.start), minute, part);
    }
    if (more && is_ahead(cell)) {
      part.scanned += filter_.is_of_source(cell.group) ? 1 : 0;
      if (is_wanted(cell) && holds(cell)) {
        minute.push_back({.key = cell, .state = &state});
        bound(minute, query_.cells_max - part.taken + 1);  // One more tells that there are more.
      }
    }
    return more;
  };
  table.scan_hot(begin_, query_.to, visit);
  if (more) {
    take_minute(start, minute, part);
  }
}

/// Forgets cells behind the first `count` now and then, so that a page needs memory for itself and
/// not for a minute.
void PageScan::bound(std::vector<HotCell>& minute, std::size_t count) {
  if (minute.size() >= std::max(2 * count, kBoundedFrom)) {
    keep_first(minute, count);
  }
}

/// In no order.
void PageScan::keep_first(std::vector<HotCell>& minute, std::size_t count) {
  const auto end = minute.begin() + static_cast<std::ptrdiff_t>(count);
  std::ranges::nth_element(minute, end - 1, {}, [](const HotCell& cell) { return cell.key.group; });
  minute.erase(end, minute.end());
}

/// Takes the first cells of a minute, and empties it. False when the part ends there.
bool PageScan::take_minute(EventTime start, std::vector<HotCell>& minute, Part& part) {
  const std::size_t room = query_.cells_max - part.taken;
  const bool cut = minute.size() > room;
  if (cut && room == 0) {
    end_at(before_minute(start));
    return false;
  }
  if (cut) {
    keep_first(minute, room);
    end_behind(key_of(start, minute.back().key.group));
  }
  for (const HotCell& cell : minute) {
    take(cell.key, cell.state->summary());
  }
  part.taken += minute.size();
  minute.clear();
  if (!cut && part.scanned >= query_.scan_max) {
    end_at(before_minute(cell_end(start)));
  }
  return !cut && part.scanned < query_.scan_max;
}

Result<void> PageScan::read_stored(const CellTable& table, const Holds& holds) {
  Part part;
  const std::string to = cell_start_key(query_.to);
  const CellKeyParts begin{.start = begin_, .group = begin_group_};
  std::string from = filter_.is_of_source(begin_group_) ? key_of(begin_, begin_group_)
                                                        : filter_.next_of_source(begin);
  while (!from.empty()) {
    std::string go_on;
    HAPAX_TRY(table.scan_stored(std::exchange(from, {}), to,
                                [&](const CellKeyParts& cell, std::string_view summary) {
                                  return visit_stored(cell, summary, holds, part, go_on);
                                }));
    from = std::move(go_on);
  }
  return {};
}

/// False ends the scan, or lets it go on at `go_on`.
bool PageScan::visit_stored(const CellKeyParts& cell, std::string_view summary, const Holds& holds,
                            Part& part, std::string& go_on) {
  if (!filter_.is_of_source(cell.group)) {
    return pass_foreign(cell, part, go_on);
  }
  part.foreign = 0;
  if (!is_ahead(cell) || !holds(cell)) {
    return true;
  }
  if (part.taken == query_.cells_max || part.scanned >= query_.scan_max) {
    end_behind(part.last);
    return false;
  }
  ++part.scanned;
  part.last = key_of(cell.start, cell.group);
  if (is_wanted(cell)) {
    ++part.taken;
    take(cell, decode_summary(summary));
  }
  return !damaged_;
}

/// Past the other sources' cells of a minute, however many they are.
bool PageScan::pass_foreign(const CellKeyParts& cell, Part& part, std::string& go_on) {
  if (++part.foreign <= kForeignMax) {
    return true;
  }
  part.foreign = 0;
  if (++part.looks > kLooksMax) {
    end_behind(key_of(cell.start, cell.group));
  } else {
    go_on = filter_.next_of_source(cell);
  }
  return false;
}

bool PageScan::is_ahead(const CellKeyParts& cell) const {
  return cell.start != begin_ || begin_group_.empty() || cell.group > begin_group_;
}

bool PageScan::is_wanted(const CellKeyParts& cell) const {
  return filter_.matches(cell.group) &&
         (!query_.final_only || is_closed(cell_end(cell.start), watermark_));
}

void PageScan::take(const CellKeyParts& key, const std::optional<CellSummary>& summary) {
  std::optional<Cell> cell = summary ? make_cell(key, *summary, watermark_) : std::nullopt;
  damaged_ = damaged_ || !cell;
  if (cell) {
    cells_.push_back(std::move(*cell));
  }
}

void PageScan::end_at(CellPlace place) {
  if (!end_ || place < *end_) {
    end_ = std::move(place);
  }
}

void PageScan::end_behind(std::string_view key) {
  if (std::optional<CellName> name = decode_cell_key(key)) {
    end_at(
        {.start = name->start, .source = std::move(name->source), .event = std::move(name->event)});
  } else {
    damaged_ = true;
  }
}

}  // namespace hapax
