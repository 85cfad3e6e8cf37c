// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/session_keys.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "bytes/ordered_word.hpp"
#include "core/time_math.hpp"
#include "stream/stored_runs.hpp"

namespace hapax {
namespace {

// Node and flags; what the allocator and a checkpoint add to each.
constexpr std::size_t kKeyOverheadBytes = 330;

static_assert(kOrderedWordBytes == kBehindStemBytes, "a key is the stem of its rows");
constexpr std::string_view kRowsEnd = "\xFF";  // After every row: no value begins so.

/// The later a session begins, the earlier is its row among those of its key.
std::string row_key(std::string_view key, EventTime first) {
  std::string row(key);
  append_ordered_word(~(static_cast<std::uint64_t>(to_micros(first)) ^ kSignBit), row);
  return row;
}

EventTime first_of(std::string_view row) {
  row.remove_prefix(row.size() - kOrderedWordBytes);
  const std::uint64_t word = take_ordered_word(row).value_or(0);
  return event_time_from_micros(static_cast<std::int64_t>(~word ^ kSignBit));
}

}  // namespace

std::size_t SessionKeys::HotKey::bytes(const Sessions& sessions) const {
  std::size_t bytes = kKeyOverheadBytes + key.size();
  for (const Session& session : sessions) {
    bytes += session.bytes();
  }
  return bytes;
}

EventTime SessionKeys::goes_on_to(const KeyState& state) const {
  return gap_ == kEndless ? EventTime::max() : saturating_add(state.last, gap_);
}

Result<void> SessionKeys::find(std::string_view key, const KeyState& event,
                               std::span<const Window> /*windows*/,
                               std::vector<KeyChange>& changes) {
  HotKey& hot = hot_key(key);
  if (freezer_.is_saved(hot)) {
    forget_first(hot);
  }
  HAPAX_TRY(load(hot, event.first));
  const Sessions& sessions = freezer_.open(hot);
  const auto begin = std::ranges::partition_point(
      sessions, [&](const Session& session) { return goes_on_to(session.state) < event.first; });
  const auto end = std::find_if(begin, sessions.end(), [&](const Session& session) {
    return goes_on_to(event) < session.state.first;
  });
  found_ = &hot;
  found_at_ = static_cast<std::size_t>(begin - sessions.begin());
  found_count_ = static_cast<std::size_t>(end - begin);
  changes.clear();
  KeyChange& change = changes.emplace_back(KeyChange{.after = event});
  assert(found_count_ <= change.before.size());
  for (std::size_t i = 0; i < found_count_; ++i) {
    change.before.at(i) = &begin[static_cast<std::ptrdiff_t>(i)].state;
    change.after.combine(*change.before.at(i));
  }
  return {};
}

/// All that begin after the event are here.
Result<const KeyState*> SessionKeys::peek(std::string_view /*key*/, const Window& /*window*/,
                                          EventTime first) {
  const Sessions& sessions = freezer_.open(*found_);
  const auto found = std::ranges::find_if(
      sessions, [&](const Session& session) { return session.state.first == first; });
  return found != sessions.end() ? &found->state : nullptr;
}

void SessionKeys::apply(std::span<KeyChange> changes) {
  HotKey& hot = *found_;
  Sessions& sessions = freezer_.open(hot);
  Session now{.state = std::move(changes.front().after), .dirty = true};
  const auto begin = sessions.begin() + static_cast<std::ptrdiff_t>(found_at_);
  const auto end = begin + static_cast<std::ptrdiff_t>(found_count_);
  bool is_counted = false;
  for (auto before = begin; before != end; ++before) {
    memory_bytes_ -= before->bytes();
    is_counted |= before->dirty;
    if (before->state.first == now.state.first) {
      now.stored = before->stored;
    } else if (before->stored) {
      gone_rows_.insert(row_key(hot.key, before->state.first));
    }
  }
  memory_bytes_ += now.bytes();
  changed_sessions_ += is_counted ? 0 : 1;
  if (begin == end) {
    sessions.insert(begin, std::move(now));
  } else {
    *begin = std::move(now);
    sessions.erase(std::next(begin), end);
  }
  freezer_.note_change(hot);
}

/// After a load for a new event: none is here if there is none.
bool SessionKeys::has_key(const KeyChange& /*change*/) const {
  return has_sessions(*found_);
}

bool SessionKeys::has_sessions(const HotKey& hot) const {
  return freezer_.read(hot, [](const Sessions& sessions) { return !sessions.empty(); });
}

Result<void> SessionKeys::find_leaving(std::string_view key, const Window& /*window*/,
                                       std::vector<KeyChange>& changes) {
  HotKey& hot = hot_key(key);
  HAPAX_TRY(load(hot, EventTime::min()));
  for (const Session& session : freezer_.open(hot)) {
    changes.push_back({.before = {&session.state}});
  }
  return {};
}

/// Should it leave memory before its rows are gone, nobody asks for it again.
void SessionKeys::leave(std::string_view key, const Window& /*window*/) {
  HotKey& hot = keys_.find(key)->second;
  Sessions& sessions = freezer_.open(hot);
  for (const Session& session : sessions) {
    memory_bytes_ -= session.bytes();
    if (session.stored) {
      gone_rows_.insert(row_key(hot.key, session.state.first));
    }
  }
  sessions.clear();
  hot.known_from.reset();
  hot.knows_all = true;
}

/// Of a key in memory without a session it is not known whether some are stored, unless it says so.
Result<void> SessionKeys::visit_keys(const Window& /*window*/, const VisitKey& visit) {
  const auto is_clear = [&](const HotKey& hot) { return hot.knows_all || has_sessions(hot); };
  std::string last;
  HAPAX_TRY(store_.scan(table_, {}, kRowsEnd, [&](std::string_view row, std::string_view) {
    const std::string_view key = row.substr(0, row.size() - kOrderedWordBytes);
    const auto hot = keys_.find(key);
    if (key != last && (hot == keys_.end() || !is_clear(hot->second))) {
      visit(key);
    }
    last = key;
    return true;
  }));
  for (const auto& [key, hot] : keys_) {
    if (has_sessions(hot)) {
      visit(key);
    }
  }
  return {};
}

SessionKeys::HotKey& SessionKeys::hot_key(std::string_view key) {
  if (const auto found = keys_.find(key); found != keys_.end()) {
    return found->second;
  }
  const auto made = keys_.try_emplace(std::string(key)).first;
  HotKey& hot = made->second;
  hot.key = made->first;
  freezer_.add(hot);
  memory_bytes_ += hot.bytes(freezer_.open(hot));
  return hot;
}

Result<void> SessionKeys::load(HotKey& hot, EventTime time) {
  if (hot.knows(time)) {
    return {};
  }
  // Behind known_from, which is not the least time of all: that knows every time.
  const std::string from =
      row_key(hot.key, hot.known_from ? *hot.known_from - Microseconds(1) : EventTime::max());
  Sessions loaded;
  bool damaged = false;
  HAPAX_TRY(store_.scan_stem(table_, from, [&](std::string_view row, std::string_view value) {
    std::optional<KeyState> state = decode_key_state(value, form_);
    damaged = !state || row != row_key(hot.key, state->first);
    if (damaged) {
      return false;
    }
    loaded.push_back({.state = std::move(*state), .stored = true});
    return time < loaded.back().state.first;
  }));
  if (damaged) {
    return damaged_cell(table_);
  }
  hot.knows_all = loaded.empty() || time < loaded.back().state.first;
  for (const Session& session : loaded) {
    memory_bytes_ += session.bytes();
  }
  Sessions& sessions = freezer_.open(hot);
  sessions.insert(sessions.begin(), std::move_iterator(loaded.rbegin()),
                  std::move_iterator(loaded.rend()));
  if (!hot.knows_all) {
    hot.known_from = sessions.front().state.first;
  }
  return {};
}

/// Between two freezes no row is seen twice: at the last one it ends.
void SessionKeys::sweep(const std::function<bool(const KeyState& state)>& is_dead) {
  std::size_t left = std::min(rows_to_sweep_, kSweepRowsMax);
  if (left == 0) {
    return;
  }
  std::vector<std::string> dead;
  std::string next;
  const auto scanned =
      store_.scan(table_, swept_to_, kRowsEnd, [&](std::string_view row, std::string_view value) {
        if (left == 0) {
          next = row;
          return false;
        }
        --left;
        const std::optional<KeyState> state = decode_key_state(value, form_);
        if (state && is_dead(*state) && !is_known(row)) {
          dead.emplace_back(row);
        }
        return true;
      });
  if (scanned) {
    rows_to_sweep_ -= next.empty() ? rows_to_sweep_ : std::min(rows_to_sweep_, kSweepRowsMax);
    swept_to_ = std::move(next);
    gone_rows_.insert(std::move_iterator(dead.begin()), std::move_iterator(dead.end()));
  }
}

/// What is here is newer than its row.
bool SessionKeys::is_known(std::string_view row) const {
  const auto found = keys_.find(row.substr(0, row.size() - kOrderedWordBytes));
  return found != keys_.end() && found->second.knows(first_of(row));
}

FrozenRows SessionKeys::freeze() {
  FrozenRows frozen{.table = table_};
  frozen.rows.reserve(gone_rows_.size());
  for (const std::string& row : std::exchange(gone_rows_, {})) {
    frozen.rows.emplace_back(row, std::nullopt);
  }
  rows_to_sweep_ += kSweepRowsMin + kSweepRowsPerWritten *
                                        (frozen.rows.size() + std::exchange(changed_sessions_, 0));
  frozen.images = freezer_.freeze();
  return frozen;
}

std::size_t SessionKeys::HotKey::freeze(Sessions& sessions,
                                        std::vector<FrozenRows::Row>& to) const {
  for (Session& session : sessions) {
    if (std::exchange(session.dirty, false)) {
      session.stored = true;
      to.emplace_back(row_key(key, session.state.first), encode_key_state(session.state));
    }
  }
  return 0;
}

void SessionKeys::commit() {
  freezer_.commit();
}

/// Sessions that no event has come to for long. The key is saved.
void SessionKeys::forget_first(HotKey& hot) {
  Sessions& sessions = freezer_.open(hot);
  if (sessions.size() <= kLastSessions) {
    return;
  }
  const auto last = sessions.end() - static_cast<std::ptrdiff_t>(kLastSessions);
  std::for_each(sessions.begin(), last,
                [this](const Session& session) { memory_bytes_ -= session.bytes(); });
  sessions.erase(sessions.begin(), last);
  hot.knows_all = false;
  hot.known_from = sessions.front().state.first;
}

void SessionKeys::forget(HotKey& hot) {
  assert(freezer_.is_saved(hot));
  memory_bytes_ -= hot.bytes(freezer_.open(hot));
  keys_.erase(keys_.find(hot.key));
}

std::size_t SessionKeys::evict(const Eviction& what) {
  const auto is_old = [&](HotKey& hot) {
    const Sessions& sessions = freezer_.open(hot);
    return sessions.empty() || goes_on_to(sessions.back().state) <= what.over ||
           freezer_.freezes_since(hot) >= std::min(kIdleFreezes, what.age_min);
  };
  return freezer_.forget_old(what.count_max, is_old, [this](HotKey& hot) { forget(hot); });
}

}  // namespace hapax
