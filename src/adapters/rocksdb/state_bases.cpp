// SPDX-License-Identifier: Apache-2.0
#include "adapters/rocksdb/state_bases.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "adapters/rocksdb/database_files.hpp"
#include "adapters/rocksdb/rocksdb_errors.hpp"

namespace hapax {
namespace {

/// Nothing when `name` is no number, or written otherwise than we do.
std::optional<std::uint64_t> number_in(const std::string& name) {
  std::uint64_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return std::to_string(number) == name ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string StateBases::path_of(std::uint64_t number) const {
  return directory_ + "/" + std::to_string(number);
}

Result<void> StateBases::open() {
  rocksdb::Env& env = *options_.env;
  if (directory_.empty() || !env.FileExists(directory_).ok()) {
    return {};
  }
  std::vector<std::string> names;
  HAPAX_TRY(check_rocksdb(env.GetChildren(directory_, &names), "list"));
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : names) {
    if (const auto number = number_in(name)) {
      numbers.push_back(*number);
    }
  }
  std::ranges::sort(numbers, std::greater());
  next_ = numbers.empty() ? next_ : numbers.front() + 1;
  for (const std::uint64_t number : numbers) {
    if (!current_ && holds_database(path_of(number), env)) {
      current_ = number;
    } else {
      remove(number);
    }
  }
  take_figures();
  return {};
}

// A new number for each attempt: what is left of one must not become part of another.
Result<void> StateBases::keep(rocksdb::DB& db) {
  rocksdb::Env& env = *options_.env;
  HAPAX_TRY(make_directory(directory_, env));
  const std::uint64_t number = next_++;
  HAPAX_TRY(check_rocksdb(db.DisableFileDeletions(), "read"));
  auto placed = files_of(db).and_then(
      [&](const auto& files) { return place_database(files, path_of(number), env); });
  db.EnableFileDeletions(false).PermitUncheckedError();
  if (!placed) {
    remove(number);
    return placed;
  }
  const auto former = std::exchange(current_, number);
  if (former) {
    remove(*former);
  }
  take_figures();
  return {};
}

Result<std::unique_ptr<StateDb>> StateBases::open_base() const {
  auto opened = StateDb::open(current_path(), options_, StateDb::Mode::kReadOnly);
  if (!opened) {
    Error error = std::move(opened).error();
    error.message = "the base in " + current_path() + ": " + error.message;
    error.hint =
        "restore it from a copy, or remove the folder to count anew from where the log begins";
    return error;
  }
  return opened;
}

Result<void> StateBases::restore(const std::string& state) const {
  HAPAX_TRY(open_base());
  HAPAX_TRY(remove_database(state, *options_.env));
  HAPAX_ASSIGN(const auto files, files_in(current_path(), *options_.env));
  return place_database(files, state, *options_.env);
}

Result<std::optional<std::string>> StateBases::get(const std::string& key) const {
  if (empty()) {
    return std::optional<std::string>();
  }
  HAPAX_ASSIGN(const auto base, open_base());
  return base->get(base->root(), key);
}

// What stays is removed at the next start.
void StateBases::remove(std::uint64_t number) const {
  if (remove_database(path_of(number), *options_.env)) {
    options_.env->DeleteDir(path_of(number)).PermitUncheckedError();
  }
}

void StateBases::take_figures() {
  if (empty()) {
    return;
  }
  bytes_ = 0;
  if (const auto files = files_in(current_path(), *options_.env)) {
    for (const DatabaseFile& file : *files) {
      bytes_ += file.size;
    }
  }
  std::uint64_t made = 0;
  options_.env->GetFileModificationTime(current_path() + "/CURRENT", &made).PermitUncheckedError();
  made_seconds_ = static_cast<std::int64_t>(made);
}

}  // namespace hapax
