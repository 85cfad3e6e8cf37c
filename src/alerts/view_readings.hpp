// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "alerts/alert_reading.hpp"
#include "ports/clock.hpp"
#include "read/row_store.hpp"
#include "views/runtime/served_views.hpp"

namespace hapax {

/// Finds what a rule watches of a view: its measure over all groups that the query asks for, of one
/// window, as a query for rows would say it. Costs a query, or two for the last complete window;
/// they are bounded as those of users are.
/// Threading: all calls may run at the same time. Lifetime: the parts must outlive it.
class ViewReadings {
 public:
  ViewReadings(RowStore& rows, const ServedViews& served, const Clock& clock)
      : rows_(rows), served_(served), clock_(clock) {}

  /// Where no event is in the window, it is 0 of what counts events, and else nothing. Errors: the
  /// view is not there, or does not have what the rule asks for, or cannot be read now.
  Result<Reading> read(const AlertRule& rule) const;

  /// Whether a view that is there has what the rule asks for. Errors: kInvalid, it has not.
  Result<void> check(const AlertRule& rule) const;

 private:
  Result<RowQuery> query_of(const AlertRule& rule) const;
  Result<RowAnswer> ask(const RowQuery& query) const;
  Result<std::optional<TimeRange>> range_of(const AlertRule& rule, const RowQuery& query) const;

  RowStore& rows_;
  const ServedViews& served_;
  const Clock& clock_;
};

}  // namespace hapax
