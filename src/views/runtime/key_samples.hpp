// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "hash/id_hasher.hpp"
#include "ports/state_store.hpp"
#include "views/runtime/frozen_view.hpp"
#include "views/runtime/key_report.hpp"
#include "views/runtime/key_shares.hpp"
#include "views/runtime/key_states.hpp"
#include "views/runtime/last_places.hpp"

namespace hapax {

/// How many keys of a window, or of a view of sessions, have states.
struct KeyLimit {
  std::uint64_t bytes_max = std::uint64_t{4} << 30U;  ///< Of their weight_of(). 1 or more.
  IdHasher hasher = IdHasher();  ///< Stays the same as long as the states are kept.
  /// Of the keys that would go next, so many are in memory, 8 MiB for each window whose keys are a
  /// sample. Beyond them its keys are looked through again. 1 or more. Changes no result.
  std::size_t last_known = 65'536;
};

/// Which keys of each window are counted; of sessions, which of all keys: as many of the first ones
/// by place as weigh `bytes_max` together. So they are a function of the set of keys that ever had
/// an event, whatever the order. A key that did not fit and those behind it are out for good; the
/// first one that is out is stored, with how many keys are in and what they weigh, in a table of
/// its own. Where keys expire, that they are gone is seen when keys are looked through.
/// Threading: one owner. Lifetime: `store` must outlive it.
class KeySamples {
 public:
  /// What scope() makes of windows, where it is not by them.
  static constexpr Window kAll = {.start = EventTime::min(), .end = EventTime::max()};

  struct Kind {
    bool by_window = true;
    bool keys_expire = false;
  };
  KeySamples(StateStore& store, std::string table, const KeyLimit& limit, Kind kind)
      : store_(store), table_(std::move(table)), limit_(limit), kind_(kind) {}

  /// Once, before all else: which keys are out. Errors: kCorrupt; those of the store.
  Result<void> load();

  /// What of the keys share a budget, with those of this window.
  const Window& scope(const Window& window) const { return kind_.by_window ? window : kAll; }
  /// Whether what comes for the key is not counted, as others stand for it.
  bool is_out(const Window& scope, std::string_view key) const;

  struct Room {
    std::vector<std::string> leaving = {};  ///< Keys that have to go, the last one first.
    bool is_kept = true;                    ///< Else the key itself goes behind them.
  };
  /// For a key that is not out and has no state in `states` yet. When the limit was lowered, of
  /// many that have to go some do. Errors: kCorrupt; those of the store. Cost: where it is full,
  /// one in KeyLimit::last_known keys that go looks through all: seconds for a million.
  Result<Room> room_for(const Window& scope, std::string_view key, KeyStates& states);
  /// Does what room_for() said.
  void take(const Window& scope, std::string_view key, const Room& room);

  /// Null: no window's keys are a sample. Another one after each change.
  std::shared_ptr<const KeyShares> shares();
  KeyReport report() const;

  /// As those of ViewCells. A commit also forgets windows that were not asked for since the last.
  FrozenRows freeze();
  void commit();
  void forget_over(EventTime over);
  void drop_before(const Window& first);
  bool dirty() const { return !dirty_.empty() || !dropped_before_.empty(); }
  std::size_t memory_bytes() const;
  const std::string& table() const { return table_; }

 private:
  struct Scope {
    std::uint64_t keys = 0;               // Of those that expire, perhaps some are gone.
    std::uint64_t bytes = 0;              // What they weigh.
    std::optional<LastPlaces> last = {};  // Nothing: it was not needed yet.
    std::uint64_t added = 0;              // Weight since they were looked through.
    bool dirty = false;                   // In dirty_.
    bool frozen = false;                  // In frozen_.
    bool touched = true;                  // Since the last commit().
  };
  struct FirstOut {
    std::string key;
    double share = 1;  // How far its place is behind the first one that there may be.
  };
  using Scopes = std::map<Window, Scope>;

  GroupPlace place_of(std::string_view key) const;
  Result<Scope*> scope_at(const Window& window, KeyStates& states);
  bool knows_enough(const Scope& scope, std::size_t weight) const;
  Result<void> learn(const Window& window, Scope& scope, KeyStates& states, LastPlaces last);
  void note(Scopes::iterator scope);
  void note_out(const Window& window, std::string key);
  template <typename Gone>
  void forget(Gone gone);

  StateStore& store_;
  const std::string table_;
  const KeyLimit limit_;
  const Kind kind_;
  Scopes scopes_;                            // In memory.
  std::map<Window, FirstOut> first_out_;     // Of all whose keys are a sample.
  std::shared_ptr<const KeyShares> shares_;  // Of these; null: they changed since.
  std::vector<Window> dirty_;                // Since the last freeze.
  std::vector<Window> frozen_;               // On their way into the store.
  std::string dropped_before_;               // Rows below it go with the next freeze.
};

}  // namespace hapax
