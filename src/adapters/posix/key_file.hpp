// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "hash/id_hasher.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// The key of a data directory's id hashes, in the file `id.key` there: one line, "hapax-id-key-1"
/// and 32 hex digits. Log and state are unreadable as numbers without it, so it is part of every
/// backup, and every machine that shares the data has the same one.
class KeyFile {
 public:
  /// Lifetime: `storage` must outlive it.
  KeyFile(std::string data_directory, Storage& storage);

  /// The key; nothing when there is no file. Errors: kCorrupt, with the path.
  Result<std::optional<HashKey>> read() const;

  /// The key of data that is there. Errors: kInvalid, there is none; kCorrupt; those of the
  /// storage.
  Result<HashKey> require() const;

  /// The key, made at random and durable when the directory holds no data yet.
  /// Errors: kInvalid, the directory has a log or a state but no key; kCorrupt; those of the
  /// storage.
  Result<HashKey> read_or_make(Random& random) const;

  /// Makes `key` the directory's. Errors: kInvalid, it has another one.
  Result<void> import(const HashKey& key) const;

 private:
  Result<void> write(const HashKey& key) const;
  Result<bool> has_data() const;

  const std::string directory_;
  const std::string path_;
  Storage& storage_;
};

/// The line of the file, without its end.
std::string to_text(const HashKey& key);
/// Errors: kInvalid. Spaces and line ends around it do not matter.
Result<HashKey> parse_key(std::string_view text);

}  // namespace hapax
