// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/nearest.hpp"
#include "settings_flags.hpp"

namespace hapax {
namespace {

/// What other servers call it.
struct Alias {
  std::string_view name;
  std::string_view option;
  std::string_view example;
};
constexpr std::array kAliases{
    Alias{"-p", "--listen", "127.0.0.1:9000"},      Alias{"--port", "--listen", "127.0.0.1:9000"},
    Alias{"--host", "--listen", "127.0.0.1:9000"},  Alias{"--bind", "--listen", "127.0.0.1:9000"},
    Alias{"--address", "--listen", "0.0.0.0:9000"}, Alias{"-d", "--data-dir", "PATH"},
    Alias{"--dir", "--data-dir", "PATH"},           Alias{"-c", "--config", "PATH"},
};

/// What is looked for under a command and is elsewhere.
struct Elsewhere {
  std::string_view command;
  std::string_view where;
};
constexpr std::array kElsewhere{
    Elsewhere{
        "hapax keys",
        "; keys to send and read with are settings (collector.write_keys, api.read_keys ...), "
        "and a running server lists them at GET /api/keys"},
};

/// The command that the line is about, as far as it was understood.
const CLI::App& deepest_command(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().back();
  }
  return *command;
}

/// The first word that nothing is known of. What comes after an unknown option goes to the parents.
std::optional<std::string> unknown_word(const CLI::App& command) {
  if (const auto words = command.remaining(); !words.empty()) {
    return words.front();
  }
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? std::nullopt : unknown_word(*parent);
}

std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : full_name(*parent) + " " + command.get_name();
}

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* sub : command.get_subcommands({})) {
    names.push_back(sub->get_name());
  }
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

std::string nearest_of(std::string_view word, const std::vector<std::string>& names) {
  const std::vector<std::string_view> known(names.begin(), names.end());
  return std::string(nearest(word, known).value_or(""));
}

/// The option of `command` that is known elsewhere as `word`, that ends like it (--log-level of
/// --server-log-level), or that is spelled like it; empty when there is none.
std::string meant_option(std::string_view word, const CLI::App& command) {
  const auto names = option_names(command);
  const auto* const alias =
      std::ranges::find_if(kAliases, [word](const Alias& one) { return one.name == word; });
  if (alias != kAliases.end() && std::ranges::find(names, alias->option) != names.end()) {
    return fmt::format("{} {}", alias->option, alias->example);
  }
  const auto ends_like_it = std::ranges::find_if(names, [word](const std::string& name) {
    return word.starts_with("--") && name.ends_with(word.substr(1));
  });
  return ends_like_it != names.end() ? *ends_like_it : nearest_of(word, names);
}

std::string did_you_mean(const std::string& meant) {
  return meant.empty() ? "" : fmt::format("did you mean {}? ", meant);
}

Error unknown_option(std::string_view word, const CLI::App& command) {
  // Without a command, it is most likely the server that is meant.
  const bool no_command = command.get_parent() == nullptr;
  const CLI::App& target = no_command ? *command.get_subcommand("serve") : command;
  auto meant = meant_option(word, target);
  if (no_command && !meant.empty()) {
    meant = full_name(target) + " " + meant;
  }
  return {.kind = ErrorKind::kInvalid,
          .message = fmt::format("there is no option {}", word),
          .hint = did_you_mean(meant) + full_name(command) + " --help lists all"};
}

Error unknown_command(std::string_view word, const CLI::App& command) {
  const auto names = command_names(command);
  const auto meant = nearest_of(word, names);
  const std::string name = full_name(command);
  const auto* const elsewhere = std::ranges::find(kElsewhere, name, &Elsewhere::command);
  return {.kind = ErrorKind::kInvalid,
          .message = fmt::format("there is no command \"{}\"", word),
          .hint = did_you_mean(meant.empty() ? "" : name + " " + meant) +
                  fmt::format("{} has: {}{}", name, joined(names),
                              elsewhere == kElsewhere.end() ? "" : elsewhere->where)};
}

Error explain_word(std::string_view word, const CLI::App& command) {
  if (word.starts_with('-')) {
    const bool is_short = !word.starts_with("--");
    return unknown_option(word.substr(0, is_short ? 2 : word.find('=')), command);
  }
  if (!command_names(command).empty()) {
    return unknown_command(word, command);
  }
  return {.kind = ErrorKind::kInvalid,
          .message = fmt::format("{} takes no argument \"{}\"", full_name(command), word),
          .hint = full_name(command) + " --help lists its options"};
}

Error explain(const CLI::ParseError& error, const CLI::App& command) {
  const auto names = command_names(command);
  if (!names.empty()) {
    return {.kind = ErrorKind::kInvalid,
            .message = "a command is missing",
            .hint = fmt::format("{} needs one of: {}; {} --help explains them", full_name(command),
                                joined(names), full_name(command))};
  }
  return {.kind = ErrorKind::kInvalid,
          .message = error.what(),
          .hint = full_name(command) + " --help lists its options"};
}

}  // namespace

int run_command_line(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    const CLI::App& command = deepest_command(app);
    // First: CLI11 has something else to say about some lines that hold a word it does not know.
    if (const auto unknown = unknown_word(command)) {
      return report(explain_word(*unknown, command));
    }
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      return app.exit(error);
    }
    return report(explain(error, command));
  }
}

}  // namespace hapax
