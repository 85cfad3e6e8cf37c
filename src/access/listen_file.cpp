// SPDX-License-Identifier: Apache-2.0
#include "access/listen_file.hpp"

#include "files/whole_file.hpp"

namespace hapax {
namespace {

constexpr const char* kName = "listen";
constexpr std::size_t kBytesMax = 4096;

}  // namespace

Result<void> note_listen(const std::string& directory, Storage& storage, std::string_view listen) {
  HAPAX_TRY(storage.create_directories(directory));
  return write_whole_file(storage, directory, kName, std::string(listen) + "\n");
}

Result<std::optional<std::string>> noted_listen(const std::string& directory, Storage& storage) {
  HAPAX_ASSIGN(auto text, read_whole_file_if_there(storage, directory + "/" + kName, kBytesMax));
  if (text) {
    text->erase(text->find_last_not_of(" \t\r\n") + 1);
  }
  return text;
}

}  // namespace hapax
