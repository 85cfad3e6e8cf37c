// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/state_store.hpp"
#include "record/log_place.hpp"
#include "views/runtime/row_snapshot.hpp"

namespace hapax {

/// The views of a moment, by id.
using DeclaredRows = std::map<std::string, std::shared_ptr<const RowSnapshot>, std::less<>>;

/// The views as they were at one moment, unchanging.
struct ViewMoment {
  std::shared_ptr<const StateSnapshot> stored;  ///< That the views are read of.
  LogPlace processed;
  EventTime watermark;
  DeclaredRows declared = {};  ///< Of those that somebody reads.

  /// False: the store is read no more, and this with it.
  bool is_open() const { return stored->is_open(); }
};
using SharedMoment = std::shared_ptr<const ViewMoment>;

/// By id of a declared view, sorted: the cells that differ from those of the moment before, and
/// perhaps others.
using RowChanges = std::map<std::string, std::shared_ptr<const CellRows>, std::less<>>;

/// Follows views from moment to moment, one after the other. Calls must not block.
class MomentListener {
 public:
  virtual ~MomentListener() = default;

  /// What changed in a view of the moment that is not in `changes` is not known. A view that was
  /// there and is not in the moment may be gone: moment() says.
  virtual void on_moment(const SharedMoment& moment, const RowChanges& changes) = 0;
};

/// Gives moments of declared views.
/// Threading: all calls may run at the same time; callbacks run on one thread.
class MomentSource {
 public:
  virtual ~MomentSource() = default;

  /// Calls `listener` with each moment from now on, as changes of `views` (by id; in place of those
  /// it named before) come, until unfollow() has returned.
  virtual void follow(MomentListener& listener, std::set<std::string> views) = 0;
  virtual void unfollow(MomentListener& listener) = 0;

  /// Answers with a moment made after this call that has `view`; moments that `follow` tells of are
  /// told before it when they are older, and after it when they are newer. Errors: as
  /// RowStore::rows().
  using Answer = std::function<void(Result<SharedMoment>)>;
  virtual void moment(const std::string& view, Answer answer) = 0;
};

}  // namespace hapax
