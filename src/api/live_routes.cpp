// SPDX-License-Identifier: Apache-2.0
#include "api/live_routes.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "api/source_scope.hpp"
#include "http/error_response.hpp"
#include "read/live_query.hpp"

namespace hapax {

/// Or why it is refused.
LiveRoutes::Asked LiveRoutes::query_of(std::string_view query,
                                       const std::shared_ptr<const ServedView>& view,
                                       const ReadScope& scope) {
  if (auto refused = refused_view(scope, *view)) {
    return std::move(*refused);
  }
  auto live = parse_live_request(with_source_of(scope, std::string(query)), view);
  if (!live) {
    return error_response(live.error());
  }
  if (auto refused = refused_rows(scope, *view, live->rows.where)) {
    return std::move(*refused);
  }
  return std::move(*live);
}

void LiveRoutes::open(const HttpRequest& request, const std::shared_ptr<const ServedView>& view,
                      const ReadScope& scope, const Respond& respond) {
  Asked asked = query_of(request.query, view, scope);
  if (auto* const refused = std::get_if<HttpResponse>(&asked)) {
    respond(std::move(*refused));
  } else {
    feed_.open(std::get<LiveQuery>(asked), request.last_event_id, respond);
  }
}

void LiveRoutes::open_all(const HttpRequest& request, const ReadScope& scope,
                          const Respond& respond) {
  if (!request.content_encoding.empty() && request.content_encoding != "identity") {
    respond(error_response(415, "unsupported_encoding", "send the streams as plain JSON"));
    return;
  }
  if (request.body.size() > kLiveBodyBytesMax) {
    respond(error_response(413, "body_too_large",
                           fmt::format("the body has {} bytes; ask with {} at most",
                                       request.body.size(), kLiveBodyBytesMax)));
    return;
  }
  const auto wanted = parse_live_body(request.body);
  if (!wanted) {
    respond(error_response(wanted.error()));
    return;
  }
  std::vector<LivePart> parts;
  parts.reserve(wanted->size());
  for (const WantedLive& one : *wanted) {
    parts.push_back(part_of(one, scope));
  }
  feed_.open(std::move(parts), respond);
}

LivePart LiveRoutes::part_of(const WantedLive& wanted, const ReadScope& scope) {
  LivePart part{.name = wanted.id, .last_event_id = wanted.last_event_id};
  const auto refuse = [&part](const HttpResponse& refused) { part.refusal = refused.body; };
  views_.with_served(wanted.view, scope, refuse, [&](const auto& view) {
    Asked asked = query_of(wanted.query, view, scope);
    if (const auto* const refused = std::get_if<HttpResponse>(&asked)) {
      refuse(*refused);
    } else {
      part.query = std::move(std::get<LiveQuery>(asked));
    }
  });
  return part;
}

}  // namespace hapax
