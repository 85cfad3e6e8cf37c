// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "core/time.hpp"
#include "core/time_math.hpp"

namespace hapax {

/// From the first event of a session to its last one, both inclusive.
struct Session {
  EventTime first;
  EventTime last;

  friend auto operator<=>(const Session&, const Session&) = default;
};

/// The sessions of one key. Two events belong to the same session when they are at most `gap` apart
/// (exactly `gap` too), or when events between them lead from the one to the other: so an event
/// between two sessions may make them one. The sessions are a function of the set of what was
/// added, whatever the order and however often. A session is over when time has passed
/// `last + gap`.
/// Cost: add() is a binary search and the move of the sessions behind. Threading: one owner.
class SessionSet {
 public:
  /// `gap` is positive.
  explicit SessionSet(Microseconds gap) : gap_(gap) {}

  /// Adds events that are known to be one session, or one event with `first` equal to `last`.
  /// Calls `replaced(session)` for each former session that becomes a part of the result,
  /// ascending: none for a new one, two or more when it joins them. Returns the result.
  template <typename F>
  Session add(Session added, F&& replaced);
  Session add(EventTime time) {
    return add({.first = time, .last = time}, [](const Session&) {});
  }

  /// As if all that was added to `other`, of the same gap, had been added here.
  void merge(const SessionSet& other) {
    for (const Session& session : other.sessions_) {
      add(session, [](const Session&) {});
    }
  }

  /// Ascending, each more than `gap` after the one before.
  std::span<const Session> sessions() const { return sessions_; }

  friend bool operator==(const SessionSet&, const SessionSet&) = default;

 private:
  bool is_before(const Session& left, const Session& right) const {
    return saturating_add(left.last, gap_) < right.first;
  }

  Microseconds gap_;
  std::vector<Session> sessions_;
};

template <typename F>
Session SessionSet::add(Session added, F&& replaced) {
  const auto begin =
      std::lower_bound(sessions_.begin(), sessions_.end(), added,
                       [this](const Session& l, const Session& r) { return is_before(l, r); });
  const auto end =
      std::upper_bound(begin, sessions_.end(), added,
                       [this](const Session& l, const Session& r) { return is_before(l, r); });
  if (begin == end) {
    sessions_.insert(begin, added);
    return added;
  }
  const Session joined{.first = std::min(added.first, begin->first),
                       .last = std::max(added.last, std::prev(end)->last)};
  std::for_each(begin, end, replaced);
  *begin = joined;
  sessions_.erase(std::next(begin), end);
  return joined;
}

}  // namespace hapax
