// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace hapax {

/// One event as a test makes it, owning its strings.
struct PlainEvent {
  std::string source;
  std::string id;
  std::string name;
  std::string user;
  std::int64_t event_micros = 0;
  std::int64_t received_micros = 0;
};

/// What events_per_minute must come to: the definition, with no thought of speed or order. Shares
/// no code with the processor. `received_micros` must not go down for the events of one id.
class NaiveViews {
 public:
  /// Ids are known for `window_micros`, in quarters of it as docs/adr/0001 says; 0: for ever.
  explicit NaiveViews(std::int64_t window_micros = 0) : quarter_((window_micros + 3) / 4) {}

  using CellKey = std::tuple<std::int64_t, std::string, std::string>;  // Minute, source, name.
  struct Cell {
    std::uint64_t count = 0;
    std::set<std::string> users;
  };

  void add(const PlainEvent& event) {
    const std::int64_t span = quarter_ == 0 ? 0 : event.received_micros / quarter_;
    const auto [first, inserted] = ids_.try_emplace({event.source, event.id}, span);
    if (!inserted && span - first->second <= 4) {
      ++duplicates_;
      return;
    }
    first->second = span;
    constexpr std::int64_t kMinute = 60'000'000;
    std::int64_t minute = event.event_micros / kMinute;
    if (minute * kMinute > event.event_micros) {
      --minute;
    }
    Cell& cell = cells_[{minute, event.source, event.name}];
    ++cell.count;
    cell.users.insert(event.user);
  }

  const std::map<CellKey, Cell>& cells() const { return cells_; }
  std::uint64_t duplicates() const { return duplicates_; }

 private:
  std::int64_t quarter_;
  std::map<std::pair<std::string, std::string>, std::int64_t> ids_;  // Span in which it counted.
  std::map<CellKey, Cell> cells_;
  std::uint64_t duplicates_ = 0;
};

}  // namespace hapax
