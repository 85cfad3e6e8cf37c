// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "views/runtime/keyed_oracle.hpp"
#include "views/runtime/random_views.hpp"

/// Random views over keys and random events for them: few keys, times a gap apart or nearly so.
namespace hapax {

inline Json random_sessions(SeededRandom& random) {
  Json window = {{"session", one_of(random, {"1ms", "7s", "5m", "10m", "2d"})}};
  window["by"] = one_of(random, {"none", "5m", "1d", "1d", "1w", "1mo"});
  if (window["by"] != "none" && window["by"] != "5m") {
    window["zone"] = one_of(random, {"UTC", "UTC", "Europe/Berlin", "Pacific/Apia"});
  }
  if (window["by"] == "1w") {
    window["week_starts"] = one_of(random, {"monday", "sunday"});
  }
  return window;
}

inline std::string random_key_measure(SeededRandom& random, bool has_windows) {
  const std::string field =
      one_of(random, {"key.events", "key.seconds", "key.bounced", "key.is_new"});
  switch (random.below(5)) {
    case 0:
      return has_windows ? "rate" : "count";
    case 1:
      return "quantile(" + field + ", " +
             one_of(random, {"0.5", "0.25", "0.9"}).get<std::string>() + ")";
    case 2:
      return "count";
    default:
      return one_of(random, {"sum", "avg"}).get<std::string>() + "(" + field + ")";
  }
}

/// Some by the first event, also said so, some by the last, some by both.
inline Json random_key_group(SeededRandom& random, const Json& fields) {
  Json group = Json::array();
  for (const std::string field : fields) {
    const bool is_of_last = random.one_in(2);
    if (!is_of_last || random.one_in(3)) {
      group.push_back(random.one_in(3) ? "first(" + field + ")" : field);
    }
    if (is_of_last) {
      group.push_back("last(" + field + ")");
    }
  }
  return group;
}

/// After which a key is new again: not less than a window, or the gap of sessions.
inline Json random_silence(SeededRandom& random, const Json& window) {
  if (window.contains("session")) {
    return random.one_in(2) ? window["session"] : one_of(random, {"2d", "3d", "40d"});
  }
  const std::string length = window.value("tumbling", window.value("hopping", ""));
  return length == "1mo"    ? one_of(random, {"32d", "40d"})
         : length == "1w"   ? one_of(random, {"8d", "40d"})
         : length == "1d"   ? one_of(random, {"2d", "40d"})
         : random.one_in(2) ? Json(length)
                            : one_of(random, {"35m", "1h", "40d"});
}

inline Json random_keyed_spec(SeededRandom& random) {
  Json spec = random_spec(random);
  spec["group_by"] = random_key_group(random, spec["group_by"]);
  spec["per"] = one_of(random, {"user", "user", "user", "event", "properties.n", "context.p"});
  if (random.one_in(2)) {
    spec["window"] = random_sessions(random);
  }
  if (random.one_in(2)) {
    spec.erase("where");
  }
  const Json& window = spec["window"];
  const bool has_windows = window != "none" && window.value("by", "") != "none";
  if (!has_windows) {
    spec.erase("keep");
  }
  spec["measures"] = Json::object();
  for (std::uint64_t i = random.below(3) + 1; i > 0; --i) {
    spec["measures"][std::string("m") += std::to_string(i)] =
        random_key_measure(random, has_windows);
  }
  if (spec["measures"].dump().find("key.is_new") != std::string::npos && window != "none" &&
      random.one_in(2)) {
    spec["first_seen_keep"] = random_silence(random, window);
  }
  return spec;
}

/// As late as an event may be, or a little off.
inline std::int64_t about_its_expiry(SeededRandom& random, const Json& spec, std::int64_t time) {
  if (!spec["window"].contains("session")) {
    return about_its_end(random, spec, time);
  }
  const oracle::Lengths lengths(spec);
  const oracle::Wide keep = spec.contains("keep") ? lengths.keep : oracle::Wide{0};
  return oracle::clamp(time + lengths.gap + keep + static_cast<int>(random.below(3)) - 1);
}

/// Often about the gap, or half of it, from the event before.
inline std::int64_t random_keyed_time(SeededRandom& random, const Json& window,
                                      std::int64_t before) {
  if (!window.contains("session") || random.one_in(3)) {
    return random_time(random, window);
  }
  const oracle::Wide gap = oracle::micros_of(window["session"]);
  const oracle::Wide step =
      (random.one_in(2) ? gap : gap / 2) + static_cast<int>(random.below(3)) - 1;
  return oracle::clamp(random.one_in(2) ? before + step : before - step);
}

inline Case random_keyed_case(std::uint64_t seed) {
  SeededRandom random(seed);
  Case made{.spec = random_keyed_spec(random), .events = {}};
  const Json& window = made.spec["window"];
  std::int64_t before = random_time(random, window);
  for (std::uint64_t i = random.below(20) + 1; i > 0; --i) {
    oracle::Event& event = made.events.emplace_back(random_event(random, window, i));
    const std::int64_t delay = event.received - event.time;
    event.fields["user"] = one_of(random, {"a", "a", "a", "b", ""});
    event.time = before = random_keyed_time(random, window, before);
    event.received = random.one_in(3) ? about_its_expiry(random, made.spec, event.time)
                                      : oracle::clamp(oracle::Wide{event.time} + delay);
    constexpr std::int64_t kReceivedMax = 100'000'000'000'000'000;
    event.received = std::clamp(event.received, -kReceivedMax, kReceivedMax);
    made.now = std::max(made.now, event.received);
  }
  made.now += static_cast<std::int64_t>(random.below(3)) * 150'000'000;
  return made;
}

/// Of more keys than are counted, and not all keys of one size. Where sessions expire, what is
/// counted is no function of the set of events alone.
inline Case random_sampled_case(std::uint64_t seed) {
  Case made = random_keyed_case(seed);
  SeededRandom random(seed);
  made.spec["per"] = "user";
  if (made.spec["measures"].dump().find("key.is_new") != std::string::npos) {
    made.spec["measures"] = {{"m1", "count"}, {"m2", "avg(key.events)"}};
    made.spec.erase("first_seen_keep");
  }
  if (made.spec["window"].is_object() && made.spec["window"].contains("session")) {
    made.spec.erase("keep");
  }
  const std::vector<oracle::Event> events = made.events;
  for (std::uint64_t i = random.below(3); i > 0; --i) {
    for (oracle::Event event : events) {
      event.id.second += 1'000 * i;
      made.events.push_back(event);
    }
  }
  for (oracle::Event& event : made.events) {
    event.fields["user"] = std::string(random.below(12), 'a' + static_cast<char>(random.below(3)));
  }
  made.keys_bytes_max = random.below(600) + 60;
  return made;
}

}  // namespace hapax
