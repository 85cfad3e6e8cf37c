// SPDX-License-Identifier: Apache-2.0
#include "server_key.hpp"

#include <algorithm>
#include <fstream>

#include "access/host_name.hpp"
#include "access/token_file.hpp"

namespace hapax {
namespace {

std::string machine_token(const Settings& settings) {
  std::ifstream file(token_path(settings.data_dir));
  std::string token;
  file >> token;
  return token;
}

}  // namespace

std::string key_for(const ServerAddress& server, const Settings& settings) {
  if (!settings.admin_keys.empty()) {
    return *settings.admin_keys.begin();
  }
  const bool is_here = is_loopback_name(server.host);
  if (std::string token = is_here ? machine_token(settings) : ""; !token.empty()) {
    return token;
  }
  if (!settings.event_keys.empty()) {
    return *settings.event_keys.begin();
  }
  const auto reads_all = std::ranges::find_if(
      settings.read_keys, [](const auto& known) { return known.second.empty(); });
  return reads_all == settings.read_keys.end() ? "" : reads_all->first;
}

}  // namespace hapax
