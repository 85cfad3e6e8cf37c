// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/key_samples.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "bytes/bytes.hpp"
#include "stream/stored_runs.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

/// When the limit was lowered, more may be too many; each costs a look-up.
constexpr std::size_t kLeavingMax = 256;
/// Of the budget: so much of keys comes between two looks for those that have expired.
constexpr std::uint64_t kLooks = 16;
/// Of a window that is over and has so many keys, so many that go next are known: to look through
/// all of them for each late key costs more than that.
constexpr std::uint64_t kCostly = 1'000;
constexpr std::size_t kLastOfPast = 256;
constexpr int kHashBits = 64;
constexpr std::string_view kRowsEnd =
    "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
    "\xFF\xFF\xFF";

struct Row {
  std::uint64_t keys = 0;
  std::uint64_t bytes = 0;
  std::optional<std::string> first_out = {};
};

std::string encode(const Row& row) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u64(row.keys);
  out.put_u64(row.bytes);
  if (row.first_out) {
    out.put_string(*row.first_out);
  }
  return bytes;
}

std::optional<Row> decode(std::string_view bytes) {
  ByteReader in(bytes);
  Row row{.keys = in.u64(), .bytes = in.u64()};
  if (in.ok() && !in.at_end()) {
    row.first_out = in.string();
  }
  return in.ok() && in.at_end() ? std::optional(std::move(row)) : std::nullopt;
}

}  // namespace

Result<void> KeySamples::load() {
  bool damaged = false;
  HAPAX_TRY(store_.scan(table_, {}, kRowsEnd, [&](std::string_view key, std::string_view value) {
    const auto window = split_view_cell_key(key);
    std::optional<Row> row = decode(value);
    damaged = !window || !row;
    if (!damaged && row->first_out) {
      note_out(window->window, std::move(*row->first_out));
    }
    return !damaged;
  }));
  return damaged ? Result<void>(damaged_cell(table_)) : Result<void>();
}

GroupPlace KeySamples::place_of(std::string_view key) const {
  return {.hash = limit_.hasher.group(key), .group = key};
}

bool KeySamples::is_out(const Window& scope, std::string_view key) const {
  const auto first = first_out_.find(scope);
  return first != first_out_.end() && !(place_of(key) < place_of(first->second.key));
}

Result<KeySamples::Room> KeySamples::room_for(const Window& window, std::string_view key,
                                              KeyStates& states) {
  HAPAX_ASSIGN(Scope* const scope, scope_at(window, states));
  const std::size_t weight = weight_of(key);
  if (scope->bytes + weight > limit_.bytes_max && !knows_enough(*scope, weight)) {
    HAPAX_TRY(learn(window, *scope, states, LastPlaces(limit_.last_known, weight)));
  }
  Room room;
  std::uint64_t bytes = scope->bytes + weight;
  if (bytes <= limit_.bytes_max) {
    return room;
  }
  const GroupPlace place = place_of(key);
  const LastPlaces::Places& known = scope->last->places();
  auto last = known.rbegin();
  for (; bytes > limit_.bytes_max && last != known.rend() && place < last->place() &&
         room.leaving.size() < kLeavingMax;
       ++last) {
    bytes -= weight_of(last->group);
    room.leaving.push_back(last->group);
  }
  const bool is_last = last == known.rend() ? scope->last->is_whole() : last->place() < place;
  room.is_kept = bytes <= limit_.bytes_max || !is_last;
  return room;
}

void KeySamples::take(const Window& window, std::string_view key, const Room& room) {
  const auto found = scopes_.find(window);
  Scope& scope = found->second;
  for (const std::string& last : room.leaving) {
    scope.last->remove_last();
    --scope.keys;
    scope.bytes -= weight_of(last);
    note_out(window, last);
  }
  if (room.is_kept) {
    ++scope.keys;
    scope.bytes += weight_of(key);
    scope.added += weight_of(key);
    if (scope.last) {
      scope.last->add(place_of(key));
    }
  } else {
    note_out(window, std::string(key));
  }
  note(found);
}

void KeySamples::note_out(const Window& window, std::string key) {
  const std::uint64_t hash = std::max<std::uint64_t>(place_of(key).hash, 1);
  const double share = std::ldexp(static_cast<double>(hash), -kHashBits);
  first_out_[window] = {.key = std::move(key), .share = share};
  shares_.reset();
}

void KeySamples::note(Scopes::iterator scope) {
  scope->second.touched = true;
  if (!std::exchange(scope->second.dirty, true)) {
    dirty_.push_back(scope->first);
  }
}

