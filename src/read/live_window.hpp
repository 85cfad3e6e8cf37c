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
#include <utility>

#include "read/live_query.hpp"
#include "stream/cell_state.hpp"

namespace hapax {

/// What is shown of the groups that are not.
struct LiveOther {
  std::uint64_t groups = 0;
  std::uint64_t count = 0;  ///< Of events. Users of several groups do not add up.

  friend bool operator==(const LiveOther&, const LiveOther&) = default;
};

/// The first groups of one window by a measure, and what of them is not told yet. Others are not
/// kept: no measure ever falls, so one that is not among the first can only come among them by a
/// change of its own. Groups are as cell_key.hpp encodes them; of equal ones the lesser is first.
/// Threading: one owner.
class LiveWindow {
 public:
  /// Takes in a cell as it is; `added` to its count since it was taken in last, all of it if it was
  /// not. Each change once.
  void take(const LiveQuery& query, std::string_view group, const CellSummary& summary,
            std::uint64_t added);
  /// Everything is to be told again.
  void tell_all();

  bool has_news() const { return news_; }
  LiveOther other() const;

  using VisitCell = std::function<void(std::string_view group, const CellSummary& summary)>;
  using VisitLeft = std::function<void(std::string_view group)>;
  /// Visits all cells. Somebody knows them then, so that they are said to leave when they do.
  void visit_all(const VisitCell& visit);
  /// Visits the cells to be told, and the groups that were told and are no longer among the first;
  /// returns whether `other` is to be told. All is told then.
  bool take_news(const VisitCell& visit, const VisitLeft& left);

 private:
  struct Group {
    CellSummary summary;
    std::uint64_t rank = 0;
    bool told = false;   ///< It was, if not as it is now.
    bool fresh = false;  ///< To be told.
  };
  struct Rank {
    std::uint64_t value;
    std::string_view group;  ///< Of the entry in first_.

    /// The last of the first comes first.
    friend bool operator<(const Rank& left, const Rank& right) {
      return left.value != right.value ? left.value < right.value : left.group > right.group;
    }
  };
  using Groups = std::map<std::string, Group, std::less<>>;

  void change(Groups::value_type& group, const CellSummary& summary, std::uint64_t rank);
  void put_in(std::string_view group, const CellSummary& summary, std::uint64_t rank);
  void put_out_last();

  Groups first_;
  std::set<Rank> ranks_;                               // Of first_.
  std::set<std::string, std::less<>> left_;            // Told, and not in first_ any more.
  std::uint64_t groups_ = 0;                           // Of the window.
  std::uint64_t count_ = 0;                            // Likewise.
  std::uint64_t first_count_ = 0;                      // Of first_.
  std::optional<LiveOther> other_told_ = LiveOther();  // Nothing: not all know the same.
  bool news_ = false;
};

}  // namespace hapax
