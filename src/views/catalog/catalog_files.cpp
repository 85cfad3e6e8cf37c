// SPDX-License-Identifier: Apache-2.0
#include "views/catalog/catalog_files.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <vector>

#include "files/whole_file.hpp"

namespace hapax {
namespace {

constexpr std::string_view kPrefix = "views-";
constexpr std::string_view kEnding = ".json";

/// Nothing when it is no file of ours that is finished.
std::optional<std::uint32_t> number_of(std::string_view name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kEnding)) {
    return std::nullopt;
  }
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(std::min(name.size(), kEnding.size()));
  std::uint32_t number = 0;
  const char* end = name.data() + name.size();
  const auto [stop, failure] = std::from_chars(name.data(), end, number);
  return failure == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

std::string name_of(std::uint32_t number) {
  return std::string(kPrefix) + std::to_string(number) + std::string(kEnding);
}

bool is_unfinished(std::string_view name) {
  return name.starts_with(kPrefix) && name.ends_with(kUnfinishedEnding);
}

}  // namespace

std::string CatalogFiles::path_of(std::uint32_t number) const {
  return directory_ + "/" + name_of(number);
}

Result<void> CatalogFiles::write(std::uint32_t number, std::string_view text) const {
  HAPAX_TRY(storage_.create_directories(directory_));
  return write_whole_file(storage_, directory_, name_of(number), text);
}

Result<std::string> CatalogFiles::read(std::uint32_t number) const {
  return read_whole_file(storage_, path_of(number), std::numeric_limits<std::size_t>::max());
}

Result<void> CatalogFiles::remove_others(std::uint32_t number) const {
  HAPAX_ASSIGN(const bool is_there, storage_.exists(directory_));
  if (!is_there) {
    return {};
  }
  HAPAX_ASSIGN(const std::vector<std::string> names, storage_.list(directory_));
  std::optional<std::uint32_t> before;
  for (const std::string& name : names) {
    const auto other = number_of(name);
    before = other && *other < number ? std::max(before, other) : before;
  }
  for (const std::string& name : names) {
    const auto other = number_of(name);
    if (is_unfinished(name) || (other && *other != number && other != before)) {
      HAPAX_TRY(storage_.unlink(directory_ + "/" + name));
    }
  }
  return {};
}

}  // namespace hapax
