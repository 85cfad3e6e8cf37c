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

constexpr std::string_view kRowsEnd = "\xFF";  // After every row: no value begins so.

/// The later a session begins, the earlier is its row among those of its key.
std::string row_key(std::string_view key, EventTime first) {
  std::string row(key);
  append_ordered_word(~(static_cast<std::uint64_t>(to_micros(first)) ^ kSignBit), row);
  return row;
}

std::string rows_end(std::string_view key) {
  return std::string(key).append(kOrderedWordBytes + 1, '\xFF');
}

EventTime first_of(std::string_view row) {
  row.remove_prefix(row.size() - kOrderedWordBytes);
  const std::uint64_t word = take_ordered_word(row).value_or(0);
  return event_time_from_micros(static_cast<std::int64_t>(~word ^ kSignBit));
}

}  // namespace

std::size_t SessionKeys::HotKey::bytes() const {
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
  HAPAX_TRY(load(hot, event.first));
  const auto begin = std::ranges::partition_point(hot.sessions, [&](const Session& session) {
    return goes_on_to(session.state) < event.first;
  });
  const auto end = std::find_if(begin, hot.sessions.end(), [&](const Session& session) {
    return goes_on_to(event) < session.state.first;
  });
  found_ = &hot;
  found_at_ = static_cast<std::size_t>(begin - hot.sessions.begin());
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
  const auto found = std::ranges::find_if(
      found_->sessions, [&](const Session& session) { return session.state.first == first; });
  return found != found_->sessions.end() ? &found->state : nullptr;
}

void SessionKeys::apply(std::span<KeyChange> changes) {
  HotKey& hot = *found_;
  Session now{.state = std::move(changes.front().after), .dirty = true};
  const auto begin = hot.sessions.begin() + static_cast<std::ptrdiff_t>(found_at_);
  const auto end = begin + static_cast<std::ptrdiff_t>(found_count_);
  for (auto before = begin; before != end; ++before) {
    memory_bytes_ -= before->bytes();
    if (before->state.first == now.state.first) {
      now.stored = before->stored;
    } else if (before->stored) {
      gone_rows_.insert(row_key(hot.key, before->state.first));
    }
  }
  memory_bytes_ += now.bytes();
  if (begin == end) {
    hot.sessions.insert(begin, std::move(now));
  } else {
    *begin = std::move(now);
    hot.sessions.erase(std::next(begin), end);
  }
  hot.idle = 0;
  if (!std::exchange(hot.dirty, true)) {
    dirty_.push_back(&hot);
  }
}

/// After a load for a new event: none is here if there is none.
bool SessionKeys::has_key(const KeyChange& /*change*/) const {
  return !found_->sessions.empty();
}

Result<void> SessionKeys::find_leaving(std::string_view key, const Window& /*window*/,
                                       std::vector<KeyChange>& changes) {
  HotKey& hot = hot_key(key);
  HAPAX_TRY(load(hot, EventTime::min()));
  for (const Session& session : hot.sessions) {
    changes.push_back({.before = {&session.state}});
  }
  return {};
}

/// Should it leave memory before its rows are gone, nobody asks for it again.
void SessionKeys::leave(std::string_view key, const Window& /*window*/) {
  HotKey& hot = keys_.find(key)->second;
  memory_bytes_ -= hot.bytes();
  for (const Session& session : std::exchange(hot.sessions, {})) {
    if (session.stored) {
      gone_rows_.insert(row_key(hot.key, session.state.first));
    }
  }
  hot.known_from.reset();
  hot.knows_all = true;
  memory_bytes_ += hot.bytes();
}

/// Of a key in memory without a session it is not known whether some are stored, unless it says so.
Result<void> SessionKeys::visit_keys(const Window& /*window*/, const VisitKey& visit) {
  const auto is_clear = [](const HotKey& hot) { return hot.knows_all || !hot.sessions.empty(); };
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
    if (!hot.sessions.empty()) {
      visit(key);
    }
  }
  return {};
}

SessionKeys::HotKey& SessionKeys::hot_key(std::string_view key) {
  if (const auto found = keys_.find(key); found != keys_.end()) {
    return found->second;
  }
  const auto made = keys_.emplace(std::string(key), HotKey()).first;
  made->second.key = made->first;
  memory_bytes_ += made->second.bytes();
  return made->second;
}

Result<void> SessionKeys::load(HotKey& hot, EventTime time) {
  if (hot.knows(time)) {
    return {};
  }
  const std::string from =
      hot.known_from ? row_key(hot.key, *hot.known_from).append(1, '\0') : std::string(hot.key);
  std::vector<Session> loaded;
  bool damaged = false;
  HAPAX_TRY(store_.scan(table_, from, rows_end(hot.key),
                        [&](std::string_view row, std::string_view value) {
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
  hot.sessions.insert(hot.sessions.begin(), std::move_iterator(loaded.rbegin()),
                      std::move_iterator(loaded.rend()));
  if (!hot.knows_all) {
    hot.known_from = hot.sessions.front().state.first;
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
  frozen.rows.reserve(gone_rows_.size() + dirty_.size());
  for (const std::string& row : std::exchange(gone_rows_, {})) {
    frozen.rows.emplace_back(row, std::nullopt);
  }
  frozen_ = std::exchange(dirty_, {});
  for (HotKey* const hot : frozen_) {
    hot->dirty = false;
    hot->frozen = true;
    for (Session& session : hot->sessions) {
      if (std::exchange(session.dirty, false)) {
        session.stored = true;
        frozen.rows.emplace_back(row_key(hot->key, session.state.first),
                                 encode_key_state(session.state));
      }
    }
  }
  rows_to_sweep_ += kSweepRowsMin + kSweepRowsPerWritten * frozen.rows.size();
  return frozen;
}

void SessionKeys::commit() {
  for (HotKey* const hot : std::exchange(frozen_, {})) {
    hot->frozen = false;
  }
}

template <typename Gone>
void SessionKeys::forget(Gone gone) {
  for (auto entry = keys_.begin(); entry != keys_.end();) {
    const bool is_gone = gone(entry->second);
    memory_bytes_ -= is_gone ? entry->second.bytes() : 0;
    entry = is_gone ? keys_.erase(entry) : std::next(entry);
  }
}

void SessionKeys::forget_before(HotKey& hot, EventTime until) {
  const auto kept = std::ranges::find_if(
      hot.sessions, [&](const Session& session) { return goes_on_to(session.state) > until; });
  if (kept == hot.sessions.begin()) {
    return;
  }
  std::for_each(hot.sessions.begin(), kept,
                [this](const Session& session) { memory_bytes_ -= session.bytes(); });
  hot.sessions.erase(hot.sessions.begin(), kept);
  hot.knows_all = false;
  hot.known_from = hot.sessions.empty() ? std::optional<EventTime>() : hot.sessions[0].state.first;
}

void SessionKeys::evict(EventTime until) {
  forget([&](HotKey& hot) {
    if (hot.is_clean()) {
      forget_before(hot, until);
    }
    return hot.is_clean() && hot.sessions.empty();
  });
}

void SessionKeys::evict_idle() {
  forget([](HotKey& hot) {
    hot.idle += hot.idle < kIdleCalls ? 1 : 0;
    return hot.idle == kIdleCalls && hot.is_clean();
  });
}

}  // namespace hapax
