// SPDX-License-Identifier: Apache-2.0
#include "config_command.hpp"

#include <cstdio>

#include "settings_flags.hpp"

namespace hapax {

void add_config_command(CLI::App& app, int& exit_code) {
  auto* config = app.add_subcommand("config", "Show and check settings.");
  config->require_subcommand(1);

  auto* print = config->add_subcommand("print", "The settings in force and where each came from.");
  auto* check = config->add_subcommand("check", "Check the settings without starting.");
  for (auto* command : {print, check}) {
    const bool show = command == print;
    command->callback([flags = add_settings_flags(*command), show, &exit_code] {
      const auto declared = load_all(*flags);
      if (!declared) {
        exit_code = report(declared.error());
      } else {
        for (const auto& warning : environment_warnings()) {
          std::fprintf(stderr, "hapax: %s\n", warning.c_str());
        }
        std::fputs(show ? print_settings(declared->loaded).c_str() : "the settings are valid\n",
                   stdout);
      }
    });
  }

  auto* reference = config->add_subcommand("reference", "The page docs/config.md.");
  reference->callback([] { std::fputs(config_reference().c_str(), stdout); });

  config->footer("Example:\n  hapax config print --config /etc/hapax/hapax.toml\n");
  print->footer("Example:\n  hapax config print --config /etc/hapax/hapax.toml\n");
  check->footer("Example:\n  hapax config check --config /etc/hapax/hapax.toml\n");
  reference->footer("Example:\n  hapax config reference > docs/config.md\n");
}

}  // namespace hapax
