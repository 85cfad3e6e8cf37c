// SPDX-License-Identifier: Apache-2.0
#include "access/token_file.hpp"

#include <algorithm>
#include <string_view>

#include "access/secret.hpp"
#include "files/whole_file.hpp"

namespace hapax {
namespace {

constexpr const char* kName = "token";
constexpr std::size_t kBytesMin = 20;
constexpr std::size_t kBytesMax = 256;
constexpr std::size_t kFileBytesMax = 4096;  // With space around the token.

bool is_token(std::string_view text) {
  return text.size() >= kBytesMin && text.size() <= kBytesMax &&
         std::ranges::all_of(text, [](char c) { return '!' <= c && c <= '~'; });
}

}  // namespace

Result<std::string> read_or_make_token(const std::string& directory, Storage& storage,
                                       Random& random) {
  const std::string path = directory + "/" + kName;
  HAPAX_ASSIGN(auto text, read_whole_file_if_there(storage, path, kFileBytesMax));
  if (!text) {
    std::string made = make_secret(random);
    HAPAX_TRY(storage.create_directories(directory));
    HAPAX_TRY(write_whole_file(storage, directory, kName, made + "\n"));
    return made;
  }
  text->erase(text->find_last_not_of(" \t\r\n") + 1);
  if (!is_token(*text)) {
    return Error{.kind = ErrorKind::kCorrupt,
                 .message = path + " holds no token: a line of 20 to 256 printable characters",
                 .hint = "remove it, and the start makes a new one"};
  }
  return std::move(*text);
}

std::string access_directory(const std::string& data_directory) {
  return data_directory + "/access";
}

std::string token_path(const std::string& data_directory) {
  return access_directory(data_directory) + "/" + kName;
}

}  // namespace hapax
