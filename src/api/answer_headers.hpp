// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/http.hpp"

namespace hapax {

/// `respond`, with the headers that what is read has in common: nothing is kept by caches unless
/// the answer says so, taken for another type than it is, or shown inside another site's page.
HttpHandler::Respond with_answer_headers(HttpHandler::Respond respond);

}  // namespace hapax
