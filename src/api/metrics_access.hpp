// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "access/gate.hpp"
#include "http/http.hpp"

namespace hapax {

/// The answer to who may not see the figures of a role where nobody signs in.
std::optional<HttpResponse> refused_figures(const Gate& gate, const HttpRequest& request);

/// `page` in the format of Prometheus.
HttpResponse metrics_page_response(std::string page);

}  // namespace hapax
