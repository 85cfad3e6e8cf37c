// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "assets/asset.hpp"
#include "http/http.hpp"

namespace hapax {

/// The answer to a GET of `asset`: in the smallest form that the client takes, or 304 when it has
/// it. Scripts, styles and requests of our own pages come from this server and nowhere else, and no
/// page may show them in a frame: all of it is said in the headers.
HttpResponse asset_response(const HttpRequest& request, const Asset& asset);

}  // namespace hapax
