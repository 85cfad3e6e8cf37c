// SPDX-License-Identifier: Apache-2.0
#include "api/sdk_settings.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "http/error_response.hpp"
#include "http/query_string.hpp"
#include "http/request_url.hpp"

namespace hapax {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSegmentBegin = "/v1/projects/";
constexpr std::string_view kSegmentEnd = "/settings";
constexpr std::string_view kRudder = "/sourceConfig";

HttpResponse answer(std::string body) {
  // Not for shared caches: who could fill them might name another host than ours.
  return {.body = std::move(body), .headers = {{"Cache-Control", "private, max-age=300"}}};
}

/// With the one integration that sends to us; a second would be loaded from Segment's servers.
HttpResponse segment_settings(std::string_view write_key, const HttpRequest& request) {
  if (request.host.empty()) {
    return error_response(400, "missing_host", "the request does not say which host it asks");
  }
  const Json here{{"apiKey", percent_decode(write_key)},
                  {"apiHost", request.host + "/v1"},
                  {"protocol", request_protocol(request)}};
  const Json settings{{"integrations", {{"Segment.io", here}}}, {"metrics", {{"sampleRate", 0}}}};
  return answer(settings.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

bool is_sdk_settings(std::string_view path) {
  if (path == kRudder) {
    return true;
  }
  if (!path.starts_with(kSegmentBegin) || !path.ends_with(kSegmentEnd) ||
      path.size() <= kSegmentBegin.size() + kSegmentEnd.size()) {
    return false;
  }
  path.remove_prefix(kSegmentBegin.size());
  path.remove_suffix(kSegmentEnd.size());
  return path.find('/') == path.npos;
}

HttpResponse sdk_settings(std::string_view path, const HttpRequest& request) {
  if (path == kRudder) {
    return answer(R"({"source":{"id":"hapax","enabled":true,"config":{},"destinations":[]}})");
  }
  path.remove_prefix(kSegmentBegin.size());
  path.remove_suffix(kSegmentEnd.size());
  return segment_settings(path, request);
}

}  // namespace hapax
