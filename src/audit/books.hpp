// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "ports/audit_report.hpp"
#include "record/event.hpp"
#include "stream/dedup_index.hpp"
#include "stream/partials.hpp"

namespace hapax {

/// The accounts of some events, by source.
class Accounts {
 public:
  SourceAudit& of(std::string_view source);
  const std::map<std::string, SourceAudit, std::less<>>& by_source() const { return accounts_; }
  /// As if what was entered in `other` had been entered here too.
  void combine(const Accounts& other);

  void encode(ByteWriter& out) const;
  /// With so many of the figures; the others are 0.
  void restore(ByteReader& in, std::size_t figures, std::size_t digests);

 private:
  std::map<std::string, SourceAudit, std::less<>> accounts_;
};

/// The account of every source (C7): received = accepted + rejected, accepted = unique + duplicate,
/// unique = on time + late. What was counted is the account of the views (TallyBySource), so that
/// the two can differ. What came while our clock was in doubt is kept apart by epoch
/// (partials.hpp). Threading: one owner.
class Books {
 public:
  /// A record that was set aside as a dead letter, under `epoch`.
  void enter_rejected(const EventView& event, const Hash128& id, ClockEpoch epoch);
  /// An event; `late` says nothing about repetitions.
  void enter(const EventView& event, const Hash128& id, Seen seen, bool late, ClockEpoch epoch);

  void merge_epoch(ClockEpoch epoch) { partials_.merge(epoch); }
  /// Those of which there are accounts of their own.
  std::vector<ClockEpoch> epochs() const { return partials_.epochs(); }

  /// Of all epochs together.
  std::vector<SourceAudit> sources() const;

  /// Of `source`, or of all. Nothing when it has no event.
  std::optional<NewestEvent> newest(const std::optional<std::string>& source) const;

  void encode(ByteWriter& out) const;
  /// Figures that an older version did not keep are 0. Errors: kInvalid, more figures than known.
  Result<void> restore(ByteReader& in);

 private:
  Partials<Accounts> partials_;
};

}  // namespace hapax
