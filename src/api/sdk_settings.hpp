// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "http/http.hpp"

namespace hapax {

/// What browser SDKs ask for at their start; without an answer they send nothing.
/// True for these paths (normal_path()): "/v1/projects/<write key>/settings" of Segment's,
/// "/sourceConfig" of RudderStack's.
bool is_sdk_settings(std::string_view path);

/// The answer to a GET of one of them: no destinations, and where to send to, which is where the
/// request came to. Any write key is answered; whether it is right is said when events come.
HttpResponse sdk_settings(std::string_view path, const HttpRequest& request);

}  // namespace hapax
