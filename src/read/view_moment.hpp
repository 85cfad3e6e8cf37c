// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "stream/cell_key.hpp"
#include "views/runtime/row_snapshot.hpp"
#include "views/view_snapshot.hpp"

namespace hapax {

/// The declared views of a moment, by id.
using DeclaredRows = std::map<std::string, std::shared_ptr<const RowSnapshot>, std::less<>>;

/// The views as they were at one moment, unchanging.
struct ViewMoment {
  ViewSnapshot view;              ///< events_per_minute.
  std::vector<Offset> processed;  ///< The next offset of the log, by partition.
  EventTime watermark;
  DeclaredRows declared = {};  ///< Of those that somebody reads.

  EventTime complete_until() const { return cell_start(watermark); }
};
using SharedMoment = std::shared_ptr<const ViewMoment>;

/// Follows a view from moment to moment, one after the other. Calls must not block.
class MomentListener {
 public:
  virtual ~MomentListener() = default;

  /// `changed`: sorted, the cells that differ from the moment before and perhaps others, each with
  /// what was added to it. Without `continues` that is not known: `changed` may miss some.
  virtual void on_moment(const SharedMoment& moment, const std::shared_ptr<const CellRun>& changed,
                         bool continues) = 0;
};

/// Gives moments of a view.
/// Threading: all calls may run at the same time; callbacks run on one thread.
class MomentSource {
 public:
  virtual ~MomentSource() = default;

  /// Calls `listener` with each moment from now on, as changes come, until unfollow() has returned.
  virtual void follow(MomentListener& listener) = 0;
  virtual void unfollow(MomentListener& listener) = 0;

  /// Answers with a moment made after this call; moments that `follow` tells of are told before it
  /// when they are older, and after it when they are newer. Errors: as ViewStore::query().
  using Answer = std::function<void(Result<SharedMoment>)>;
  virtual void moment(Answer answer) = 0;
};

}  // namespace hapax
