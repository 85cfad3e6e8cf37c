// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "access/gate.hpp"
#include "http/http.hpp"

namespace hapax {

/// The routes of a process that owns partitions of a cluster: /health, /topology, /metrics. Who
/// asks for one of the latter two sends a key of the settings; nobody signs in. Threading: all
/// calls may run at the same time. Lifetime: what it is given must outlive it.
class ProcessApi : public HttpHandler {
 public:
  struct Parts {
    std::function<std::string()> why_not_ready;  ///< Empty: it is ready.
    std::function<std::string()> topology;       ///< JSON: what it owns, and how that stands.
    std::function<std::string()> metrics;
  };

  ProcessApi(Gate gate, Parts parts) : gate_(std::move(gate)), parts_(std::move(parts)) {}

  void handle(HttpRequest request, Respond respond) override;
  HttpResponse refuse(const HttpRefusal& refusal) override;

 private:
  HttpResponse answer(const HttpRequest& request) const;

  const Gate gate_;
  const Parts parts_;
};

}  // namespace hapax
