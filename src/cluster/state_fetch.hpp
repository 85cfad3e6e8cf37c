// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/restoration_line.hpp"
#include "core/result.hpp"
#include "ports/object_store.hpp"

namespace hapax {

/// Fetches the files of a state, one after the other, when its turn has come. Threading and
/// lifetime: as ManifestChain; `line` must outlive it, too.
class StateFetch {
 public:
  /// So often one file is asked for in a row before the state is given up, for others to have
  /// their turn.
  static constexpr unsigned kTriesOfFile = 8;

  StateFetch(ObjectStore& store, RestorationLine& line, RestorationLine::Kind kind)
      : store_(store), line_(line), kind_(kind) {}
  StateFetch(const StateFetch&) = delete;
  StateFetch& operator=(const StateFetch&) = delete;

  /// Goes on. `names`: always the same, until all of them are here, or keep().
  void step(const std::vector<std::string>& names);
  /// `names` are wanted, in place of those with one that is missing: what they have in common is
  /// here.
  void keep(const std::vector<std::string>& names);

  bool is_here() const { return here_; }
  /// The store does not have this one of them. It goes no further.
  const std::optional<std::string>& missing() const { return missing_; }
  /// That of the store with which a file did not come. For good.
  const std::optional<Error>& failure() const { return failure_; }

  /// Those that are here, in the order of `names`; once. Until they are let go of no other state
  /// is fetched.
  FetchedFiles take_files(const std::vector<std::string>& names);
  /// Of each file that was fetched.
  const std::map<std::string, std::uint64_t>& sizes() const { return sizes_; }
  /// Until it is restored, in words.
  std::string waits_for() const;

 private:
  void fetch(const std::string& name);

  ObjectStore& store_;
  RestorationLine& line_;
  const RestorationLine::Kind kind_;
  bool busy_ = false;  // A call of ours is on its way.
  bool here_ = false;
  RestorationLine::Place turn_;  // Null: it has not asked for one, or has given it away.
  bool has_turn_ = false;
  unsigned tries_ = 0;                        // Of the file that comes next, in a row.
  std::map<std::string, std::string> files_;  // By name.
  std::map<std::string, std::uint64_t> sizes_;
  std::optional<std::string> missing_;
  std::optional<Error> failure_;
};

}  // namespace hapax
