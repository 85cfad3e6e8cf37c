// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tuple>

#include "ports/view_store.hpp"

namespace hapax {

/// What changed lately, by cell and in the order of the changes: a log of which only the newest
/// entry of each cell is kept. Whoever knows everything up to some version needs what comes after
/// it, and however long that took, gets each cell once and with its newest value.
/// Threading: one owner.
class ChangedCells {
 public:
  /// A place in the order of changes. Whoever notes a change gives each of its cells a version.
  using Version = std::uint64_t;

  /// How many versions `change` needs: one for each cell and one for itself, since a change without
  /// cells moves the watermark.
  static std::size_t version_count(const ViewAnswer& change) { return change.cells.size() + 1; }

  /// Notes `change`; its versions end with `last`, above all that were noted before.
  void add(const ViewAnswer& change, Version last);

  /// Visits the cells after `version`, oldest change first, up to the one for which `visit` is
  /// false. Returns the version up to which all is known then.
  Version visit_after(Version version, const std::function<bool(const Cell&)>& visit) const;

  /// Whether everything after `version` is still here.
  bool reaches(Version version) const { return version >= forgotten_; }
  void forget(Version until);
  /// Forgets the oldest changes, so that at most `count` cells are left.
  void keep_newest(std::size_t count);

  Version newest() const { return newest_; }
  std::size_t count() const { return cells_.size(); }
  EventTime watermark() const { return watermark_; }
  EventTime complete_until() const { return complete_until_; }

 private:
  using Name = std::tuple<EventTime, std::string, std::string>;

  std::map<Version, Cell> cells_;
  std::map<Name, Version, std::less<>> versions_;  ///< Of the cells in cells_.
  Version newest_ = 0;
  Version forgotten_ = 0;
  EventTime watermark_;
  EventTime complete_until_;
};

}  // namespace hapax
