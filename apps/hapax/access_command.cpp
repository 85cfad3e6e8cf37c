// SPDX-License-Identifier: Apache-2.0
#include "access_command.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>

#include "access/listen_file.hpp"
#include "access/setup_link.hpp"
#include "access/token_file.hpp"
#include "adapters/posix/posix_storage.hpp"
#include "adapters/posix/system_random.hpp"
#include "server_client.hpp"
#include "settings_flags.hpp"

namespace hapax {
namespace {

struct AccessFlags {
  std::shared_ptr<SettingsFlags> settings;
  std::string url;
};

/// A file of another user is one that the server cannot read.
Result<void> check_owner(const std::string& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("there is no server's data at {}", directory),
                 .hint = "name the server's data directory with --data-dir, or start it first"};
  }
  if (status.st_uid != ::geteuid()) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("{} belongs to user {}, and this is user {}", directory,
                                        status.st_uid, ::geteuid()),
                 .hint = fmt::format("run it as that one: sudo -u '#{}' hapax access reset ...",
                                     status.st_uid)};
  }
  return {};
}

std::string url_of(const ServerAddress& server) {
  const bool is_v6 = server.host.find(':') != std::string::npos;
  return fmt::format("http://{}:{}", is_v6 ? "[" + server.host + "]" : server.host, server.port);
}

/// As told; else where the server listens, which its last start has noted: one that was started
/// with flags, or chose its port, is not where the settings say.
Result<std::string> browser_url(const AccessFlags& flags, const Settings& settings,
                                Storage& storage) {
  if (!flags.url.empty()) {
    return flags.url.substr(0, flags.url.find_last_not_of('/') + 1);
  }
  std::optional<std::string> noted;
  if (!flags.settings->values.contains("http.listen")) {
    HAPAX_ASSIGN(noted, noted_listen(access_directory(settings.data_dir), storage));
  }
  HAPAX_ASSIGN(const ServerAddress server, address_of(noted.value_or(settings.listen)));
  return url_of(server);
}

Result<void> reset(const AccessFlags& flags) {
  HAPAX_ASSIGN(const LoadedSettings loaded, load(*flags.settings));
  const std::string directory = access_directory(loaded.settings.data_dir);
  HAPAX_TRY(check_owner(directory));
  PosixStorage storage;
  SystemRandom random;
  HAPAX_ASSIGN(const std::string url, browser_url(flags, loaded.settings, storage));
  HAPAX_ASSIGN(const std::string token, offer_setup(directory, storage, random));
  fmt::print("{}\n", setup_link(url, token));
  fmt::print(stderr,
             "Open it in a browser to set a new password: that signs everybody out. It works once, "
             "and until then the former password does. --url names another address of the "
             "server.\n");
  return {};
}

}  // namespace

void add_access_command(CLI::App& app, int& exit_code) {
  auto* access = app.add_subcommand("access", "The admin's password.");
  access->require_subcommand(1);
  access->footer("Example:\n  hapax access reset --data-dir data\n");
  auto* command = access->add_subcommand(
      "reset", "Print a link to set the password anew; whether the server runs does not matter.");
  command->footer("Example:\n  hapax access reset --data-dir data\n");
  auto flags = std::make_shared<AccessFlags>();
  flags->settings = add_server_flags(*command);
  command->add_option(
      "--url", flags->url,
      "Where browsers reach the server; without it, where it listened at its last start.");
  command->callback([flags, &exit_code] {
    if (const auto done = reset(*flags); !done) {
      exit_code = report(done.error());
    }
  });
}

}  // namespace hapax
