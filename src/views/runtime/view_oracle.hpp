// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <regex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "views/runtime/window_oracle.hpp"

/// What a declared view must come to, by its definition (docs/views.md, docs/semantics.md), with no
/// thought of speed or order, and no code of the engine.
namespace hapax::oracle {

__extension__ using WideBits = unsigned __int128;

struct Event {
  Json fields;  ///< "source", "type", "event", "user": texts; "properties", "context": objects.
  std::int64_t time = 0;
  std::int64_t received = 0;
  std::pair<std::uint64_t, std::uint64_t> id;
};
using Events = std::vector<const Event*>;

struct Account {
  std::uint64_t matching = 0, counted = 0, expired = 0, without_key = 0, in_cells = 0;
  /// Sums of ids' first halves.
  std::uint64_t matching_low = 0, counted_low = 0, expired_low = 0, without_key_low = 0;
};
struct Outcome {
  std::map<Json, Json> cells;  ///< [start, end, group] to the answers, by the measures' names.
  /// Of each cell of all other groups: their bytes, and how many events each of them has.
  std::map<Json, std::map<std::string, std::uint64_t>> others;
  std::map<std::string, Account> accounts;
  std::uint64_t states = 0;  ///< Of keys, for which something may still come.
  std::uint64_t lives = 0;   ///< Of keys, if it is measured whether they are new.
};

/// As it was sent; null when it is not there. Empty texts of the record are not there.
inline Json raw(const Event& event, std::string field) {
  Json value = event.fields;
  const bool of_record = field.find('.') == std::string::npos;
  for (std::size_t dot = 0; dot != std::string::npos; field.erase(0, dot + 1)) {
    dot = field.find('.');
    const std::string name = field.substr(0, dot);
    value = value.is_object() && value.contains(name) ? value[name] : Json();
    if (dot == std::string::npos) {
      break;
    }
  }
  return of_record && value == Json("") ? Json() : value;
}
inline Json value(const Event& event, const std::string& field) {
  const Json found = raw(event, field);
  return found.is_structured() ? Json() : found.is_number() ? Json(found.get<double>()) : found;
}
inline bool same_kind(const Json& a, const Json& b) {
  return a.is_number() ? b.is_number() : a.type() == b.type();
}

inline bool passes(const Json& found, const std::string& test, const Json& wanted) {
  if (test == "exists") {
    return !found.is_null() == wanted.get<bool>();
  }
  if (test == "in") {
    return std::ranges::any_of(wanted, [&](const Json& one) { return passes(found, "eq", one); });
  }
  if (found.is_structured() || !same_kind(found, wanted)) {
    return false;
  }
  if (test == "prefix") {
    return found.get<std::string>().rfind(wanted.get<std::string>(), 0) == 0;
  }
  if (test == "regex") {
    static std::map<std::string, std::regex> patterns;
    const auto text = wanted.get<std::string>();
    return std::regex_search(found.get<std::string>(),
                             patterns.try_emplace(text, text).first->second);
  }
  return test == "eq"   ? found == wanted
         : test == "ne" ? found != wanted
         : test == "lt" ? found < wanted
         : test == "le" ? found <= wanted
         : test == "gt" ? found > wanted
                        : found >= wanted;
}

inline bool accepts(const Json& where, const Event& event) {
  const auto holds = [&](const Json& part) { return accepts(part, event); };
  return std::ranges::all_of(where.items(), [&](const auto& item) {
    const Json& wanted = item.value();
    if (item.key() == "all") {
      return std::ranges::all_of(wanted, holds);
    }
    if (item.key() == "any") {
      return std::ranges::any_of(wanted, holds);
    }
    if (item.key() == "not") {
      return !holds(wanted);
    }
    const Json found = raw(event, item.key());
    return wanted.is_object()  ? passes(found, wanted.begin().key(), wanted.begin().value())
           : wanted.is_array() ? passes(found, "in", wanted)
                               : passes(found, "eq", wanted);
  });
}

/// The double next to a / b, the even one of two; b is positive and small.
inline double nearest_ratio(Wide a, Wide b) {
  auto top = static_cast<WideBits>(a < 0 ? -a : a);
  int shift = 0;
  for (; top != 0 && top < (static_cast<WideBits>(1) << 126U); top <<= 1U) {
    --shift;
  }
  auto quotient = top / static_cast<WideBits>(b);
  quotient |= top % static_cast<WideBits>(b) != 0 ? 1U : 0U;  // Not half way any more.
  return std::ldexp(static_cast<double>(quotient), shift) * (a < 0 ? -1 : 1);
}

/// The answer of a measure as {"answer", "skipped", "other"}. Numbers are whole in 2^-scale.
inline Json measure(const std::string& text, const Events& events, const Window& window,
                    int scale = 60) {
  const std::size_t open = text.find('(');
  const std::size_t comma = text.find(',');
  const std::string kind = text.substr(0, open);
  if (kind == "count") {
    return {{"answer", events.size()}};
  }
  if (kind == "rate") {
    return {{"answer", nearest_ratio(Wide{1'000'000} * static_cast<Wide>(events.size()),
                                     Wide{window.second} - window.first)}};
  }
  const std::string field = text.substr(open + 1, std::min(comma, text.size() - 1) - open - 1);
  const double parameter = comma == std::string::npos ? 0 : std::stod(text.substr(comma + 1));
  std::vector<double> numbers;
  std::map<Json, std::uint64_t> counts;
  std::vector<std::tuple<std::int64_t, decltype(Event::id), Json>> first;
  std::vector<std::tuple<Wide, decltype(Event::id), Json>> last;
  std::uint64_t there = 0;
  for (const Event* event : events) {
    const Json found = value(*event, field);
    if (!found.is_null()) {
      ++there;
      ++counts[found];
      first.emplace_back(event->time, event->id, found);
      last.emplace_back(-Wide{event->time}, event->id, found);
    }
    if (found.is_number()) {
      numbers.push_back(found.get<double>());
    }
  }
  if (kind == "first") {
    return {{"answer", first.empty() ? Json() : std::get<2>(*std::ranges::min_element(first))}};
  }
  if (kind == "last") {
    return {{"answer", last.empty() ? Json() : std::get<2>(*std::ranges::min_element(last))}};
  }
  if (kind == "uniques") {
    return {{"answer", counts.size()}};
  }
  if (kind == "top") {
    std::vector<std::pair<Json, std::uint64_t>> most(counts.begin(), counts.end());
    std::ranges::stable_sort(most, [](auto& a, auto& b) { return a.second > b.second; });
    most.resize(std::min(most.size(), static_cast<std::size_t>(parameter)));
    for (const auto& [value, count] : most) {
      there -= count;
    }
    return {{"answer", most}, {"other", there}};
  }
  Json answer{{"answer", Json()}, {"skipped", there - numbers.size()}};
  std::ranges::sort(numbers);
  if (numbers.empty()) {
    return answer;
  }
  Wide sum = 0;
  for (const double number : numbers) {
    sum += static_cast<Wide>(std::ldexp(number, scale));
  }
  const auto rank = static_cast<std::size_t>(parameter * static_cast<double>(numbers.size() - 1));
  answer["answer"] = kind == "sum" ? std::ldexp(nearest_ratio(sum, 1), -scale)
                     : kind == "avg"
                         ? std::ldexp(nearest_ratio(sum, static_cast<Wide>(numbers.size())), -scale)
                     : kind == "min" ? numbers.front()
                     : kind == "max" ? numbers.back()
                                     : numbers[rank];
  return answer;
}

using Cells = std::map<Json, std::pair<Window, Events>>;  ///< By [start, end, group].
/// Where a group is in the order in which groups are kept, which only the engine knows.
using PlaceOf = std::function<std::pair<std::uint64_t, std::string>(const Json& group)>;

/// Of each window and source the first `groups_max` groups stay; the others are one group, of the
/// source alone.
inline void limit_groups(const Json& spec, const PlaceOf& place_of, Cells& cells,
                         decltype(Outcome::others)& others) {
  const Json& fields = spec["group_by"];
  const bool by_source = std::ranges::find(fields, Json("source")) != fields.end();
  std::map<Json, std::vector<Json>> keys;
  for (const auto& [key, cell] : cells) {
    keys[{key[0], key[1], by_source ? Json::array({key[2][0]}) : Json::array()}].push_back(key);
  }
  for (auto& [other, all] : keys) {
    std::ranges::sort(all, {}, [&](const Json& key) { return place_of(key[2]); });
    for (std::size_t i = spec["groups_max"]; i < all.size(); ++i) {
      const auto merged = cells.extract(all[i]);
      others[other][place_of(all[i][2]).second] = merged.mapped().second.size();
      auto& to = cells[other];
      to.first = merged.mapped().first;
      to.second.insert(to.second.end(), merged.mapped().second.begin(),
                       merged.mapped().second.end());
    }
  }
}

/// The cells of the windows that live at `now`, and the account of all events.
inline Outcome outcome(const Json& spec, const std::vector<Event>& events, std::int64_t now,
                       const PlaceOf& place_of) {
  const auto is_over = [&](const Window& window, std::int64_t at) {
    const Wide until =
        Wide{window.second} + (spec.contains("keep") ? micros_of(spec["keep"]) : Wide{1} << 100);
    return until < std::numeric_limits<std::int64_t>::max() && until <= at;
  };
  Outcome result;
  Cells cells;
  for (const Event& event : events) {
    if (!accepts(spec.value("where", Json::object()), event)) {
      continue;
    }
    Json group = Json::array();
    for (const Json& field : spec["group_by"]) {
      group.insert(field == "source" ? group.begin() : group.end(), value(event, field));
    }
    Account& account = result.accounts[event.fields["source"]];
    std::uint64_t places = 0;
    for (const Window& window : windows(spec["window"], event.time)) {
      if (!is_over(window, event.received)) {
        ++places;
        auto& cell = cells[{window.first, window.second, group}];
        cell.first = window;
        cell.second.push_back(&event);
      }
    }
    ++account.matching;
    account.matching_low += event.id.first;
    ++(places > 0 ? account.counted : account.expired);
    (places > 0 ? account.counted_low : account.expired_low) += event.id.first;
    account.in_cells += places;
  }
  if (spec.contains("groups_max")) {
    limit_groups(spec, place_of, cells, result.others);
  }
  for (const auto& [key, cell] : cells) {
    if (!is_over(cell.first, now)) {
      for (const auto& [name, text] : spec["measures"].items()) {
        result.cells[key][name] = measure(text, cell.second, cell.first);
      }
    }
  }
  return result;
}

}  // namespace hapax::oracle
