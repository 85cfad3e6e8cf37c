// SPDX-License-Identifier: Apache-2.0
#include "access/small_file.hpp"

#include <span>

namespace hapax {

Result<std::optional<std::string>> read_small_file(const std::string& path, Storage& storage) {
  HAPAX_ASSIGN(const bool is_there, storage.exists(path));
  if (!is_there) {
    return std::optional<std::string>();
  }
  HAPAX_ASSIGN(const auto file, storage.open(path, OpenMode::kRead));
  HAPAX_ASSIGN(const std::uint64_t size, file->size());
  std::string text(size, '\0');
  HAPAX_ASSIGN(const std::size_t read, file->read_at(0, std::as_writable_bytes(std::span(text))));
  text.resize(read);
  return std::optional(std::move(text));
}

Result<void> write_small_file(const std::string& directory, const std::string& name,
                              std::string_view text, Storage& storage) {
  HAPAX_TRY(storage.create_directories(directory));
  const std::string path = directory + "/" + name;
  const std::string unfinished = path + ".tmp";
  {
    HAPAX_ASSIGN(const auto file, storage.open(unfinished, OpenMode::kCreateOrTruncate));
    HAPAX_TRY(file->write_at(0, std::as_bytes(std::span(text))));
    HAPAX_TRY(file->sync());
  }
  HAPAX_TRY(storage.rename(unfinished, path));
  return storage.sync_directory(directory);
}

}  // namespace hapax
