// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "bytes/bytes.hpp"
#include "views/runtime/view_account.hpp"

namespace hapax {

/// How many events of each source, and which.
/// Threading: one owner.
class TallyBySource {
 public:
  using Sources = std::map<std::string, EventTally, std::less<>>;

  TallyBySource() = default;
  TallyBySource(const TallyBySource&) = delete;
  TallyBySource& operator=(const TallyBySource&) = delete;

  EventTally& of(std::string_view source);
  const Sources& sources() const { return sources_; }

  /// Format: docs/formats/state.md, "counted".
  void encode(ByteWriter& out) const;
  /// Adds what was encoded.
  void restore(ByteReader& in);

 private:
  Sources sources_;
  Sources::value_type* last_ = nullptr;  // Most events are of the source of the one before.
};

}  // namespace hapax
