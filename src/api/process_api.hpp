// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "access/gate.hpp"
#include "core/result.hpp"
#include "http/http.hpp"

namespace hapax {

/// The routes of a process that owns partitions of a cluster: /health, /topology, /metrics,
/// /hot. Who asks for one but the first sends a key of the settings; nobody signs in. Threading:
/// all calls may run at the same time. Lifetime: what it is given must outlive it.
class ProcessApi : public HttpHandler {
 public:
  struct Parts {
    std::function<std::string()> why_not_ready;  ///< Empty: it is ready.
    std::function<std::string()> topology;       ///< JSON: what it owns, and how that stands.
    std::function<std::string()> metrics;
    /// Answers a reader of what is not kept yet, who is behind `after`.
    std::function<void(const std::string& after, std::function<void(Result<std::string>)> answer)>
        hot;
  };

  ProcessApi(Gate gate, Parts parts) : gate_(std::move(gate)), parts_(std::move(parts)) {}

  void handle(HttpRequest request, Respond respond) override;
  HttpResponse refuse(const HttpRefusal& refusal) override;

 private:
  HttpResponse answer(const HttpRequest& request) const;
  void answer_hot(const HttpRequest& request, const Respond& respond) const;

  const Gate gate_;
  const Parts parts_;
};

}  // namespace hapax