/// Of states from before there was a limit nothing is stored here.
Result<KeySamples::Scope*> KeySamples::scope_at(const Window& window, KeyStates& states) {
  if (const auto known = scopes_.find(window); known != scopes_.end()) {
    return &known->second;
  }
  HAPAX_ASSIGN(const std::optional<std::string> stored, store_.find(table_, window_key(window)));
  Scope scope;
  if (stored) {
    const std::optional<Row> row = decode(*stored);
    if (!row) {
      return damaged_cell(table_);
    }
    scope.keys = row->keys;
    scope.bytes = row->bytes;
  } else {
    HAPAX_TRY(learn(window, scope, states, LastPlaces(0)));
    scope.last.reset();
  }
  return &scopes_.insert_or_assign(window, std::move(scope)).first->second;
}

bool KeySamples::knows_enough(const Scope& scope, std::size_t weight) const {
  const bool is_new = !kind_.keys_expire || scope.added < limit_.bytes_max / kLooks;
  return scope.last && is_new && (scope.last->is_whole() || scope.last->weight() >= weight);
}

Result<void> KeySamples::learn(const Window& window, Scope& scope, KeyStates& states,
                               LastPlaces last) {
  Scope learnt;
  HAPAX_TRY(states.visit_keys(window, [&](std::string_view key) {
    if (!is_out(window, key)) {
      ++learnt.keys;
      learnt.bytes += weight_of(key);
      last.add(place_of(key));
    }
  }));
  scope.keys = learnt.keys;
  scope.bytes = learnt.bytes;
  scope.added = 0;
  scope.last = std::move(last);
  return {};
}

std::shared_ptr<const KeyShares> KeySamples::shares() {
  if (!shares_ && !first_out_.empty()) {
    KeyShares shares;
    for (const auto& [window, first] : first_out_) {
      if (kind_.by_window) {
        shares.of_windows[window] = first.share;
      } else {
        shares.of_all = first.share;
      }
    }
    shares_ = std::make_shared<const KeyShares>(std::move(shares));
  }
  return shares_;
}

KeyReport KeySamples::report() const {
  KeyReport report{.bytes_max = limit_.bytes_max, .windows_sampled = first_out_.size()};
  for (const auto& [window, scope] : scopes_) {
    if (scope.bytes >= report.bytes) {
      report.bytes = scope.bytes;
      report.keys = scope.keys;
    }
  }
  for (const auto& [window, first] : first_out_) {
    report.least_share = std::min(report.least_share, first.share);
  }
  return report;
}

FrozenRows KeySamples::freeze() {
  FrozenRows frozen{.table = table_};
  if (!dropped_before_.empty()) {
    frozen.erased.push_back({.from = {}, .to = std::exchange(dropped_before_, {})});
  }
  frozen_ = std::exchange(dirty_, {});
  for (const Window& window : frozen_) {
    Scope& scope = scopes_.at(window);
    scope.dirty = false;
    scope.frozen = true;
    Row row{.keys = scope.keys, .bytes = scope.bytes};
    if (const auto first = first_out_.find(window); first != first_out_.end()) {
      row.first_out = first->second.key;
    }
    frozen.rows.emplace_back(window_key(window), encode(row));
  }
  return frozen;
}

/// Nobody has asked for those that go since the last one. What it costs much to learn stays.
void KeySamples::commit() {
  for (const Window& window : std::exchange(frozen_, {})) {
    scopes_.at(window).frozen = false;
  }
  forget([](const Window&, Scope& scope) {
    return !std::exchange(scope.touched, false) && !scope.last;
  });
}

template <typename Gone>
void KeySamples::forget(Gone gone) {
  for (auto entry = scopes_.begin(); entry != scopes_.end();) {
    Scope& scope = entry->second;
    const bool is_gone = !scope.dirty && !scope.frozen && gone(entry->first, scope);
    entry = is_gone ? scopes_.erase(entry) : std::next(entry);
  }
}

/// Late keys do not have each of them looked through again.
void KeySamples::forget_over(EventTime over) {
  forget([&](const Window& window, Scope& scope) {
    if (window.end <= over && scope.last) {
      scope.last->shrink(kLastOfPast);
    }
    return window.end <= over && (!scope.last || scope.keys < kCostly);
  });
}

void KeySamples::drop_before(const Window& first) {
  if (!kind_.by_window) {
    return;
  }
  const auto is_gone = [&](const Window& window) { return window < first; };
  std::erase_if(dirty_, is_gone);
  std::erase_if(frozen_, is_gone);
  scopes_.erase(scopes_.begin(), scopes_.lower_bound(first));
  if (first_out_.begin() != first_out_.lower_bound(first)) {
    first_out_.erase(first_out_.begin(), first_out_.lower_bound(first));
    shares_.reset();
  }
  dropped_before_ = window_key(first);
}

/// That of all keys is always there.
std::size_t KeySamples::memory_bytes() const {
  constexpr std::size_t kScopeBytes = 150;
  std::size_t bytes = kind_.by_window ? kScopeBytes * scopes_.size() : 0;
  for (const auto& [window, scope] : scopes_) {
    bytes += scope.last ? scope.last->bytes() : 0;
  }
  return bytes;
}

}  // namespace hapax
