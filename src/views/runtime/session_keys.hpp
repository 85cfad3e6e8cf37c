// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ports/state_store.hpp"
#include "stream/freezer.hpp"
#include "stream/seeded_text_map.hpp"
#include "views/runtime/key_states.hpp"

namespace hapax {

/// The sessions of each key: events of which each is at most a gap after the one before. So an
/// event may begin a session, extend one, move its start, or make two one. A row of the table is a
/// session: the key, then its first event's time, so that the later ones come first.
/// Memory: a key costs about 330 bytes and itself, a session 100 bytes and its group.
/// Threading: one owner. Lifetime: `store` must outlive it.
class SessionKeys final : public KeyStates {
 public:
  /// Rows that sweeps look at between two freezes: so many, and for each row that was written.
  static constexpr std::size_t kSweepRowsMin = 1'000;
  static constexpr std::size_t kSweepRowsPerWritten = 4;
  static constexpr std::size_t kSweepRowsMax = 20'000;  ///< At once: some milliseconds.
  /// Of a key that comes again after a freeze, so many of its sessions are still in memory.
  static constexpr std::size_t kLastSessions = 4;
  /// A gap beyond any two times: a key has one session.
  static constexpr Microseconds kEndless = Microseconds::max();

  SessionKeys(StateStore& store, std::string table, KeyForm form, Microseconds gap,
              std::uint64_t seed)
      : store_(store),
        table_(std::move(table)),
        form_(form),
        gap_(gap),
        keys_(0, SeededTextHash{.seed = seed}) {}

  Result<void> find(std::string_view key, const KeyState& event, std::span<const Window> windows,
                    std::vector<KeyChange>& changes) override;
  Result<const KeyState*> peek(std::string_view key, const Window& window,
                               EventTime first) override;
  void apply(std::span<KeyChange> changes) override;
  bool has_key(const KeyChange& change) const override;
  Result<void> find_leaving(std::string_view key, const Window& window,
                            std::vector<KeyChange>& changes) override;
  void leave(std::string_view key, const Window& window) override;
  Result<void> visit_keys(const Window& window, const VisitKey& visit) override;

  /// Looks on where the last one ended for stored sessions that are dead: no event will come that
  /// belongs to them, and no cell counts them any more. They go with the next freeze. Cost: see
  /// above; nothing once that is used up. An error of the store ends it, until the next one.
  void sweep(const std::function<bool(const KeyState& state)>& is_dead);

  FrozenRows freeze() override;
  void commit() override;
  /// A key goes on as long as its last session, with the gap.
  std::size_t evict(const Eviction& what) override;
  std::optional<std::uint32_t> oldest() const override { return freezer_.oldest(); }
  bool dirty() const override { return freezer_.has_changes() || !gone_rows_.empty(); }
  std::size_t memory_bytes() const override { return memory_bytes_; }
  std::size_t hot_keys() const override { return keys_.size(); }

 private:
  struct Session {
    KeyState state;
    bool dirty = false;   // Since the last freeze.
    bool stored = false;  // There is a row of it, or will be once the last freeze is written.

    std::size_t bytes() const { return sizeof(Session) + state.bytes(); }
  };
  using Sessions = std::vector<Session>;
  /// Its sessions, ascending: all that begin at or after `known_from`, one then; the others are as
  /// stored.
  struct HotKey : Freezable<Sessions> {
    HotKey() : Freezable(Sessions()) {}

    // For a Freezer.
    std::size_t freeze(Sessions& sessions, std::vector<FrozenRows::Row>& to) const;
    std::size_t bytes(const Sessions& sessions) const;
    // Is the last session that does not begin after `time` here, if there is one?
    bool knows(EventTime time) const { return knows_all || (known_from && *known_from <= time); }

    std::string_view key = {};                 // The name it is found by.
    std::optional<EventTime> known_from = {};  // Nothing: none is known, or all.
    bool knows_all = false;
  };
  using Keys = SeededTextMap<HotKey>;

  EventTime goes_on_to(const KeyState& state) const;
  HotKey& hot_key(std::string_view key);
  Result<void> load(HotKey& hot, EventTime time);
  bool is_known(std::string_view row) const;
  bool has_sessions(const HotKey& hot) const;
  void forget_first(HotKey& hot);
  void forget(HotKey& hot);

  StateStore& store_;
  const std::string table_;
  const KeyForm form_;
  const Microseconds gap_;
  Keys keys_;
  HotKey* found_ = nullptr;      // By find(): the key,
  std::size_t found_at_ = 0;     // where its session is to be,
  std::size_t found_count_ = 0;  // and how many that takes in.
  Freezer<HotKey, Sessions, FrozenRows::Row> freezer_;
  std::set<std::string> gone_rows_;     // Since the last freeze. No session begins there again.
  std::uint64_t changed_sessions_ = 0;  // Since the last freeze, about.
  std::string swept_to_;                // Where the next sweep begins.
  std::size_t rows_to_sweep_ = kSweepRowsMin;
  std::size_t memory_bytes_ = 0;
};

}  // namespace hapax
