// SPDX-License-Identifier: Apache-2.0
#include "api/live_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace hapax {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kForm =
    R"(send {"streams":[{"id":"a1","view":"events_per_minute","query":"top=10"}]})";

Error invalid(std::string what) {
  return {ErrorKind::kInvalid, std::move(what), std::string(kForm)};
}

bool is_id(std::string_view id) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !id.empty() && id.size() <= kLiveIdBytesMax &&
         id.find_first_not_of(kAllowed) == std::string_view::npos;
}

/// Member `name` of a stream. Errors: kInvalid.
Result<std::string> text_of(const Json& stream, const char* name, std::size_t number,
                            bool may_be_absent) {
  const auto found = stream.find(name);
  if (found == stream.end() || found->is_null()) {
    return may_be_absent ? Result<std::string>("")
                         : invalid(fmt::format("streams[{}] has no \"{}\"", number, name));
  }
  if (!found->is_string()) {
    return invalid(fmt::format("\"{}\" of streams[{}] is no text", name, number));
  }
  return found->get<std::string>();
}

Result<WantedLive> parse_stream(const Json& stream, std::size_t number) {
  constexpr std::array<std::string_view, 4> kKnown{"id", "view", "query", "last_event_id"};
  if (!stream.is_object()) {
    return invalid(fmt::format("streams[{}] is no object", number));
  }
  for (const auto& [name, value] : stream.items()) {
    if (std::ranges::find(kKnown, name) == kKnown.end()) {
      return invalid(fmt::format("streams[{}] has \"{}\", which is not known", number,
                                 name.substr(0, kLiveIdBytesMax)));
    }
  }
  WantedLive wanted;
  HAPAX_ASSIGN(wanted.id, text_of(stream, "id", number, false));
  HAPAX_ASSIGN(wanted.view, text_of(stream, "view", number, false));
  HAPAX_ASSIGN(wanted.query, text_of(stream, "query", number, true));
  HAPAX_ASSIGN(wanted.last_event_id, text_of(stream, "last_event_id", number, true));
  if (!is_id(wanted.id)) {
    return invalid(fmt::format("\"id\" of streams[{}] is not 1 to {} letters, digits, _ or -",
                               number, kLiveIdBytesMax));
  }
  return wanted;
}

}  // namespace

Result<std::vector<WantedLive>> parse_live_body(std::string_view body) {
  const Json json = Json::parse(body, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    return invalid("the body is no JSON object");
  }
  const auto streams = json.find("streams");
  if (streams == json.end() || !streams->is_array() || json.size() != 1) {
    return invalid("the body is to have \"streams\", a list, and nothing else");
  }
  if (streams->empty() || streams->size() > kLivePartsMax) {
    return invalid(fmt::format("there are {} streams; a connection has 1 to {}", streams->size(),
                               kLivePartsMax));
  }
  std::vector<WantedLive> all;
  std::set<std::string> ids;
  for (const Json& stream : *streams) {
    HAPAX_ASSIGN(WantedLive wanted, parse_stream(stream, all.size()));
    if (!ids.insert(wanted.id).second) {
      return invalid(fmt::format("two streams have the id \"{}\"", wanted.id));
    }
    all.push_back(std::move(wanted));
  }
  return all;
}

}  // namespace hapax
