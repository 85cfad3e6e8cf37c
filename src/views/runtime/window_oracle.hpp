// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

/// The windows of an event time by their definition (docs/views.md); no code of the engine. Zones
/// are those of the C library.
namespace hapax::oracle {

using Json = nlohmann::json;
__extension__ using Wide = __int128;
using Window = std::pair<std::int64_t, std::int64_t>;

inline std::int64_t clamp(Wide micros) {
  return static_cast<std::int64_t>(std::clamp<Wide>(
      micros, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()));
}
inline Wide floor_div(Wide a, Wide b) {
  return a / b - (a % b < 0 ? 1 : 0);
}
inline Wide micros_of(const std::string& length) {
  const Wide number = std::stoll(length);
  const std::string unit = length.substr(length.find_first_not_of("0123456789"));
  return number * (unit == "ms"  ? 1'000
                   : unit == "s" ? 1'000'000
                   : unit == "m" ? 60'000'000
                   : unit == "h" ? 3'600'000'000
                   : unit == "d" ? 86'400'000'000
                                 : 604'800'000'000);
}

/// The second in which the clock of `zone` first reaches the midnight that begins `day`.
inline Wide begin_of(const std::string& zone, Wide day) {
  if (zone == "UTC") {
    return day * 86'400;
  }
  static std::map<std::pair<std::string, Wide>, Wide> known;
  const auto [begin, is_new] = known.try_emplace({zone, day}, 0);
  if (is_new) {
    setenv("TZ", zone.c_str(), 1);
    tzset();
    const auto shown = [](time_t second) {
      std::tm clock{};
      localtime_r(&second, &clock);
      return timegm(&clock);
    };
    const auto midnight = static_cast<time_t>(day * 86'400);
    constexpr time_t kOffsetMax = 93'600;
    time_t second = midnight - kOffsetMax;  // Clocks are set by quarters of an hour.
    while (shown(second) < midnight) {
      second += 900;
    }
    begin->second = second;
  }
  return begin->second;
}

inline std::vector<Window> windows(const Json& window, std::int64_t time) {
  if (window == "none") {
    return {{clamp(-(Wide{1} << 100)), clamp(Wide{1} << 100)}};
  }
  if (window.contains("hopping")) {
    const Wide length = micros_of(window["hopping"]);
    const Wide advance = micros_of(window["advance"]);
    std::vector<Window> all;
    for (Wide start = floor_div(Wide{time} - length, advance) * advance; start <= time;
         start += advance) {
      if (time < start + length) {
        all.emplace_back(clamp(start), clamp(start + length));
      }
    }
    return all;
  }
  const auto length = window["tumbling"].get<std::string>();
  if (length != "1d" && length != "1w" && length != "1mo") {
    const Wide start = floor_div(time, micros_of(length)) * micros_of(length);
    return {{clamp(start), clamp(start + micros_of(length))}};
  }
  const auto zone = window["zone"].get<std::string>();
  Wide day = floor_div(time, Wide{86'400'000'000}) + 2;
  while (begin_of(zone, day) * 1'000'000 > time) {
    --day;
  }
  Wide next = day + 1;
  const auto date = [](Wide of) {
    const auto second = static_cast<time_t>(of * 86'400);
    std::tm clock{};
    gmtime_r(&second, &clock);
    return clock;
  };
  if (length == "1w") {
    day -= (date(day).tm_wday + (window.value("week_starts", "monday") == "sunday" ? 0 : 6)) % 7;
    next = day + 7;
  } else if (length == "1mo") {
    day -= date(day).tm_mday - 1;
    for (next = day + 1; date(next).tm_mday != 1; ++next) {
    }
  }
  return {{clamp(begin_of(zone, day) * 1'000'000), clamp(begin_of(zone, next) * 1'000'000)}};
}

}  // namespace hapax::oracle
