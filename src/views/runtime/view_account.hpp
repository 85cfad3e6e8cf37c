// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "bytes/bytes.hpp"
#include "core/event_tally.hpp"
#include "views/runtime/by_source.hpp"

namespace hapax {

/// Count (u64), then digest.
void encode_tally(const EventTally& tally, ByteWriter& out);
EventTally decode_tally(ByteReader& in);

/// What a view did with an event.
enum class EventFate : std::uint8_t { kFiltered, kCounted, kExpired, kWithoutKey };

/// What a view did with the events of one source, all of them since it is there, cells that were
/// dropped since included. Each event is one, in however many windows it is:
/// matching = counted + expired + without_key, also of the digests.
struct SourceAccount {
  EventTally matching;  ///< The condition accepts them.
  EventTally counted;   ///< In a cell at least; of a view over keys: in the state of a key.
  EventTally expired;   ///< All of their windows were over, with `keep`, when they were received.
  EventTally without_key;      ///< Of a view over keys: they have none, and are not counted.
  std::uint64_t in_cells = 0;  ///< Counts of events in all cells, or states of keys, together.
  std::uint64_t kind_mismatches = 0;  ///< Tests of a value of another kind, of any event.

  /// One event more. `cells`: so many cells, or states of keys, have it.
  void enter(const Hash128& id, EventFate fate, std::uint64_t cells, std::uint64_t mismatches);
  void add(const SourceAccount& other);
  friend bool operator==(const SourceAccount&, const SourceAccount&) = default;
};

/// Format: docs/formats/views.md.
void encode_account(const SourceAccount& account, ByteWriter& out);
SourceAccount decode_account(ByteReader& in);

/// The view's own account of its events, by source: a function of their set.
/// Threading: one owner.
class ViewAccount : public BySource<SourceAccount> {
 public:
  /// Takes in what `other` did.
  void combine(const ViewAccount& other);
  /// Of all sources together.
  SourceAccount whole() const;
  /// Format: docs/formats/views.md.
  void encode(ByteWriter& out) const;
  /// Takes in what was encoded. False when it is damaged; the account is of no use then.
  [[nodiscard]] bool decode(ByteReader& in);
};

}  // namespace hapax
