// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/result.hpp"
#include "server_client.hpp"
#include "settings_flags.hpp"

namespace hapax {

/// The running server that a command asks, as its flags name it.
struct AskedServer {
  std::shared_ptr<SettingsFlags> settings;
  std::string url;
  std::string key;
};

/// Adds --config, --data-dir, --listen, --url and --key. `asked` must outlive the parsing.
void add_asked_server_flags(CLI::App& command, AskedServer& asked);

/// Where it is, and a key for it. Errors: kInvalid.
Result<ServerAddress> server_of(const AskedServer& asked);

/// The body of an answer that is no error. Errors: kUnavailable.
Result<std::string> body_of(Result<ServerAnswer> answer);
Result<std::string> get_from(const ServerAddress& server, const std::string& target);

}  // namespace hapax
