// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "declared_views.hpp"

namespace hapax {

/// What the command line says about settings, filled when it is parsed.
struct SettingsFlags {
  std::string config_file = "hapax.toml";
  CLI::Option* config_option = nullptr;
  std::map<std::string, std::string, std::less<>> values;  ///< By option key, given ones only.
};

/// Adds --config and one flag for every setting to `command`.
std::shared_ptr<SettingsFlags> add_settings_flags(CLI::App& command);

/// Adds --config and --data-dir, for commands that need nothing else.
std::shared_ptr<SettingsFlags> add_data_dir_flags(CLI::App& command);

/// Adds --config, --data-dir and --listen, for commands that ask a running server.
std::shared_ptr<SettingsFlags> add_server_flags(CLI::App& command);

/// What the environment says to no effect, one sentence each.
std::vector<std::string> environment_warnings();

/// Reads the file and the environment and puts the flags on top.
Result<LoadedSettings> load(const SettingsFlags& flags);

/// All that an operator declares: the settings, and the views beside them.
struct Declared {
  LoadedSettings loaded;
  std::vector<DeclaredView> views;
};
/// As load(), with the views. Errors: also those of declared_views().
Result<Declared> load_all(const SettingsFlags& flags);

/// Prints `error` for a person and returns the exit code for it: 2 for wrong usage, else 1.
int report(const Error& error);

}  // namespace hapax
