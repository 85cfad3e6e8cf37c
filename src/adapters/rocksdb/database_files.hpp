// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "ports/portable_store.hpp"

namespace hapax {

/// One of the files that a database is made of.
struct DatabaseFile {
  std::string name;
  std::string path;        ///< Where its bytes are,
  std::uint64_t size = 0;  ///< so many of them,
  std::string content;     ///< unless they are here.
  bool immutable = false;  ///< Nobody ever changes it: it may have several names.
};

/// Of an open database, as it is now. Its tables may go at any time unless their deletion is held.
Result<std::vector<DatabaseFile>> files_of(rocksdb::DB& db);
/// The bytes of those that make it elsewhere, but for tables that are known. Deletion must be held.
Result<std::vector<StateFile>> bytes_of(rocksdb::DB& db, const PortableStore::IsKnown& is_known,
                                        rocksdb::Env& env);
/// Of one that nobody has open.
Result<std::vector<DatabaseFile>> files_in(const std::string& directory, rocksdb::Env& env);

/// Whether there is a database in `directory`, whole or damaged.
bool holds_database(const std::string& directory, rocksdb::Env& env);

/// Makes a folder in one that is there; durable, and fine if it exists.
Result<void> make_directory(const std::string& path, rocksdb::Env& env);

/// Makes a database of `files` in `directory`, which holds none. It is there once its file CURRENT
/// is, which comes last, when all others are durable: after a crash there is all of it or none.
/// Immutable files are linked where the file system can, all others copied.
/// Errors: kExhausted, kUnavailable; there is no database then, or one that may not be durable.
Result<void> place_database(const std::vector<DatabaseFile>& files, const std::string& directory,
                            rocksdb::Env& env);

/// Removes all files in `directory`, CURRENT durably before the others. Errors: kUnavailable.
Result<void> remove_database(const std::string& directory, rocksdb::Env& env);

}  // namespace hapax
