// SPDX-License-Identifier: Apache-2.0
#include "views/page_reader.hpp"

#include <utility>

#include "stream/stored_cell.hpp"
#include "stream/watermark.hpp"
#include "views/make_cell.hpp"

namespace hapax {
namespace {

/// So many cells elsewhere are passed over before a look for the next near one, which costs about
/// as much.
constexpr std::size_t kForeignMax = 32;
/// So many looks of a page: a group may be in none of very many minutes.
constexpr std::size_t kLooksMax = 2'000;
/// So many steps between two looks at the clock.
constexpr std::size_t kStepsUntimed = 1'024;

}  // namespace

PageReader::PageReader(const ViewQuery& query, EventTime watermark, const PageBudget& budget)
    : query_(query),
      watermark_(watermark),
      budget_(budget),
      filter_(query.source, query.event),
      begin_(query.from) {
  if (query.behind && query.behind->start >= query.from) {
    begin_ = query.behind->start;
    append_cell_group(query.behind->source, query.behind->event, begin_group_);
  }
}

Result<CellPage> PageReader::read(CellMerge& cells) && {
  const CellKeyParts begin{.start = begin_, .group = begin_group_};
  cells.seek(filter_.is_near(begin_group_) ? cell_start_key(begin_).append(begin_group_)
                                           : filter_.next_near(begin));
  bool more = true;
  while (more && cells.valid()) {
    out_of_time_ = ++steps_ % kStepsUntimed == 0 && budget_.is_over();
    HAPAX_ASSIGN(more, visit(cells));
  }
  HAPAX_TRY(cells.status());
  return std::move(page_);
}

/// False when the page ends before this cell.
Result<bool> PageReader::visit(CellMerge& cells) {
  if (!filter_.is_near(cells.key().group)) {
    if (pass_foreign(cells)) {
      return true;
    }
    last_ = cell_start_key(cells.key().start).append(cells.key().group);
    HAPAX_TRY(end_behind_last());
    return false;
  }
  foreign_ = 0;
  if (is_ahead(cells.key())) {
    if (is_full()) {
      HAPAX_TRY(end_behind_last());
      return false;
    }
    ++scanned_;
    last_ = cell_start_key(cells.key().start).append(cells.key().group);
    HAPAX_TRY(take(cells));
  }
  cells.next();
  return true;
}

/// Past the other cells of a minute, however many they are. False when that was enough.
bool PageReader::pass_foreign(CellMerge& cells) {
  if (out_of_time_) {
    return false;
  }
  if (++foreign_ <= kForeignMax) {
    cells.next();
    return true;
  }
  foreign_ = 0;
  if (++looks_ > kLooksMax) {
    return false;
  }
  cells.seek(filter_.next_near(cells.key()));
  return true;
}

bool PageReader::is_full() const {
  return page_.cells.size() >= query_.cells_max || scanned_ >= query_.scan_max ||
         bytes_ >= budget_.bytes_max || (out_of_time_ && scanned_ > 0);
}

bool PageReader::is_ahead(const CellKeyParts& cell) const {
  return cell.start != begin_ || begin_group_.empty() || cell.group > begin_group_;
}

bool PageReader::is_wanted(const CellKeyParts& cell) const {
  return filter_.matches(cell.group) &&
         (!query_.final_only || is_closed(cell_end(cell.start), watermark_));
}

Result<void> PageReader::take(CellMerge& cells) {
  const CellKeyParts& key = cells.key();
  if (!is_wanted(key)) {
    return {};
  }
  HAPAX_ASSIGN(const CellSummary summary, cells.summary());
  std::optional<Cell> cell = make_cell(key, summary, watermark_);
  if (!cell) {
    return damaged_cell();
  }
  bytes_ += key.group.size();
  page_.cells.push_back(std::move(*cell));
  return {};
}

Result<void> PageReader::end_behind_last() {
  std::optional<CellName> name = decode_cell_key(last_);
  if (!name) {
    return damaged_cell();
  }
  page_.next = CellPlace{
      .start = name->start, .source = std::move(name->source), .event = std::move(name->event)};
  return {};
}

}  // namespace hapax
