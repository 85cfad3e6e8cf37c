// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace hapax {

struct WelcomeFacts {
  std::string url;
  std::optional<std::string> setup_link = {};
  std::string data_dir;
  bool asks_for_write_key = false;
  bool is_dev = false;
};

/// What a person who has started the server is told: where it is, how to sign in, and two commands
/// that work as they stand.
std::string welcome_text(const WelcomeFacts& facts);
/// The same of a server that takes no events.
std::string query_welcome_text(const WelcomeFacts& facts);

}  // namespace hapax
