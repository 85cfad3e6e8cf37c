// SPDX-License-Identifier: Apache-2.0
#include "keys_command.hpp"

#include <fmt/format.h>

#include <functional>
#include <iostream>
#include <iterator>
#include <string>

#include "adapters/posix/key_file.hpp"
#include "adapters/posix/posix_storage.hpp"
#include "settings_flags.hpp"

namespace hapax {
namespace {

Result<void> export_key(const KeyFile& file) {
  HAPAX_ASSIGN(const auto key, file.require());
  fmt::print("{}\n", to_text(key));
  return {};
}

Result<void> import_key(const KeyFile& file) {
  const std::string text(std::istreambuf_iterator<char>(std::cin), {});
  HAPAX_ASSIGN(const auto key, parse_key(text));
  return file.import(key);
}

void add_verb(CLI::App& command, int& exit_code,
              std::function<Result<void>(const KeyFile&)> action) {
  command.callback([flags = add_data_dir_flags(command), action = std::move(action), &exit_code] {
    const auto loaded = load(*flags);
    if (!loaded) {
      exit_code = report(loaded.error());
      return;
    }
    PosixStorage storage;
    const auto done = action(KeyFile(loaded->settings.data_dir, storage));
    exit_code = done ? 0 : report(done.error());
  });
}

}  // namespace

void add_keys_command(CLI::App& app, int& exit_code) {
  auto* keys = app.add_subcommand("keys", "The secret key of a data directory's id hashes.");
  keys->require_subcommand(1);
  keys->footer("Example:\n  hapax keys export --data-dir data > hapax.key\n");

  auto* exporting = keys->add_subcommand("export", "Print the key: keep it with every backup.");
  exporting->footer("Example:\n  hapax keys export --data-dir data > hapax.key\n");
  add_verb(*exporting, exit_code, export_key);

  auto* importing = keys->add_subcommand(
      "import", "Read a key from standard input, for a restored or a second data directory.");
  importing->footer("Example:\n  hapax keys import --data-dir restored < hapax.key\n");
  add_verb(*importing, exit_code, import_key);
}

}  // namespace hapax
