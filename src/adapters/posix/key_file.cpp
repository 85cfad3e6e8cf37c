// SPDX-License-Identifier: Apache-2.0
#include "adapters/posix/key_file.hpp"

#include <fmt/format.h>

#include <charconv>
#include <span>

#include "files/whole_file.hpp"

namespace hapax {
namespace {

constexpr const char* kName = "id.key";
constexpr std::string_view kPrefix = "hapax-id-key-1 ";
constexpr std::size_t kFileBytesMax = 256;
constexpr std::string_view kSpaces = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kSpaces);
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(kSpaces) + 1 - begin);
}

}  // namespace

std::string to_text(const HashKey& key) {
  std::string text(kPrefix);
  for (const unsigned char byte : key.bytes) {
    text += fmt::format("{:02x}", byte);
  }
  return text;
}

Result<HashKey> parse_key(std::string_view text) {
  text = trimmed(text);
  HashKey key;
  bool valid = text.starts_with(kPrefix);
  text.remove_prefix(valid ? kPrefix.size() : text.size());
  valid = valid && text.size() == 2 * key.bytes.size();
  for (std::size_t i = 0; valid && i < key.bytes.size(); ++i) {
    const char* digits = text.data() + 2 * i;
    const auto [end, failure] = std::from_chars(digits, digits + 2, key.bytes[i], 16);
    valid = failure == std::errc() && end == digits + 2;
  }
  if (!valid) {
    return Error{
        .kind = ErrorKind::kInvalid,
        .message = fmt::format("this is no key: it must be \"{}\" and 32 hex digits", kPrefix),
        .hint = "pass what hapax keys export printed"};
  }
  return key;
}

KeyFile::KeyFile(std::string data_directory, Storage& storage)
    : directory_(std::move(data_directory)), path_(directory_ + "/" + kName), storage_(storage) {}

Result<std::optional<HashKey>> KeyFile::read() const {
  HAPAX_ASSIGN(const bool there, storage_.exists(path_));
  if (!there) {
    return std::optional<HashKey>();
  }
  HAPAX_ASSIGN(const auto file, storage_.open(path_, OpenMode::kRead));
  std::string text(kFileBytesMax, '\0');
  HAPAX_ASSIGN(const auto size, file->read_at(0, std::as_writable_bytes(std::span(text))));
  text.resize(size);
  auto key = parse_key(text);
  if (!key) {
    return Error{.kind = ErrorKind::kCorrupt,
                 .message = fmt::format("{} holds no key", path_),
                 .hint = "restore it from a backup, or hapax keys import what was exported"};
  }
  return std::optional(*key);
}

Result<HashKey> KeyFile::require() const {
  HAPAX_ASSIGN(const auto key, read());
  if (!key) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("there is no key in {}", path_),
                 .hint =
                     "name the server's data directory with --data-dir, or hapax keys import "
                     "what was exported"};
  }
  return *key;
}

Result<HashKey> KeyFile::read_or_make(Random& random) const {
  HAPAX_ASSIGN(const auto key, read());
  if (key) {
    return *key;
  }
  HAPAX_ASSIGN(const bool data, has_data());
  if (data) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("{} is missing, the key that the data in {} was made with: "
                                        "without it no retry would be recognised",
                                        path_, directory_),
                 .hint = "restore it from a backup, or hapax keys import what was exported"};
  }
  HashKey made;
  for (std::size_t i = 0; i < made.bytes.size(); ++i) {
    made.bytes[i] = static_cast<unsigned char>(random.next());
  }
  HAPAX_TRY(write(made));
  return made;
}

Result<void> KeyFile::import(const HashKey& key) const {
  HAPAX_ASSIGN(const auto present, read());
  if (present && *present != key) {
    return Error{
        .kind = ErrorKind::kInvalid,
        .message = fmt::format("{} holds another key, which its data was made with", path_),
        .hint = "import into a directory without data"};
  }
  return present ? Result<void>() : write(key);
}

Result<bool> KeyFile::has_data() const {
  for (const char* part : {"/log", "/state", "/base"}) {
    HAPAX_ASSIGN(const bool there, storage_.exists(directory_ + part));
    if (!there) {
      continue;
    }
    HAPAX_ASSIGN(const auto names, storage_.list(directory_ + part));
    if (!names.empty()) {
      return true;
    }
  }
  return false;
}

Result<void> KeyFile::write(const HashKey& key) const {
  HAPAX_TRY(storage_.create_directories(directory_));
  return write_whole_file(storage_, directory_, kName, to_text(key) + "\n");
}

}  // namespace hapax
