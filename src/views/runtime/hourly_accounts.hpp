// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/state_store.hpp"
#include "views/runtime/frozen_view.hpp"
#include "views/runtime/view_account.hpp"

namespace hapax {

/// Where the hours of all views are kept. Format: docs/formats/views.md.
inline constexpr const char* kHoursTable = "hours";

/// The hour (UTC) that holds `time`, by its start.
ProcessingTime hour_start(ProcessingTime time);

/// The key of a row of one view, without the view: by hour, then by source.
std::string hour_key(ProcessingTime hour, std::string_view source);
struct HourKey {
  ProcessingTime hour;
  std::string source;
};
/// Nothing: it is damaged.
std::optional<HourKey> split_hour_key(std::string_view key);

/// A view's own account at one moment: by source, and by hour. Threading: as a value; what it
/// points to does not change.
struct ViewBooks {
  using Accounts = std::map<std::string, SourceAccount, std::less<>>;

  std::string view = {};                             ///< Its id.
  std::shared_ptr<const StateSnapshot> stored = {};  ///< Not null.
  Accounts hot = {};                                 ///< By hour_key(): in place of stored rows.
  ProcessingTime hours_from = {};                    ///< HourlyAccounts::from().
  ProcessingTime complete_from = {};                 ///< What was received from then on is in it.
  Accounts whole = {};                               ///< By source: all events,
  Accounts rest = {};                                ///< and those that are in no hour.

  /// Hours that start at or after it have all of their events; ProcessingTime::min(): all do.
  ProcessingTime whole_from() const;

  /// The rows of [from, to), by key. `visit` returns false to end it. Errors: kCorrupt; those of
  /// StateSnapshot::read().
  using Visit = std::function<bool(const HourKey& key, const SourceAccount& account)>;
  Result<void> read(std::string_view from, std::string_view to, const Visit& visit) const;
};

/// A view's account by the hour in which an event's own record was received, and by source: a
/// function of the set of events and of from(), as ViewAccount is of their set. Of each source
/// rest() and all hours together are the view's account. What has changed since the last write is
/// in memory, the rest in rows of kHoursTable. Threading: one owner. Lifetime: the store must
/// outlive it.
class HourlyAccounts {
 public:
  HourlyAccounts(StateStore& store, std::string view);

  /// Finds where an event is to be entered; nothing changes. Cost: a comparison when the event
  /// before was of the same hour and source; a look into the store for the first of them since the
  /// last write. Errors: kCorrupt; those of the store.
  Result<void> open(ProcessingTime received_at, std::string_view source) {
    const bool is_open = open_.account != nullptr && open_.begin <= received_at &&
                         received_at < open_.end && *open_.source == source;
    return is_open ? Result<void>() : find(received_at, source);
  }
  /// Enters the event that open() was called for just before: SourceAccount::enter().
  void enter(const Hash128& id, EventFate fate, std::uint64_t cells, std::uint64_t mismatches) {
    open_.account->enter(id, fate, cells, mismatches);
    *open_.changed = true;
    changed_ = true;
  }

  /// Takes the hours that are over at `until` out, into rest(): some thousand rows of them, so call
  /// it again and again. Errors: as open(); nothing is taken out then.
  Result<void> drop_before(ProcessingTime until);
  /// On a new one: with `rest`, all that was received up to `newest`, of which the hours are not
  /// known.
  void begin_after(ProcessingTime newest, const ViewAccount& rest);

  /// On one that was made over a log that lacks some of what was received before `received_from`.
  void lack_before(ProcessingTime received_from) {
    complete_from_ = std::max(complete_from_, received_from);
  }

  /// Hours that start at or after it are kept; ProcessingTime::min(): all of them.
  ProcessingTime from() const { return from_; }
  const ViewAccount& rest() const { return rest_; }

  /// What has changed; then, once that is in the store, commit().
  FrozenRows freeze();
  void commit();
  bool dirty() const { return changed_ || is_dropping_; }
  std::size_t memory_bytes() const;

  /// All but the rows; right after freeze(). Format: docs/formats/state.md.
  void encode(ByteWriter& out) const;
  /// On a new one. False when it is damaged.
  [[nodiscard]] bool decode(ByteReader& in);

  /// As of now, but for ViewBooks::whole. `stored`: with all that was written before.
  ViewBooks books(std::shared_ptr<const StateSnapshot> stored) const;

  /// The rows of a view in kHoursTable.
  static StateWrite::Range rows_of(std::string_view view);

 private:
  struct Hot {
    SourceAccount account;
    bool changed = false;  ///< Since the last freeze().
  };
  using Sources = std::map<std::string, Hot, std::less<>>;
  /// What open() found last.
  struct Open {
    ProcessingTime begin = {};
    ProcessingTime end = {};
    const std::string* source = nullptr;
    SourceAccount* account = nullptr;
    bool* changed = nullptr;
  };

  Result<void> find(ProcessingTime received_at, std::string_view source);
  Result<void> sum_stored(ProcessingTime& to, ViewAccount& sum);
  std::string row_key(ProcessingTime hour, std::string_view source) const;

  StateStore& store_;
  const std::string view_;
  std::map<ProcessingTime, Sources> hot_;  // By hour.
  ProcessingTime from_ = ProcessingTime::min();
  ProcessingTime complete_from_ = ProcessingTime::min();  // lack_before().
  ViewAccount rest_;
  bool changed_ = false;      // Anything was entered since the last freeze().
  bool is_dropping_ = false;  // Rows before from_ are still to go.
  Open open_;
};

}  // namespace hapax
