// SPDX-License-Identifier: Apache-2.0
#include "access/setup_link.hpp"

#include <fmt/format.h>

#include "access/small_file.hpp"

namespace hapax {
namespace {

constexpr const char* kName = "setup";
constexpr std::string_view kPrefix = "hapax-setup-1 ";

}  // namespace

Result<std::string> offer_setup(const std::string& directory, Storage& storage, Random& random) {
  std::string token = make_secret(random);
  HAPAX_TRY(write_small_file(directory, kName,
                             fmt::format("{}{}\n", kPrefix, to_hex(hash_secret(token))), storage));
  return token;
}

Result<std::optional<SecretHash>> offered_setup(const std::string& directory, Storage& storage) {
  HAPAX_ASSIGN(const auto text, read_small_file(directory + "/" + kName, storage));
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
