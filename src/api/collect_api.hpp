// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "access/gate.hpp"
#include "api/ingest_route.hpp"
#include "api/keys_json.hpp"
#include "assets/asset.hpp"
#include "http/http.hpp"
#include "ports/log_appender.hpp"

namespace hapax {

struct CollectApiSettings {
  ConfiguredKeys keys = {};
  GateSettings gate = {};
};

/// The routes of a collector of a cluster: ingest, and what SDKs ask for, as on one machine;
/// /health and /metrics. Nothing can be read here. Who scrapes /metrics sends a key of the
/// settings; nobody signs in.
/// Threading: all calls may run at the same time. Lifetime: what it is given must outlive it.
class CollectApi : public HttpHandler {
 public:
  struct Parts {
    IngestRoute::Parts ingest;
    const LogAppender& log;
    Assets assets = {};  ///< For /sdk.js.
    std::function<std::string()> metrics;
  };

  CollectApi(CollectApiSettings settings, Parts parts);

  void handle(HttpRequest request, Respond respond) override;
  HttpResponse refuse(const HttpRefusal& refusal) override;

 private:
  HttpResponse answer(const HttpRequest& request) const;
  HttpResponse ready() const;

  const Parts parts_;
  const Gate gate_;
  const IngestRoute ingest_;
};

}  // namespace hapax
