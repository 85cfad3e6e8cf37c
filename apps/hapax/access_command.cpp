// SPDX-License-Identifier: Apache-2.0
#include "access_command.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>

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

Result<void> reset(const AccessFlags& flags) {
  HAPAX_ASSIGN(const LoadedSettings loaded, load(*flags.settings));
  const Settings& settings = loaded.settings;
  std::string url = flags.url;
  if (url.empty()) {
    HAPAX_ASSIGN(const ServerAddress server, address_of(settings.listen));
    url = url_of(server);
  }
  const std::string directory = access_directory(settings.data_dir);
  HAPAX_TRY(check_owner(directory));
  PosixStorage storage;
  SystemRandom random;
  HAPAX_ASSIGN(const std::string token, offer_setup(directory, storage, random));
  fmt::print("{}\n", setup_link(url.substr(0, url.find_last_not_of('/') + 1), token));
  fmt::print(stderr,
             "Open it in a browser to set a new password: that signs everybody out. It works once, "
             "and until then the former password does.\n");
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
  command->add_option("--url", flags->url,
                      "Where browsers reach the server; without it, as http.listen says.");
  command->callback([flags, &exit_code] {
    if (const auto done = reset(*flags); !done) {
      exit_code = report(done.error());
    }
  });
}

}  // namespace hapax
