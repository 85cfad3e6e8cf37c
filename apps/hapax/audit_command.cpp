// SPDX-License-Identifier: Apache-2.0
#include "audit_command.hpp"

#include <fmt/format.h>

#include <memory>

#include "asked_server.hpp"
#include "audit_text.hpp"

namespace hapax {
namespace {

// Exit codes are documented: scripts use them.
constexpr int kAllHolds = 0;
constexpr int kDoesNotHold = 1;
constexpr int kNotAsked = 2;

struct AuditFlags {
  AskedServer server;
  bool json = false;
};

/// Whether all holds.
Result<bool> audit(const AuditFlags& flags) {
  HAPAX_ASSIGN(const ServerAddress server, server_of(flags.server));
  HAPAX_ASSIGN(const std::string body, get_from(server, "/api/audit"));
  HAPAX_ASSIGN(const AuditText books, audit_text(body));
  fmt::print("{}", flags.json ? body + "\n" : books.text);
  return books.all_holds;
}

}  // namespace

void add_audit_command(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("audit", "Whether the books of a running server balance: serve or query.");
  command->footer(
      "Exit code: 0 all holds, 1 something does not, 2 it could not be asked.\n\n"
      "Examples:\n"
      "  hapax audit\n"
      "  hapax audit --url http://127.0.0.1:8080 --json\n");
  auto flags = std::make_shared<AuditFlags>();
  add_asked_server_flags(*command, flags->server);
  command->add_flag("--json", flags->json, "Print the answer as it came.");
  command->callback([flags, &exit_code] {
    const Result<bool> holds = audit(*flags);
    if (!holds) {
      report(holds.error());
    }
    exit_code = !holds ? kNotAsked : *holds ? kAllHolds : kDoesNotHold;
  });
}

}  // namespace hapax
