// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <optional>
#include <string>

#include "adapters/rocksdb/state_db.hpp"
#include "core/result.hpp"

namespace hapax {

/// The base of a state: a second database, of what the state was once. Each is in a folder of its
/// own, whose name is a number: the highest that holds a database is the base, others are what came
/// before it or was cut short. It shares its tables with the state as long as that keeps them.
/// Format: docs/formats/state.md. Threading: one owner.
class StateBases {
 public:
  /// Without a directory there is no base, and keep() fails.
  StateBases(std::string directory, const rocksdb::Options& options)
      : directory_(std::move(directory)), options_(options) {}

  /// Finds the base, if there is one, and removes the others. Errors: kUnavailable.
  Result<void> open();
  bool empty() const { return !current_; }

  /// Makes what `db` is now the base. Tables of `db` may go meanwhile. Errors: kExhausted,
  /// kUnavailable, the former base stands.
  Result<void> keep(rocksdb::DB& db);

  /// Makes the database in `state`, which nobody has open, what the base is: all of it, or there is
  /// none. Errors: those of StateDb::open(), nothing is changed; kExhausted, kUnavailable.
  Result<void> restore(const std::string& state) const;

  /// What the root of the base holds under `key`. Errors: as restore().
  Result<std::optional<std::string>> get(const std::string& key) const;

  std::uint64_t bytes() const { return bytes_; }
  std::int64_t made_seconds() const { return made_seconds_; }  ///< 0: there is none.

 private:
  std::string path_of(std::uint64_t number) const;
  std::string current_path() const { return path_of(*current_); }
  Result<std::unique_ptr<StateDb>> open_base() const;
  void remove(std::uint64_t number) const;
  void take_figures();

  const std::string directory_;
  const rocksdb::Options options_;
  std::optional<std::uint64_t> current_;
  std::uint64_t next_ = 1;
  std::uint64_t bytes_ = 0;
  std::int64_t made_seconds_ = 0;
};

}  // namespace hapax
