// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "core/result.hpp"
#include "read/row_query.hpp"
#include "views/runtime/row_extent.hpp"

namespace hapax {

/// Queries of views.
/// Threading: all calls may run at the same time. Callbacks run on a thread of the store's, one of
/// a few that all answers share.
class RowStore {
 public:
  using Answer = std::function<void(Result<RowAnswer>)>;

  virtual ~RowStore() = default;

  /// Answers with what was counted when this was called, or with more.
  /// Errors through `answer`: kInvalid, the view is not there any more, or as it was: look it up
  /// again; kTimedOut, `after` was not reached within `wait_max`, with how far the view is;
  /// kInvalid, a receipt for a partition that does not exist; kExhausted, the answer takes more
  /// than a query may, ask for less, or too many wait for theirs; kClosed, shutting down; those of
  /// the store, and what stopped processing.
  virtual void rows(RowQuery query, Answer answer) = 0;

  /// How much a view holds, as far as a query may count. Errors: as rows().
  using ExtentAnswer = std::function<void(Result<RowExtent>)>;
  virtual void extent(std::shared_ptr<const ServedView> view, ExtentAnswer answer) = 0;
};

}  // namespace hapax
