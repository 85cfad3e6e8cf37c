#include "pipeline/clock_world.hpp"

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

}  // namespace hapax
