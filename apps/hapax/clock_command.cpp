// SPDX-License-Identifier: Apache-2.0
#include "clock_command.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "clock_mailbox.hpp"
#include "config/quantity.hpp"
#include "settings_flags.hpp"

namespace hapax {
namespace {

/// "-9d": a duration with a sign.
Result<Microseconds> parse_shift(std::string text) {
  const bool negative = text.starts_with('-');
  text.erase(0, negative || text.starts_with('+') ? 1 : 0);
  HAPAX_ASSIGN(const auto duration, parse_duration(text));
  return negative ? -Microseconds(duration) : Microseconds(duration);
}

int say(const SettingsFlags& flags, const ClockCommand& command) {
  const auto loaded = load(flags);
  if (!loaded) {
    return report(loaded.error());
  }
  const auto answer = ClockMailbox(loaded->settings.data_dir).ask(command);
  if (!answer) {
    return report(answer.error());
  }
  fmt::print("{}\n", *answer);
  return 0;
}

void add_verb(CLI::App& clock, int& exit_code, const std::string& name, const std::string& help,
              ClockCommand::Verb verb) {
  auto* command = clock.add_subcommand(name, help);
  command->footer(fmt::format("Example:\n  hapax clock {} --data-dir data\n", name));
  command->callback([flags = add_data_dir_flags(*command), verb, &exit_code] {
    exit_code = say(*flags, {.verb = verb});
  });
}

void add_correct(CLI::App& clock, int& exit_code) {
  auto* command = clock.add_subcommand(
      "correct", "The clock was wrong: what came in this doubt is counted where it belongs.");
  command->footer(
      "Examples:\n"
      "  hapax clock correct --data-dir data                after the machine's clock was set\n"
      "  hapax clock correct --data-dir data --shift=-9d    it was nine days ahead\n");
  auto shift = std::make_shared<std::string>();
  command->add_option("--shift", *shift,
                      "How far it must be moved, \"-9d\", \"+3h\"; without it, by as much as the "
                      "machine's clock was set since the start.");
  command->callback([flags = add_data_dir_flags(*command), shift, &exit_code] {
    ClockCommand said{.verb = ClockCommand::Verb::kCorrect};
    if (!shift->empty()) {
      const auto parsed = parse_shift(*shift);
      if (!parsed) {
        exit_code = report(parsed.error());
        return;
      }
      said.shift = *parsed;
    }
    exit_code = say(*flags, said);
  });
}

}  // namespace

void add_clock_command(CLI::App& app, int& exit_code) {
  auto* clock = app.add_subcommand("clock", "What is known of a running server's clock.");
  clock->require_subcommand(1);
  clock->footer("Example:\n  hapax clock status --data-dir data\n");
  add_verb(*clock, exit_code, "status", "Say whether it is believed.", ClockCommand::Verb::kStatus);
  add_verb(*clock, exit_code, "accept",
           "It is right: what came in a doubt counts as it was stamped.",
           ClockCommand::Verb::kAccept);
  add_correct(*clock, exit_code);
}

}  // namespace hapax
