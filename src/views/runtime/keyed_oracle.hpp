// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "views/runtime/view_oracle.hpp"

/// What a view over keys must come to, by its definition (docs/views.md), as view_oracle.hpp.
namespace hapax::oracle {

struct Lengths {
  Wide gap = 0;
  Wide keep = Wide{1} << 100;

  explicit Lengths(const Json& spec) {
    gap = spec["window"].contains("session") ? micros_of(spec["window"]["session"]) : Wide{0};
    keep = spec.contains("keep") ? micros_of(spec["keep"]) : keep;
  }
  bool is_over(Wide end, std::int64_t at) const {
    return end + keep < std::numeric_limits<std::int64_t>::max() && end + keep <= at;
  }
};

/// Where sessions are put by their start.
inline Json window_of_starts(const Json& window) {
  if (window["by"] == "none") {
    return "none";
  }
  Json by = window;
  by["tumbling"] = window["by"];
  return by;
}

/// Events of one key that are counted as one, in the window and the group of the first.
struct Counted {
  Window window;
  Events events;  ///< By time, then by id.
};

inline void sort_by_time(Events& events) {
  std::ranges::sort(events, {}, [](const Event* one) { return std::pair(one->time, one->id); });
}

inline std::vector<Counted> sessions(const Json& window, Events events, Wide gap) {
  sort_by_time(events);
  std::vector<Counted> all;
  for (const Event* event : events) {
    if (all.empty() || Wide{event->time} - all.back().events.back()->time > gap) {
      all.push_back({windows(window_of_starts(window), event->time).front(), {}});
    }
    all.back().events.push_back(event);
  }
  return all;
}

inline std::vector<Counted> states(const Json& window, const Events& events,
                                   const Lengths& lengths) {
  std::map<Window, Events> by_window;
  for (const Event* event : events) {
    for (const Window& one : windows(window, event->time)) {
      if (!lengths.is_over(one.second, event->received)) {
        by_window[one].push_back(event);
      }
    }
  }
  std::vector<Counted> all;
  for (auto& [one, in_it] : by_window) {
    sort_by_time(in_it);
    all.push_back({one, in_it});
  }
  return all;
}

/// The source, then the other fields of the first event, then those of the last, which is of those
/// with the greatest time the one with the least id.
inline Json group_of(const Json& spec, const Events& events) {
  const Event* last = events.back();
  for (const Event* event : events) {
    if (event->time == last->time) {
      last = event;
      break;
    }
  }
  Json group = Json::array();
  Json exit = Json::array();
  for (const std::string field : spec["group_by"]) {
    const std::size_t open = field.find('(');
    const std::string inside =
        open == field.npos ? field : field.substr(open + 1, field.size() - open - 2);
    if (field.starts_with("last(")) {
      exit.push_back(value(*last, inside));
    } else {
      group.insert(inside == "source" ? group.begin() : group.end(),
                   value(*events.front(), inside));
    }
  }
  group.insert(group.end(), exit.begin(), exit.end());
  return group;
}

/// Between two of them a key is silent for longer than that: so with each it is new, again.
struct Lives {
  Events first;
  std::uint64_t kept = 0;  ///< How many a later event may go on with.
};
inline Lives lives(const Json& spec, Events events, const Lengths& lengths, std::int64_t now) {
  const Wide silence =
      spec.contains("first_seen_keep") ? micros_of(spec["first_seen_keep"]) : Wide{1} << 100;
  Lives all;
  sort_by_time(events);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (i == 0 || Wide{events[i]->time} - events[i - 1]->time > silence) {
      all.first.push_back(events[i]);
    }
    const bool is_last =
        i + 1 == events.size() || Wide{events[i + 1]->time} - events[i]->time > silence;
    const bool is_dead = lengths.is_over(events[i]->time + 2 * silence, now);
    all.kept += is_last && !is_dead ? 1 : 0;
  }
  return all;
}

/// As measures see it: an event with what is known of the key.
inline Event key_event(const Counted& counted, const Lives& lives) {
  const auto micros = Wide{counted.events.back()->time} - counted.events.front()->time;
  Event event;
  event.fields["key"] = {{"events", counted.events.size()},
                         {"seconds", static_cast<double>(micros) / 1e6},
                         {"bounced", counted.events.size() == 1 ? 1 : 0},
                         {"is_new", std::ranges::count(lives.first, counted.events.front())}};
  return event;
}

