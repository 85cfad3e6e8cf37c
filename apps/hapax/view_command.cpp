// SPDX-License-Identifier: Apache-2.0
#include "view_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>

#include "asked_server.hpp"
#include "view_text.hpp"
#include "views/spec/view_spec.hpp"

namespace hapax {
namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(500);
constexpr const char* kViews = "/api/views";

struct ViewFlags {
  AskedServer server;
  bool json = false;
  bool wait = false;
  bool yes = false;
  bool replace = false;
  bool drop_history = false;
  bool check = false;
  std::string from;
  std::string to;
  std::string source;
  std::string argument;  ///< The view's name, or the file with its spec.
};
using Flags = std::shared_ptr<ViewFlags>;

std::string path_of(const std::string& name) {
  return fmt::format("{}/{}", kViews, name);
}

Result<std::string> read_argument(const std::string& file) {
  if (file == "-") {
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
  }
  if (std::error_code ignored; std::filesystem::is_directory(file, ignored)) {
    return Error{ErrorKind::kInvalid, "\"" + file + "\" is a folder",
                 "give the file with the view's JSON"};
  }
  std::ifstream text(file, std::ios::binary);
  if (!text) {
    return Error{ErrorKind::kInvalid, "cannot read " + file, "give the file with the view's JSON"};
  }
  return std::string(std::istreambuf_iterator<char>(text), {});
}

/// Of a file that is settings, which are TOML, says where these belong.
Result<ViewSpec> spec_of(const std::string& text) {
  auto spec = parse_view_json(text);
  if (!spec && text.find("[[view]]") != std::string::npos) {
    return Error{spec.error().kind, spec.error().message,
                 "a [[view]] of TOML belongs into hapax.toml, read at the start; here it is JSON"};
  }
  return spec;
}

/// Asks on a terminal; else --yes must say it.
Result<void> confirm(const ViewFlags& flags, const std::string& what) {
  if (flags.yes) {
    return {};
  }
  if (::isatty(STDIN_FILENO) == 0) {
    return Error{ErrorKind::kInvalid, what + ": this must be confirmed", "add --yes"};
  }
  fmt::print(stderr, "{}. Are you sure? [y/N] ", what);
  std::string said;
  std::getline(std::cin, said);
  return said == "y" || said == "yes" ? Result<void>()
                                      : Result<void>(Error{ErrorKind::kUnavailable, "not done"});
}

/// Shows how far views are until all that `target` tells of are made.
Result<void> wait_for(const ServerAddress& server, const std::string& target) {
  for (;;) {
    HAPAX_ASSIGN(const std::string body, get_from(server, target));
    HAPAX_ASSIGN(const MakingOfViews making, making_of(body));
    if (!making.error.empty()) {
      return Error{ErrorKind::kUnavailable, "it cannot be made: " + making.error};
    }
    if (making.is_over) {
      return {};
    }
    fmt::print(stderr, "{}", making.text);
    std::this_thread::sleep_for(kPollInterval);
  }
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

Result<void> show_changed(const ViewFlags& flags, const std::string& answer) {
  if (flags.json) {
    print(answer + "\n");
    return {};
  }
  HAPAX_ASSIGN(const std::string text, indented(answer));
  print(text);
  return {};
}

/// With --wait as the view is once it is made, else, and for machines, as `answer` says.
Result<void> show_making(const ServerAddress& server, const ViewFlags& flags,
                         const std::string& name, const std::string& answer) {
  if (!flags.wait) {
    return show_changed(flags, answer);
  }
  HAPAX_TRY(wait_for(server, path_of(name) + "/explain"));
  fmt::print(stderr, "{}: live, it can be read\n", name);
  if (flags.json) {
    return show_changed(flags, answer);
  }
  HAPAX_ASSIGN(const std::string body, get_from(server, kViews));
  HAPAX_ASSIGN(const std::string text, view_in(body, name));
  print(text);
  return {};
}

std::string history_of(const ViewFlags& flags) {
  return flags.drop_history ? "?drop_history=true" : "";
}

Result<void> add(const ViewFlags& flags) {
  HAPAX_ASSIGN(const ServerAddress server, server_of(flags.server));
  HAPAX_ASSIGN(const std::string text, read_argument(flags.argument));
  HAPAX_ASSIGN(const ViewSpec spec, spec_of(text));
  const std::string body = view_json(spec);
  constexpr int kNotFound = 404;
  auto answer = flags.replace
                    ? ask_server(server, "PUT", path_of(spec.name) + history_of(flags), body)
                    : ask_server(server, "POST", kViews + history_of(flags), body);
  if (flags.replace && answer && answer->status == kNotFound) {
    answer = ask_server(server, "POST", kViews + history_of(flags), body);
  }
  HAPAX_ASSIGN(const std::string said, body_of(std::move(answer)));
  return show_making(server, flags, spec.name, said);
}

Result<void> list(const ViewFlags& flags) {
  HAPAX_ASSIGN(const ServerAddress server, server_of(flags.server));
  HAPAX_TRY(flags.wait ? wait_for(server, kViews) : Result<void>());
  HAPAX_ASSIGN(const std::string body, get_from(server, kViews));
  HAPAX_ASSIGN(const std::string text, flags.json ? body + "\n" : view_table(body));
  print(text);
  return {};
}

Result<void> show(const ViewFlags& flags) {
  HAPAX_ASSIGN(const ServerAddress server, server_of(flags.server));
  HAPAX_ASSIGN(const std::string body, get_from(server, kViews));
  HAPAX_ASSIGN(const std::string text, view_in(body, flags.argument));
  print(text);
  return {};
}

Result<void> explain(const ViewFlags& flags) {
  HAPAX_ASSIGN(const ServerAddress server, server_of(flags.server));
  HAPAX_ASSIGN(const std::string body, get_from(server, path_of(flags.argument) + "/explain"));
  HAPAX_ASSIGN(const std::string text, flags.json ? body + "\n" : explain_text(body));
  print(text);
  return {};
}

/// "&name=value", nothing without a value.
std::string parameter(std::string_view name, std::string_view value) {
  std::string text = value.empty() ? "" : fmt::format("&{}=", name);
  for (const char c : value) {
    text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return text;
}

/// Page by page; the sum of all hours comes with the first one.
Result<void> accounts(const ViewFlags& flags) {
  HAPAX_ASSIGN(const ServerAddress server, server_of(flags.server));
  const std::string target = path_of(flags.argument) + "/accounts?limit=10000" +
                             parameter("from", flags.from) + parameter("to", flags.to) +
                             parameter("source", flags.source);
  const char* const check = flags.check ? "&check=true" : "";
  std::string broken;
  std::string sums;
  bool is_first = true;
  for (std::string next; is_first || !next.empty(); is_first = false) {
    HAPAX_ASSIGN(const std::string body,
                 get_from(server, target + (is_first ? check : "") + parameter("cursor", next)));
    HAPAX_ASSIGN(const AccountsPage page, accounts_page(body, is_first));
    print(flags.json ? body + "\n" : page.text);
    broken += page.broken;
    sums += page.check;
    next = page.next;
  }
  print(flags.json ? "" : sums);
  return broken.empty() ? Result<void>()
                        : Error{ErrorKind::kCorrupt, "the accounts do not balance:" + broken,
                                "what they say cannot be relied on; please report it"};
}

Result<void> rebuild(const ViewFlags& flags) {
  HAPAX_ASSIGN(const ServerAddress server, server_of(flags.server));
  HAPAX_TRY(confirm(flags, fmt::format("The view \"{}\" will be counted anew", flags.argument)));
  HAPAX_ASSIGN(const std::string body,
               body_of(ask_server(server, "POST",
                                  path_of(flags.argument) + "/rebuild" + history_of(flags))));
  return show_making(server, flags, flags.argument, body);
}

Result<void> drop(const ViewFlags& flags) {
  HAPAX_ASSIGN(const ServerAddress server, server_of(flags.server));
  HAPAX_TRY(
      confirm(flags, fmt::format("The view \"{}\" and its counts will be gone", flags.argument)));
  HAPAX_ASSIGN(const std::string body,
               body_of(ask_server(server, "DELETE", path_of(flags.argument))));
  return show_changed(flags, body);
}

struct Verb {
  const char* name;
  const char* help;
  const char* argument;  ///< What it is about; null: nothing.
  const char* example;
  Result<void> (*act)(const ViewFlags&);
  bool waits = false;
  bool asks = false;
  bool may_drop_history = false;
};

constexpr Verb kVerbs[] = {
    {"add", "Declare the view that a file describes (docs/views.md).", "file", "view.json --wait",
     add, true, false, true},
    {"list", "All views, and how far those are that are being made.", nullptr, "--wait", list,
     true},
    {"show", "How one view stands, and its spec.", "name", "signups_per_day", show},
    {"explain", "What a view counts, did, holds and costs.", "name", "signups_per_day", explain},
    {"accounts", "What a view did with the events of each source, by the hour they came in.",
     "name", "signups_per_day --from=2026-11-24T14:00:00Z --check", accounts},
    {"rebuild", "Count a view anew from the log.", "name", "signups_per_day --yes", rebuild, true,
     true, true},
    {"drop", "Drop a view with its counts.", "name", "signups_per_day --yes", drop, false, true},
};

void add_options(CLI::App& command, const Verb& verb, ViewFlags& flags) {
  if (verb.argument != nullptr) {
    const bool is_file = std::string_view(verb.argument) == "file";
    command
        .add_option(verb.argument, flags.argument,
                    is_file ? "JSON of the view; - reads standard input." : "Name of the view.")
        ->required();
  }
  add_asked_server_flags(command, flags.server);
  command.add_flag("--json", flags.json, "Print the answer as it came.");
  if (verb.waits) {
    command.add_flag("--wait", flags.wait, "Show how far it is, until it can be read.");
  }
  if (verb.asks) {
    command.add_flag("--yes", flags.yes, "Do not ask.");
  }
  if (verb.may_drop_history) {
    command.add_flag("--drop-history", flags.drop_history,
                     "Windows from before the log's beginning may be lost.");
  }
  if (verb.act == accounts) {
    command.add_option("--from", flags.from, "Hours that start at or after it (UTC).");
    command.add_option("--to", flags.to, "Hours that start before it.");
    command.add_option("--source", flags.source, "Of that source alone.");
    command.add_flag("--check", flags.check,
                     "Add all hours up, too, and fail when they are not the view's account.");
  }
  if (verb.act == add) {
    command.add_flag("--replace", flags.replace,
                     "Change the view if it is there with another spec.");
  }
}

void add_verb(CLI::App& view, int& exit_code, const Verb& verb) {
  auto* command = view.add_subcommand(verb.name, verb.help);
  command->footer(fmt::format("Example:\n  hapax view {} {}\n", verb.name, verb.example));
  auto flags = std::make_shared<ViewFlags>();
  add_options(*command, verb, *flags);
  command->callback([flags, act = verb.act, &exit_code] {
    if (const auto done = act(*flags); !done) {
      exit_code = report(done.error());
    }
  });
}

}  // namespace

void add_view_command(CLI::App& app, int& exit_code) {
  auto* view = app.add_subcommand("view", "The views of a running server.");
  view->require_subcommand(1);
  view->footer("Examples:\n  hapax view list\n  hapax view add view.json --wait\n");
  for (const Verb& verb : kVerbs) {
    add_verb(*view, exit_code, verb);
  }
}

}  // namespace hapax
