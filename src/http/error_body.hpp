// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace hapax {

/// The JSON object of every answer that is an error, with the keys of every vendor: some SDKs take
/// a body without theirs for a fault of the network and send the same request ten times.
std::string error_body(int status, std::string_view code, std::string_view message);

}  // namespace hapax
