// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "collector/collector.hpp"
#include "http/http.hpp"
#include "ports/clock.hpp"
#include "ports/metrics.hpp"

namespace hapax {

/// 405, with what is possible there.
HttpResponse method_not_allowed(const HttpRequest& request, const std::string& allowed);

/// What is sent to the collector over HTTP (docs/http-api.md), of every role that takes events.
/// Threading: all calls may run at the same time. Lifetime: what it is given must outlive it.
class IngestRoute {
 public:
  struct Parts {
    Collector& collector;
    const Clock& clock;
    Histogram& ack_seconds;  ///< From here to the acknowledgement.
  };

  explicit IngestRoute(const Parts& parts) : parts_(parts) {}

  /// Of a path that Collector::serves(). Pages of any origin may read the answer.
  void answer(HttpRequest request, HttpHandler::Respond respond) const;

 private:
  const Parts parts_;
};

}  // namespace hapax
