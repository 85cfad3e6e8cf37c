// SPDX-License-Identifier: Apache-2.0
#include "pipeline/clock_world.hpp"

#include <regex>

#include "core/timestamp.hpp"

namespace hapax {

void ClockWorld::send(const std::string& id, const std::string& user, bool with_time) {
  std::string body =
      R"({"writeKey":"web","event":"E","userId":")" + user + R"(","messageId":")" + id + "\"";
  if (with_time) {
    const std::string now = to_iso8601(as_event_time(machine.truth));
    body.append(R"(,"timestamp":")").append(now).append(R"(","sentAt":")").append(now).append("\"");
  }
  bodies[id] = body.append("}");
  post(body);
}

void ClockWorld::send_times(std::string members) {
  const std::regex time(R"re("([TL])([-+]\d+)")re");
  for (std::smatch found; std::regex_search(members, found, time);) {
    std::string text =
        to_iso8601(as_event_time(machine.truth) + std::chrono::seconds(std::stoll(found[2])));
    text.resize(text.size() - (found[1] == "L" ? 1 : 0));
    members = found.prefix().str().append("\"").append(text).append("\"") + found.suffix().str();
  }
  const std::string id = std::to_string(bodies.size());
  bodies[id] = R"({"writeKey":"web","event":"E","userId":"u","messageId":"times-)" + id + "\"," +
               members + "}";
  post(bodies[id]);
}

}  // namespace hapax
