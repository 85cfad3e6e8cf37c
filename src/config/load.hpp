// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "core/result.hpp"

namespace hapax {

/// The settings and, by option key, where each value came from: "default", "hapax.toml",
/// "HAPAX_HTTP_LISTEN", "--listen".
struct LoadedSettings {
  Settings settings;
  std::map<std::string, std::string, std::less<>> origins;
};

struct SettingsInput {
  std::string file_name;                 ///< Shown as the origin of its values.
  std::optional<std::string> file_text;  ///< Its content (TOML); nothing when there is no file.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::map<std::string, std::string, std::less<>> flags;  ///< By option key.
};

/// Flag beats environment beats file beats default.
/// What the file says in [[view]] is left to parse_views_toml().
/// Errors: kInvalid, an unknown key (with the nearest known one), a value that does not fit (with
/// its origin), or settings that contradict each other.
Result<LoadedSettings> load_settings(const SettingsInput& input);

/// A variable that looks like one of ours and sets nothing.
struct UnknownVariable {
  std::string name;
  std::string meant;  ///< The one that is most like it; empty when none is.
};
/// Those of `names`, the environment's.
std::vector<UnknownVariable> unknown_variables(const std::vector<std::string>& names);

/// One line a setting: key = value  # origin.
std::string print_settings(const LoadedSettings& loaded);

/// docs/config.md.
std::string config_reference();

/// Address and port of `listen`: "127.0.0.1:8080", "[::1]:8080", "localhost:8080".
struct ListenAddress {
  std::string address;  ///< Or a name, which is not looked up here.
  std::uint16_t port = 0;
  bool loopback = false;  ///< No other machine can reach it.
};
Result<ListenAddress> parse_listen(std::string_view listen);

}  // namespace hapax
