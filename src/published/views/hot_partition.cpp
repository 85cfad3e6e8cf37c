// SPDX-License-Identifier: Apache-2.0
#include "published/views/hot_partition.hpp"

#include <algorithm>
#include <utility>

namespace hapax {
namespace {

std::size_t count_bytes(const HotRows& all) {
  std::size_t bytes = 0;
  for (const auto& [name, rows] : all.tables) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      bytes += rows.key(i).size() + rows.value(i).size();
    }
  }
  return bytes;
}

HotRows rows_of(const StateWrite& change, const ToldPlace& place) {
  HotRows rows{.place = place};
  for (const StateWrite::Table& table : change.tables) {
    CellRows& to = rows.tables[table.name];
    table.changes.for_each([&](std::string_view key, std::optional<std::string_view> value) {
      to.add(key, value.value_or(std::string_view()));
      return true;
    });
  }
  rows.bytes = count_bytes(rows);
  return rows;
}

std::size_t bytes_of(const RunStack<HotRows>& rows) {
  std::size_t bytes = 0;
  for (const auto& run : rows.runs()) {
    bytes += run->bytes;
  }
  return bytes;
}

}  // namespace

ToldPlace place_of(const PublishedManifest& manifest) {
  return {.counted = manifest.partition.processed, .complete = manifest.complete_until};
}

std::size_t HotRows::size() const {
  std::size_t size = 0;
  for (const auto& [name, rows] : tables) {
    size += rows.size();
  }
  return size;
}

HotRows HotRows::merge(const HotRows& older, const HotRows& newer) {
  HotRows merged{.tables = newer.tables, .place = newer.place};
  for (const auto& [name, rows] : older.tables) {
    const auto found = newer.tables.find(name);
    merged.tables[name] = found == newer.tables.end() ? rows : CellRows::merge(rows, found->second);
  }
  merged.bytes = count_bytes(merged);
  return merged;
}

const HotTold* find_hot(const std::vector<HotTold>& told, const ToldPlace& stored, LogId log) {
  const HotTold* hot = nullptr;
  for (const HotTold& one : told) {
    if (may_be_one_log(one.manifest->log, log) && one.since <= stored.counted &&
        one.place > stored && (hot == nullptr || one.place >= hot->place)) {
      hot = &one;
    }
  }
  return hot;
}

/// What the update goes on with, if it does.
std::vector<HotTold>::iterator HotPartition::find_before(const HotUpdate& update) {
  return std::ranges::find_if(told_, [&](const HotTold& one) {
    return one.life == update.life && one.epoch == update.epoch && one.number + 1 == update.number;
  });
}

void HotPartition::hear(const HotUpdate& update) {
  if (update.epoch >= heard_epoch_) {
    heard_epoch_ = update.epoch;
    is_untold_ = update.is_untold;
  }
}

Result<bool> HotPartition::take(const HotUpdate& update) {
  const auto last = find_before(update);
  if (update.is_untold) {
    if (last != told_.end()) {
      last->number = update.number;
    }
    hear(update);
    return true;
  }
  // One that begins behind the last one lacks what lies between.
  const bool goes_on =
      last != told_.end() && (!update.since || *update.since <= last->place.counted);
  if (!goes_on && (!update.since || told_.size() >= kToldMax)) {
    return false;
  }
  if (goes_on && bytes_of(last->rows) > bytes_max_) {
    return false;
  }
  HAPAX_ASSIGN(PublishedManifest decoded, decode_published(update.change.manifest));
  if (decoded.partition.partition != update.partition) {
    return Error{ErrorKind::kCorrupt, "what an owner says of its partition is of another one"};
  }
  // All that may run out of memory comes before the first change.
  HotTold next =
      goes_on ? *last : HotTold{.life = update.life, .epoch = update.epoch, .since = *update.since};
  next.number = update.number;
  next.place = place_of(decoded);
  next.manifest = std::make_shared<const PublishedManifest>(std::move(decoded));
  next.rows.add(std::make_shared<const HotRows>(rows_of(update.change, next.place)));
  if (goes_on) {
    *last = std::move(next);
  } else {
    told_.push_back(std::move(next));
  }
  hear(update);
  return true;
}

void HotPartition::pass(const ToldPlace& stored, LogId log) {
  if (stored < passed_) {
    told_.clear();
    heard_epoch_ = 0;
    is_untold_ = false;
  }
  passed_ = stored;
  for (HotTold& one : told_) {
    RunStack<HotRows> left;
    for (const auto& rows : one.rows.runs()) {
      if (rows->place > stored) {
        left.add(rows);
      }
    }
    if (left.runs().size() < one.rows.runs().size()) {
      one.rows = std::move(left);
      one.since = std::max(one.since, stored.counted);
    }
  }
  std::vector<HotTold> needed;
  for (const HotTold& one : told_) {
    if (!is_needless(one, stored, log)) {
      needed.push_back(one);
    }
  }
  told_ = std::move(needed);
}

/// The owner of the highest epoch may go on at any time.
bool HotPartition::is_needless(const HotTold& one, const ToldPlace& stored, LogId log) const {
  const auto newest = std::ranges::max_element(told_, [](const auto& left, const auto& right) {
    return left.epoch < right.epoch || (left.epoch == right.epoch && left.number < right.number);
  });
  if (&one == &*newest) {
    return false;
  }
  const HotTold* const hot = find_hot(told_, stored, log);
  return one.place <= stored || (hot != nullptr && hot != &one && hot->place >= one.place);
}

}  // namespace hapax