/// Keys that weigh more together are out, from the first one in the order of their places on.
struct KeyBudget {
  std::uint64_t bytes_max = 0;
  PlaceOf place_of;  ///< Of a group of one value.

  std::set<Json> sample_of(const std::set<Json>& keys) const {
    std::map<std::pair<std::uint64_t, std::string>, Json> by_place;
    for (const Json& key : keys) {
      by_place[place_of(Json::array({key}))] = key;
    }
    std::set<Json> sample;
    std::uint64_t bytes = 0;
    for (const auto& [place, key] : by_place) {
      bytes += 64 + place.second.size();
      if (bytes > bytes_max) {
        break;
      }
      sample.insert(key);
    }
    return sample;
  }
};

/// Without what is of keys that are out: of a window, of sessions out of all.
inline void leave_sample(const KeyBudget& budget, bool of_sessions,
                         std::map<Json, std::vector<Counted>>& by_key) {
  const auto scope_of = [&](const Counted& one) { return of_sessions ? Window() : one.window; };
  std::map<Window, std::set<Json>> keys;
  for (const auto& [key, all] : by_key) {
    for (const Counted& one : all) {
      keys[scope_of(one)].insert(key);
    }
  }
  for (auto& [scope, of_it] : keys) {
    of_it = budget.sample_of(of_it);
  }
  for (auto& [key, all] : by_key) {
    std::erase_if(all, [&](const Counted& one) { return !keys[scope_of(one)].contains(key); });
  }
}

inline Outcome keyed_outcome(const Json& spec, const std::vector<Event>& events, std::int64_t now,
                             const KeyBudget& budget) {
  const Json& window = spec["window"];
  const bool of_sessions = window.contains("session");
  const Lengths lengths(spec);
  Outcome result;
  std::map<Json, Events> by_key;
  for (const Event& event : events) {
    if (!accepts(spec.value("where", Json::object()), event)) {
      continue;
    }
    Account& account = result.accounts[event.fields["source"]];
    const Json key = value(event, spec["per"]);
    std::uint64_t places = 0;
    if (of_sessions) {
      places = lengths.is_over(event.time + lengths.gap, event.received) ? 0 : 1;
    } else {
      for (const Window& one : windows(window, event.time)) {
        places += lengths.is_over(one.second, event.received) ? 0 : 1;
      }
    }
    ++account.matching;
    account.matching_low += event.id.first;
    if (key.is_null()) {
      ++account.without_key;
      account.without_key_low += event.id.first;
      continue;
    }
    ++(places > 0 ? account.counted : account.expired);
    (places > 0 ? account.counted_low : account.expired_low) += event.id.first;
    account.in_cells += places;
    if (places > 0) {
      by_key[key].push_back(&event);
    }
  }
  std::map<Json, std::vector<Counted>> counted;
  for (const auto& [key, of_key] : by_key) {
    counted[key] =
        of_sessions ? sessions(window, of_key, lengths.gap) : states(window, of_key, lengths);
  }
  if (spec["measures"].dump().find("key.is_new") == std::string::npos) {
    leave_sample(budget, of_sessions, counted);
  }
  std::map<Json, std::pair<Window, std::vector<Event>>> cells;
  for (const auto& [key, of_key] : by_key) {
    const Lives of_it = lives(spec, of_key, lengths, now);
    result.lives += of_it.kept;
    for (const Counted& one : counted[key]) {
      const Wide ends = one.window.second + lengths.gap;
      const Wide dies =
          of_sessions ? std::max(one.events.back()->time + 2 * lengths.gap, ends) : ends;
      result.states += lengths.is_over(dies, now) ? 0 : 1;
      if (!lengths.is_over(one.window.second + lengths.gap, now)) {
        auto& cell = cells[{one.window.first, one.window.second, group_of(spec, one.events)}];
        cell.first = one.window;
        cell.second.push_back(key_event(one, of_it));
      }
    }
  }
  for (const auto& [key, cell] : cells) {
    Events in_it;
    for (const Event& event : cell.second) {
      in_it.push_back(&event);
    }
    constexpr int kScale = 72;  // Of a microsecond in seconds.
    for (const auto& [name, text] : spec["measures"].items()) {
      result.cells[key][name] = measure(text, in_it, cell.first, kScale);
    }
  }
  return result;
}

}  // namespace hapax::oracle
