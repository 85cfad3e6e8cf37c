// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/settings.hpp"
#include "server_client.hpp"

namespace hapax {

/// What a command sends to `server` when it is told no key: one of the settings, or, to a server on
/// this machine alone, the token in the data directory, if it may be read. Empty: nothing.
std::string key_for(const ServerAddress& server, const Settings& settings);

}  // namespace hapax
