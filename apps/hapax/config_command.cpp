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
      const auto loaded = load(*flags);
      if (!loaded) {
        exit_code = report(loaded.error());
      } else {
        std::fputs(show ? print_settings(*loaded).c_str() : "the settings are valid\n", stdout);
      }
    });
  }

  config->add_subcommand("reference", "The page docs/config.md.")->callback([] {
    std::fputs(config_reference().c_str(), stdout);
  });
}

}  // namespace hapax
