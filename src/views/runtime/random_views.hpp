// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "testing/seeded_random.hpp"
#include "views/runtime/view_oracle.hpp"

/// Random views and random events for them: values of all kinds and none, times that tie, at and
/// about boundaries, before 1970, at the ends of time, on days on which clocks are set.
namespace hapax {

using oracle::Json;

struct Case {
  Json spec;
  std::vector<oracle::Event> events;
  std::int64_t now = 0;  ///< Not before any received time.
  std::uint64_t keys_bytes_max = std::uint64_t{4} << 30U;
};

inline Json one_of(SeededRandom& random, const std::vector<Json>& choices) {
  return choices[random.below(choices.size())];
}

inline Json random_scalar(SeededRandom& random) {
  static const std::vector<Json> scalars = {nullptr,
                                            true,
                                            false,
                                            0,
                                            -0.0,
                                            1,
                                            2,
                                            -3,
                                            7,
                                            0.1,
                                            49.9,
                                            0.25,
                                            1e15,
                                            -1e15,
                                            "",
                                            "a",
                                            "b",
                                            "ab",
                                            "1",
                                            "true",
                                            "a\n\"\\b",
                                            "\u00e4",
                                            std::string("a\0b", 3)};
  return one_of(random, scalars);
}

inline std::string random_field(SeededRandom& random) {
  return one_of(random, {"source", "type", "event", "user", "properties.n", "properties.s",
                         "properties.o.x", "context.p"});
}
inline std::string random_path(SeededRandom& random) {
  return one_of(random, {"properties.n", "properties.s", "properties.o.x", "context.p"});
}

/// Fields of the record are compared with texts.
inline Json random_wanted(SeededRandom& random, bool of_record, bool of_order) {
  return of_record || random.one_in(3) ? one_of(random, {"a", "b", "shop", "track"})
         : of_order                    ? one_of(random, {0, 1, 0.1, 49.9})
                                       : one_of(random, {0, 1, 0.1, true, false});
}

inline Json random_test(SeededRandom& random, bool of_record) {
  const auto wanted = [&](bool of_order) { return random_wanted(random, of_record, of_order); };
  switch (random.below(6)) {
    case 0:
      return {{"exists", random.one_in(2)}};
    case 1:
      return {{"prefix", one_of(random, {"a", "b", "tr"})}};
    case 2:
      return {{"regex", one_of(random, {"^a", "b$", "a|1", "e"})}};
    case 3:
      return Json::array({wanted(false), wanted(false), wanted(false)});
    case 4:
      return {{one_of(random, {"lt", "le", "gt", "ge"}), wanted(true)}};
    default:
      return {{one_of(random, {"eq", "ne"}), wanted(false)}};
  }
}

inline Json random_where(SeededRandom& random, int depth = 0) {
  const std::string field = random_field(random);
  Json where = {{field, field == "type" ? Json("track")
                                        : random_test(random, field.find('.') == field.npos)}};
  if (depth < 2 && random.one_in(3)) {
    where["not"] = random_where(random, depth + 1);
  }
  if (depth < 2 && random.one_in(3)) {
    where[random.one_in(2) ? "any" : "all"] =
        Json::array({random_where(random, depth + 1), random_where(random, depth + 1)});
  }
  return where;
}

inline Json random_window(SeededRandom& random) {
  static const std::vector<Json> windows = {
      "none",
      {{"tumbling", "5m"}},
      {{"tumbling", "7s"}},
      {{"hopping", "10m"}, {"advance", "5m"}},
      {{"hopping", "35m"}, {"advance", "5m"}},
      {{"tumbling", "1d"}, {"zone", "UTC"}},
      {{"tumbling", "1w"}, {"zone", "UTC"}, {"week_starts", "sunday"}},
      {{"tumbling", "1mo"}, {"zone", "UTC"}},
      {{"tumbling", "1d"}, {"zone", "Europe/Berlin"}},
      {{"tumbling", "1d"}, {"zone", "Pacific/Apia"}},
      {{"tumbling", "1d"}, {"zone", "America/Sao_Paulo"}},
      {{"tumbling", "1w"}, {"zone", "Asia/Kathmandu"}},
      {{"tumbling", "1w"}, {"zone", "Australia/Lord_Howe"}, {"week_starts", "sunday"}},
      {{"tumbling", "1mo"}, {"zone", "America/New_York"}}};
  return one_of(random, windows);
}

inline Json random_measure(SeededRandom& random, bool has_windows) {
  switch (random.below(6)) {
    case 0:
      return has_windows && random.one_in(2) ? "rate" : "count";
    case 1:
      return "quantile(" + random_path(random) + ", " +
             one_of(random, {"0.5", "0.25", "0.9"}).get<std::string>() + ")";
    case 2:
      return "top(" + random_field(random) + ", 2)";
    case 3:
      return one_of(random, {"sum", "avg", "min", "max"}).get<std::string>() + "(" +
             random_path(random) + ")";
    default:
      return one_of(random, {"first", "last", "uniques"}).get<std::string>() + "(" +
             random_field(random) + ")";
  }
}

inline Json random_spec(SeededRandom& random) {
  Json spec = {{"name", "v"}, {"group_by", Json::array()}};
  spec["window"] = random_window(random);
  if (random.one_in(2)) {
    spec["where"] = random_where(random);
  }
  for (std::uint64_t i = random.below(3); i > 0; --i) {
    const std::string field = random_field(random);
    if (std::ranges::find(spec["group_by"], Json(field)) == spec["group_by"].end()) {
      spec["group_by"].push_back(field);
    }
  }
  const bool has_windows = spec["window"] != "none";
  for (std::uint64_t i = random.below(3) + 1; i > 0; --i) {
    spec["measures"][std::string("m") += std::to_string(i)] = random_measure(random, has_windows);
  }
  if (has_windows && random.one_in(2)) {
    spec["keep"] = one_of(random, {"1ms", "5m", "1h", "2d"});
  }
  return spec;
}

/// Near boundaries, often equal; of zones other than UTC, when their rules are known.
inline std::int64_t random_time(SeededRandom& random, const Json& window) {
  const std::int64_t minute = 60'000'000;
  const std::int64_t base = static_cast<std::int64_t>(random.below(5)) * 5 * minute;
  const std::int64_t near = base + static_cast<std::int64_t>(random.below(3)) - 1;
  if (window.contains("zone") && window["zone"] != "UTC") {
    // Days on which clocks are set, or not: Apia lost the 30th of December 2011.
    const std::int64_t day = one_of(random, {1'325'203'200, 1'325'289'600, 1'301'184'000,
                                             1'319'932'800, 1'350'777'600, 1'700'000'000});
    return (day + static_cast<std::int64_t>(random.below(49)) * 3600) * 1'000'000 + near - base;
  }
  if (random.one_in(20)) {
    return random.one_in(2) ? std::numeric_limits<std::int64_t>::min() + (near - base + 1)
                            : std::numeric_limits<std::int64_t>::max() + (near - base - 1);
  }
  const std::int64_t day = 86'400'000'000;
  return near + static_cast<std::int64_t>(random.below(3) * random.below(33)) * day - 9 * minute;
}

inline oracle::Event random_event(SeededRandom& random, const Json& window, std::uint64_t number) {
  oracle::Event event;
  event.fields = {{"source", one_of(random, {"shop", "blog"})},
                  {"type", one_of(random, {"track", "page"})},
                  {"event", one_of(random, {"", "a", "ab", "1"})},
                  {"user", one_of(random, {"a", "b", "c", std::string("c\0d", 3)})},
                  {"properties", Json::object()},
                  {"context", Json::object()}};
  Json& properties = event.fields["properties"];
  for (const char* name : {"n", "s"}) {
    if (!random.one_in(4)) {
      properties[name] = random_scalar(random);
    }
  }
  properties["o"] = random.one_in(3) ? Json({1}) : Json({{"x", random_scalar(random)}});
  event.fields["context"]["p"] = random.one_in(5) ? Json({{"q", 1}}) : random_scalar(random);
  event.time = random_time(random, window);
  const std::int64_t delay =
      one_of(random, {0, 1, 1'000, 300'000'000, 360'001'000, 200'000'000'000});
  event.received = oracle::clamp(oracle::Wide{event.time} + delay);
  event.id = {random.below(3), number};
  return event;
}

/// As late as the windows of an event end, with `keep`, or a little off.
inline std::int64_t about_its_end(SeededRandom& random, const Json& spec, std::int64_t time) {
  const auto windows = oracle::windows(spec["window"], time);
  const auto keep = spec.contains("keep") ? oracle::micros_of(spec["keep"]) : 0;
  return oracle::clamp(windows[random.below(windows.size())].second + keep + random.below(3) - 1);
}

inline Case random_case(std::uint64_t seed) {
  SeededRandom random(seed);
  Case made{.spec = random_spec(random), .events = {}};
  for (std::uint64_t i = random.below(16) + 1; i > 0; --i) {
    oracle::Event& event = made.events.emplace_back(random_event(random, made.spec["window"], i));
    if (random.one_in(3)) {
      event.received = about_its_end(random, made.spec, event.time);
    }
    constexpr std::int64_t kReceivedMax = 100'000'000'000'000'000;
    event.received = std::clamp(event.received, -kReceivedMax, kReceivedMax);
    made.now = std::max(made.now, event.received);
  }
  made.now += static_cast<std::int64_t>(random.below(3)) * 150'000'000;
  return made;
}

/// Of many groups in few windows, more than are kept.
inline Case random_limited_case(std::uint64_t seed) {
  SeededRandom random(seed);
  Case made{.spec = random_spec(random), .events = {}};
  made.spec["groups_max"] = random.below(4) + 1;
  for (const char* field : {"properties.n", "properties.s"}) {
    Json& fields = made.spec["group_by"];
    if (random.one_in(2) && std::ranges::find(fields, Json(field)) == fields.end()) {
      fields.push_back(field);
    }
  }
  const std::int64_t time = random_time(random, made.spec["window"]);
  for (std::uint64_t i = random.below(40) + 1; i > 0; --i) {
    oracle::Event& event = made.events.emplace_back(random_event(random, made.spec["window"], i));
    if (!random.one_in(4)) {
      event.received = oracle::clamp(oracle::Wide{event.received} - event.time + time);
      event.time = time;
    }
    constexpr std::int64_t kReceivedMax = 100'000'000'000'000'000;
    event.received = std::clamp(event.received, -kReceivedMax, kReceivedMax);
    made.now = std::max(made.now, event.received);
  }
  return made;
}

}  // namespace hapax
