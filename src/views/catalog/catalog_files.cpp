// SPDX-License-Identifier: Apache-2.0
#include "views/catalog/catalog_files.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

namespace hapax {
namespace {

constexpr std::string_view kPrefix = "views-";
constexpr std::string_view kEnding = ".json";
constexpr std::string_view kUnfinished = ".tmp";

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

bool is_unfinished(std::string_view name) {
  return name.starts_with(kPrefix) && name.ends_with(kUnfinished);
}

}  // namespace

std::string CatalogFiles::path_of(std::uint32_t number) const {
  return directory_ + "/" + std::string(kPrefix) + std::to_string(number) + std::string(kEnding);
}

Result<void> CatalogFiles::write(std::uint32_t number, std::string_view text) const {
  HAPAX_TRY(storage_.create_directories(directory_));
  const std::string path = path_of(number);
  const std::string unfinished = path + std::string(kUnfinished);
  {
    HAPAX_ASSIGN(const auto file, storage_.open(unfinished, OpenMode::kCreateOrTruncate));
    HAPAX_TRY(file->write_at(0, std::as_bytes(std::span(text))));
    HAPAX_TRY(file->sync());
  }
  HAPAX_TRY(storage_.rename(unfinished, path));
  return storage_.sync_directory(directory_);
}

Result<std::string> CatalogFiles::read(std::uint32_t number) const {
  HAPAX_ASSIGN(const auto file, storage_.open(path_of(number), OpenMode::kRead));
  HAPAX_ASSIGN(const std::uint64_t size, file->size());
  std::string text(size, '\0');
  HAPAX_ASSIGN(const std::size_t read, file->read_at(0, std::as_writable_bytes(std::span(text))));
  text.resize(read);
  return text;
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
