// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cluster/confirmation.hpp"
#include "cluster/judged_claims.hpp"
#include "cluster/manifest.hpp"
#include "cluster/restoration.hpp"
#include "core/result.hpp"

namespace hapax {

// The state of a partition of claims as the object store has it (docs/formats/cluster.md).

std::string claims_state_name(PartitionId partition);
/// What it is made of.
std::vector<StateTopic> claims_state_topics(Topic& events, Topic& claims, Topic& verdicts);
/// What its owner knows, and the payload of the image.
std::string encode_claims_payload(Offset position, const std::string& image);

/// Brings it into a judge. Threading and lifetime: as Restoration; `judged` must outlive it.
class ClaimsRestoration {
 public:
  ClaimsRestoration(SideWork& side, JudgedClaims& judged) : judged_(judged), restoration_(side) {}

  bool has_begun() const { return restoration_.has_begun(); }
  /// Errors: kCorrupt.
  Result<void> begin(const Manifest& manifest, FetchedFiles fetched);
  /// True once it is over, and the judge has begun where the state ends, `speaks` or not. Errors:
  /// the judge is of no use any more.
  Result<bool> end(bool speaks);
  /// Where the state ends.
  Offset position() const { return position_; }

 private:
  JudgedClaims& judged_;
  Restoration restoration_;
  Offset position_ = {};
};

}  // namespace hapax
