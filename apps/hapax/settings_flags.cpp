// SPDX-License-Identifier: Apache-2.0
#include "settings_flags.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include "config/options.hpp"

namespace hapax {
namespace {

constexpr std::string_view kDataDirKey = "log.data_dir";
constexpr std::string_view kListenKey = "http.listen";

std::optional<std::string> read_text(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return std::nullopt;
  }
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::shared_ptr<SettingsFlags> add_config_flag(CLI::App& command) {
  auto flags = std::make_shared<SettingsFlags>();
  flags->config_option =
      command.add_option("--config", flags->config_file, "Settings file (TOML).")
          ->envname(std::string(kConfigVariable))
          ->capture_default_str();
  return flags;
}

void add_flag(CLI::App& command, const Option& option,
              const std::shared_ptr<SettingsFlags>& flags) {
  if (option.is_switch) {
    command
        .add_flag_callback(
            flag_name(option),
            [flags, key = std::string(option.key)] { flags->values[key] = "yes"; },
            std::string(option.help))
        ->group("Settings");
    return;
  }
  command
      .add_option_function<std::string>(
          flag_name(option),
          [flags, key = std::string(option.key)](const std::string& value) {
            flags->values[key] = value;
          },
          std::string(option.help) + " [" + option.show(Settings()) + "]")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->group("Settings");
}

Result<SettingsInput> read_input(const SettingsFlags& flags) {
  SettingsInput input{.file_name = flags.config_file,
                      .file_text = read_text(flags.config_file),
                      .environment = environment,
                      .flags = flags.values};
  const bool asked_for = flags.config_option->count() > 0;
  if (!input.file_text && asked_for) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = "cannot read the settings file " + flags.config_file,
                 .hint = "check the path given with --config"};
  }
  return input;
}

}  // namespace

std::shared_ptr<SettingsFlags> add_settings_flags(CLI::App& command) {
  auto flags = add_config_flag(command);
  for (const auto& option : options()) {
    add_flag(command, option, flags);
  }
  return flags;
}

std::shared_ptr<SettingsFlags> add_data_dir_flags(CLI::App& command) {
  auto flags = add_config_flag(command);
  add_flag(command, *std::ranges::find(options(), kDataDirKey, &Option::key), flags);
  return flags;
}

std::shared_ptr<SettingsFlags> add_server_flags(CLI::App& command) {
  auto flags = add_data_dir_flags(command);
  add_flag(command, *std::ranges::find(options(), kListenKey, &Option::key), flags);
  return flags;
}

std::vector<std::string> environment_warnings() {
  std::vector<std::string> names;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    names.emplace_back(text.substr(0, text.find('=')));
  }
  std::vector<std::string> warnings;
  for (const auto& [name, meant] : unknown_variables(names)) {
    warnings.push_back(fmt::format("The environment variable {} sets nothing{}", name,
                                   meant.empty() ? "." : fmt::format("; did you mean {}?", meant)));
  }
  return warnings;
}

Result<LoadedSettings> load(const SettingsFlags& flags) {
  HAPAX_ASSIGN(const SettingsInput input, read_input(flags));
  return load_settings(input);
}

Result<Declared> load_all(const SettingsFlags& flags) {
  HAPAX_ASSIGN(const SettingsInput input, read_input(flags));
  HAPAX_ASSIGN(LoadedSettings loaded, load_settings(input));
  HAPAX_ASSIGN(auto views, declared_views(loaded.settings, input.file_name, input.file_text));
  return Declared{.loaded = std::move(loaded), .views = std::move(views)};
}

int report(const Error& error) {
  std::fprintf(stderr, "hapax: %s\n", error.message.c_str());
  if (!error.hint.empty()) {
    std::fprintf(stderr, "       %s\n", error.hint.c_str());
  }
  return error.kind == ErrorKind::kInvalid ? 2 : 1;
}

}  // namespace hapax
