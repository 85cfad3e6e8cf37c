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
/// no code with the processor.
class NaiveViews {
 public:
  using CellKey = std::tuple<std::int64_t, std::string, std::string>;  // Minute, source, name.
  struct Cell {
    std::uint64_t count = 0;
    std::set<std::string> users;
  };

  void add(const PlainEvent& event) {
    if (!ids_.insert({event.source, event.id}).second) {
      ++duplicates_;
      return;
    }
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
  std::set<std::pair<std::string, std::string>> ids_;
  std::map<CellKey, Cell> cells_;
  std::uint64_t duplicates_ = 0;
};

}  // namespace hapax
