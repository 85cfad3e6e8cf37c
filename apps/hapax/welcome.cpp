// SPDX-License-Identifier: Apache-2.0
#include "welcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "access/token_file.hpp"

namespace hapax {
namespace {

/// `path` as a word of a shell.
std::string shell_word(const std::string& path) {
  const auto is_plain = [](char c) {
    constexpr std::string_view kPlain = "/._-+";
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') ||
           kPlain.find(c) != std::string_view::npos;
  };
  if (std::ranges::all_of(path, is_plain)) {
    return path;
  }
  std::string quoted = "'";
  for (const char c : path) {
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return quoted + "'";
}

std::string how_to_sign_in(const WelcomeFacts& facts) {
  if (facts.is_dev) {
    return fmt::format(
        "Look at it: {}  (--dev: everybody on this machine is let in, without a login)\n",
        facts.url);
  }
  if (facts.setup_link) {
    return fmt::format("Set your password and look at it; the link works once:\n  {}\n",
                       *facts.setup_link);
  }
  return fmt::format("Look at it: {}  (forgot the password? hapax access reset)\n", facts.url);
}

/// What of a command lets it in.
std::string header_of(const WelcomeFacts& facts) {
  return facts.is_dev ? ""
                      : fmt::format(" -H \"Authorization: Bearer $(cat {})\"",
                                    shell_word(token_path(facts.data_dir)));
}

}  // namespace

std::string welcome_text(const WelcomeFacts& facts) {
  return fmt::format(
      "\nHapax listens on {0} and stores in {1}\n\n{2}"
      "Send an event:\n"
      "  curl {0}/v1/track -d '{{\"userId\":\"ada\",\"event\":\"Clicked\",\"writeKey\":\"{3}\"}}'\n"
      "Read the number:\n"
      "  curl{4} {0}/api/views/events_per_minute\n\n"
      "Ctrl-C stops it.\n",
      facts.url, facts.data_dir, how_to_sign_in(facts),
      facts.asks_for_write_key ? "<write key>" : "web", header_of(facts));
}

std::string query_welcome_text(const WelcomeFacts& facts) {
  return fmt::format(
      "\nHapax listens on {0} and reads what its cluster publishes; boards, alerts and access are "
      "in {1}\n\n{2}"
      "Read a number:\n"
      "  curl{3} {0}/api/views/events_per_minute\n\n"
      "Ctrl-C stops it.\n",
      facts.url, facts.data_dir, how_to_sign_in(facts), header_of(facts));
}

}  // namespace hapax
