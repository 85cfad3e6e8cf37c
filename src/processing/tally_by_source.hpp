// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bytes/bytes.hpp"
#include "views/runtime/by_source.hpp"
#include "views/runtime/view_account.hpp"

namespace hapax {

/// How many events of each source, and which.
/// Threading: one owner.
class TallyBySource : public BySource<EventTally> {
 public:
  /// Of all sources together.
  EventTally whole() const;
  /// Format: docs/formats/state.md, "counted".
  void encode(ByteWriter& out) const;
  /// Adds what was encoded.
  void restore(ByteReader& in);
};

}  // namespace hapax
