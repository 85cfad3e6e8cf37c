// SPDX-License-Identifier: Apache-2.0
#include "files/whole_file.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <utility>

namespace hapax {

Result<void> write_whole_file(Storage& storage, const std::string& directory,
                              const std::string& name, std::string_view text) {
  const std::string path = directory + "/" + name;
  const std::string unfinished = path + std::string(kUnfinishedEnding);
  {
    HAPAX_ASSIGN(const auto file, storage.open(unfinished, OpenMode::kCreateOrTruncate));
    HAPAX_TRY(file->write_at(0, std::as_bytes(std::span(text))));
    HAPAX_TRY(file->sync());
  }
  HAPAX_TRY(storage.rename(unfinished, path));
  return storage.sync_directory(directory);
}

Result<std::string> read_whole_file(Storage& storage, const std::string& path,
                                    std::size_t bytes_max) {
  HAPAX_ASSIGN(const auto file, storage.open(path, OpenMode::kRead));
  HAPAX_ASSIGN(const std::uint64_t size, file->size());
  if (size > bytes_max) {
    return Error{.kind = ErrorKind::kExhausted,
                 .message = fmt::format("{} has {} bytes, more than {}", path, size, bytes_max)};
  }
  std::string text(size, '\0');
  HAPAX_ASSIGN(const std::size_t read, file->read_at(0, std::as_writable_bytes(std::span(text))));
  text.resize(read);
  return text;
}

Result<std::optional<std::string>> read_whole_file_if_there(Storage& storage,
                                                            const std::string& path,
                                                            std::size_t bytes_max) {
  HAPAX_ASSIGN(const bool is_there, storage.exists(path));
  if (!is_there) {
    return std::optional<std::string>();
  }
  HAPAX_ASSIGN(std::string text, read_whole_file(storage, path, bytes_max));
  return std::optional(std::move(text));
}

Result<void> remove_file(Storage& storage, const std::string& directory, const std::string& name) {
  const std::string path = directory + "/" + name;
  HAPAX_ASSIGN(const bool is_there, storage.exists(path));
  if (is_there) {
    HAPAX_TRY(storage.unlink(path));
  }
  return storage.sync_directory(directory);
}

}  // namespace hapax
