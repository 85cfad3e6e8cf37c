// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <variant>

#include "access/caller.hpp"
#include "api/live_body.hpp"
#include "api/view_routes.hpp"
#include "http/http.hpp"
#include "read/live_feed.hpp"

namespace hapax {

/// The routes of live streams (docs/http-api.md): of one view, and of several in one connection.
/// Threading: all calls may run at the same time. Lifetime: the parts must outlive it.
class LiveRoutes {
 public:
  using Respond = HttpHandler::Respond;

  LiveRoutes(LiveFeed& feed, ViewRoutes& views) : feed_(feed), views_(views) {}

  /// Answers with a stream of what `request` asks of `view`, as a key of `scope` may; so does
  /// open_all(), with what the body asks for.
  void open(const HttpRequest& request, const std::shared_ptr<const ServedView>& view,
            const ReadScope& scope, const Respond& respond);
  void open_all(const HttpRequest& request, const ReadScope& scope, const Respond& respond);

 private:
  using Asked = std::variant<LiveQuery, HttpResponse>;

  static Asked query_of(std::string_view query, const std::shared_ptr<const ServedView>& view,
                        const ReadScope& scope);
  LivePart part_of(const WantedLive& wanted, const ReadScope& scope);

  LiveFeed& feed_;
  ViewRoutes& views_;
};

}  // namespace hapax
