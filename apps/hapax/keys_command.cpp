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

Result<void> export_key(const KeyFile& file, const std::string& directory) {
  HAPAX_ASSIGN(const auto key, file.read());
  if (!key) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("there is no key in {}", directory),
                 .hint = "name the server's data directory with --data-dir"};
  }
  fmt::print("{}\n", to_text(*key));
  return {};
}

Result<void> import_key(const KeyFile& file) {
  const std::string text(std::istreambuf_iterator<char>(std::cin), {});
  HAPAX_ASSIGN(const auto key, parse_key(text));
  return file.import(key);
}

void add_verb(CLI::App& command, int& exit_code,
              std::function<Result<void>(const KeyFile&, const std::string&)> action) {
  command.callback([flags = add_data_dir_flags(command), action = std::move(action), &exit_code] {
    const auto loaded = load(*flags);
    if (!loaded) {
      exit_code = report(loaded.error());
      return;
    }
    PosixStorage storage;
    const std::string& directory = loaded->settings.data_dir;
    const auto done = action(KeyFile(directory, storage), directory);
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
  add_verb(*importing, exit_code,
           [](const KeyFile& file, const std::string&) { return import_key(file); });
}

}  // namespace hapax
