// SPDX-License-Identifier: Apache-2.0
#include "access/setup_link.hpp"

#include <fmt/format.h>

#include "files/whole_file.hpp"

namespace hapax {
namespace {

constexpr const char* kName = "setup";
constexpr std::string_view kPrefix = "hapax-setup-1 ";
constexpr std::size_t kBytesMax = 4096;

}  // namespace

Result<std::string> offer_setup(const std::string& directory, Storage& storage, Random& random) {
  std::string token = make_secret(random);
  HAPAX_TRY(storage.create_directories(directory));
  HAPAX_TRY(write_whole_file(storage, directory, kName,
                             fmt::format("{}{}\n", kPrefix, to_hex(hash_secret(token)))));
  return token;
}

Result<std::optional<SecretHash>> offered_setup(const std::string& directory, Storage& storage) {
  HAPAX_ASSIGN(const auto text,
               read_whole_file_if_there(storage, directory + "/" + kName, kBytesMax));
  const bool is_ours = text && text->starts_with(kPrefix) && text->ends_with('\n');
  return is_ours ? parse_secret_hash(std::string_view(*text).substr(
                       kPrefix.size(), text->size() - kPrefix.size() - 1))
                 : std::optional<SecretHash>();
}

Result<void> withdraw_setup(const std::string& directory, Storage& storage) {
  HAPAX_TRY(storage.unlink(directory + "/" + kName));
  return storage.sync_directory(directory);
}

std::string setup_link(std::string_view url, std::string_view token) {
  return fmt::format("{}/#/setup/{}", url, token);
}

}  // namespace hapax
