#include "api/sdk_settings.hpp"

#include <string>
#include <utility>

#include "http/error_response.hpp"
#include "http/query_string.hpp"
#include "json/json_repair.hpp"
#include "json/json_text.hpp"

namespace hapax {
namespace {

constexpr std::string_view kSegmentBegin = "/v1/projects/";
constexpr std::string_view kSegmentEnd = "/settings";
constexpr std::string_view kRudder = "/sourceConfig";

HttpResponse answer(std::string body) {
  // Not for shared caches: who could fill them might name another host than ours.
  return {.body = std::move(body), .headers = {{"Cache-Control", "private, max-age=300"}}};
}

/// As the browser sees it. Of several proxies the first is the browser's.
std::string_view protocol_of(const HttpRequest& request) {
  const std::string_view forwarded = request.forwarded_proto;
  return forwarded.substr(0, forwarded.find_first_of(", ")) == "https" ? "https" : "http";
}

/// With the one integration that sends to us; a second would be loaded from Segment's servers.
HttpResponse segment_settings(std::string_view write_key, const HttpRequest& request) {
  if (request.host.empty()) {
    return error_response(400, "missing_host", "the request does not say which host it asks");
  }
  std::string body = R"({"integrations":{"Segment.io":{"apiKey":)";
  append_json_string(percent_decode(write_key), body);
  append_json_member("apiHost", request.host + "/v1", body);
  append_json_member("protocol", protocol_of(request), body);
  body.append(R"(}},"metrics":{"sampleRate":0}})");
  std::string valid;  // What the client sent may be no UTF-8.
  append_repaired_json(body, valid);
  return answer(std::move(valid));
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
