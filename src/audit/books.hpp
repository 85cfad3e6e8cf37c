#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "ports/view_store.hpp"
#include "record/event.hpp"
#include "stream/dedup_index.hpp"

namespace hapax {

/// The account of every source (C7): received = accepted + rejected, accepted = unique + duplicate,
/// unique = on time + late. What was counted is the view's account (MinuteView::counted), so that
/// the two can differ.
/// Threading: one owner.
class Books {
 public:
  /// A record that was set aside as a dead letter.
  void enter_rejected(const EventView& event, const Hash128& id);
  /// An event; `late` says nothing about repetitions.
  void enter(const EventView& event, const Hash128& id, Seen seen, bool late);

  std::vector<SourceAudit> sources() const;

  void encode(ByteWriter& out) const;
  /// Figures that an older version did not keep are 0. Errors: kInvalid, more figures than known.
  Result<void> restore(ByteReader& in);

 private:
  SourceAudit& account(std::string_view source);

  std::map<std::string, SourceAudit, std::less<>> accounts_;
};

}  // namespace hapax
