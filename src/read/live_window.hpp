// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "read/live_query.hpp"
#include "read/live_totals.hpp"
#include "views/runtime/view_cell.hpp"

namespace hapax {

/// What all rows of a window are.
struct LiveMarks {
  bool is_final = false;
  bool is_current = false;
  double share = 1;  ///< Row::share.

  friend bool operator==(const LiveMarks&, const LiveMarks&) = default;
};

/// The groups of one window, ranked, and what of the first of them is told. All groups are kept:
/// what is shown may fall or go at any time, and another takes its place. Groups and values are as
/// CellRows has them. Cost: log of the groups for a change, `top` steps to tell what is new.
/// Memory: about 250 bytes a group beside its bytes. Threading: one owner. Lifetime: `query` must
/// outlive it.
class LiveWindow {
 public:
  /// `length`: as decode_value() has it.
  LiveWindow(const LiveQuery& query, Microseconds length) : query_(query), length_(length) {}

  /// Takes in a group as it is now; with an empty value it is gone. False when it is damaged.
  [[nodiscard]] bool put(std::string_view group, std::string_view value);

  /// From now on a group that is not put again until end_again() is gone. Cost of both: by the
  /// groups.
  void begin_again() { ++round_; }
  void end_again();

  /// From now on results are scaled up by this share of the keys. Cost: by the groups, if it is
  /// another one.
  void sample(double share);

  /// There is something to tell, if `marks` is what its rows are.
  bool has_news(LiveMarks marks) const { return news_ || marks != marks_; }

  /// Who is told of a window.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_row(std::string_view group, const ViewCellValue& value, LiveMarks marks) = 0;
    virtual void on_left(std::string_view group) = 0;
    virtual void on_other(const LiveOther& other) = 0;
  };
  /// Tells what differs from what was told before: rows, groups that are no longer among the first,
  /// `other`.
  void take_news(LiveMarks marks, Listener& listener);
  /// Tells all that was told up to the last take_news(), as it was then.
  void tell_again(Listener& listener) const;

  /// Nothing is in it, and everybody knows.
  bool is_over() const { return groups_.empty() && told_.empty() && !news_; }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Group {
    std::string value;
    MeasureResult::Answer rank;
    std::uint64_t round = 0;  ///< In which it was put last.
  };
  struct Ranked {
    MeasureResult::Answer rank;
    std::string_view group;  ///< Of the entry in groups_.
  };
  struct IsBefore {
    bool descending;
    bool operator()(const Ranked& left, const Ranked& right) const;
  };
  using Groups = std::map<std::string, Group, std::less<>>;

  std::optional<ViewCellValue> decode(std::string_view value, double share) const;
  bool is_other(std::string_view group) const;
  void put_in(std::string_view group, std::string_view value, const ViewCellValue& decoded);
  void put_out(Groups::iterator group);

  const LiveQuery& query_;
  const Microseconds length_;
  Groups groups_;
  std::set<Ranked, IsBefore> ranks_{
      IsBefore{query_.rows.order && query_.rows.order->descending}};  // Of groups_.
  LiveTotals totals_;                                                 // Likewise.
  std::size_t bytes_ = 0;                                             // Likewise.
  double share_ = 1;
  std::uint64_t round_ = 0;
  bool news_ = false;

  // What was told.
  std::map<std::string, std::string, std::less<>> told_;  // Values, by group.
  LiveOther other_ = LiveTotals().other(query_.rows);
  LiveMarks marks_;
};

}  // namespace hapax
