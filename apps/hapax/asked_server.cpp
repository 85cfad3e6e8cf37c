// SPDX-License-Identifier: Apache-2.0
#include "asked_server.hpp"

#include <utility>

#include "config/options.hpp"
#include "server_key.hpp"
#include "view_text.hpp"

namespace hapax {

void add_asked_server_flags(CLI::App& command, AskedServer& asked) {
  asked.settings = add_server_flags(command);
  command.add_option("--url,--target", asked.url,
                     "Where the server is; without it, as http.listen says.");
  command
      .add_option("--key", asked.key,
                  "A key of api.admin_keys; without it, the first that the settings have, or the "
                  "token in the data directory of a server on this machine.")
      ->envname(std::string(kAdminKeyVariable));
}

Result<ServerAddress> server_of(const AskedServer& asked) {
  HAPAX_ASSIGN(const LoadedSettings loaded, load(*asked.settings));
  const Settings& settings = loaded.settings;
  HAPAX_ASSIGN(ServerAddress server,
               asked.url.empty() ? address_of(settings.listen) : parse_url(asked.url));
  server.key = asked.key.empty() ? key_for(server, settings) : asked.key;
  return server;
}

Result<std::string> body_of(Result<ServerAnswer> answer) {
  if (answer && answer->status >= 400) {
    return Error{.kind = ErrorKind::kUnavailable,
                 .message = message_of(answer->status, answer->body)};
  }
  return std::move(answer).transform([](ServerAnswer said) { return std::move(said.body); });
}

Result<std::string> get_from(const ServerAddress& server, const std::string& target) {
  return body_of(ask_server(server, "GET", target));
}

}  // namespace hapax
