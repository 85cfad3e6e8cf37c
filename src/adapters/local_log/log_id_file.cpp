// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/log_id_file.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>

#include "files/whole_file.hpp"

namespace hapax {
namespace {

constexpr const char* kName = "id";
constexpr std::string_view kPrefix = "hapax-log-id-1 ";
constexpr std::size_t kDigits = 16;
constexpr std::size_t kFileBytesMax = 64;

std::string to_text(LogId id) {
  return fmt::format("{}{:016x}\n", kPrefix, id.value());
}

std::optional<LogId> parse(std::string_view text) {
  LogId::rep id = 0;
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + kDigits + 1) {
    return std::nullopt;
  }
  const char* digits = text.data() + kPrefix.size();
  std::from_chars(digits, digits + kDigits, id, 16);
  return id != kNoLog.value() && to_text(LogId(id)) == text ? std::optional(LogId(id))
                                                            : std::nullopt;
}

/// Nothing: there is none.
Result<std::optional<LogId>> read(const std::string& directory, Storage& storage) {
  const std::string path = directory + "/" + kName;
  HAPAX_ASSIGN(const auto text, read_whole_file_if_there(storage, path, kFileBytesMax));
  const std::optional<LogId> id = text ? parse(*text) : std::nullopt;
  if (text && !id) {
    return Error{.kind = ErrorKind::kCorrupt,
                 .message = fmt::format("{} holds no id of a log", path),
                 .hint =
                     "restore it from a backup, or remove it: then the log gets a new id, and "
                     "receipts that clients have of it are refused"};
  }
  return id;
}

}  // namespace

Result<LogId> make_log_id(const std::string& directory, Storage& storage, Random& random) {
  LogId made = kNoLog;
  while (made == kNoLog) {
    made = LogId(random.next());
  }
  HAPAX_TRY(write_whole_file(storage, directory, kName, to_text(made)));
  return made;
}

Result<LogId> read_or_make_log_id(const std::string& directory, Storage& storage, Random& random) {
  HAPAX_ASSIGN(const std::optional<LogId> id, read(directory, storage));
  return id ? Result<LogId>(*id) : make_log_id(directory, storage, random);
}

Result<void> take_over_log_id(const std::string& from, const std::string& to, Storage& storage) {
  HAPAX_ASSIGN(const std::optional<LogId> id, read(from, storage));
  return id ? write_whole_file(storage, to, kName, to_text(*id)) : Result<void>();
}

}  // namespace hapax
