// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "cluster/claim.hpp"
#include "core/ids.hpp"

namespace hapax {

/// What has been decided of the events of one partition that are not counted durably, as it comes
/// from the topic of verdicts: in any order, and more than once. The first that was said of an
/// event holds. Another that differs from it says that two judges did not agree, which cannot be
/// unless one of their logs was changed: it is counted, and somebody must look.
/// Threading: one owner.
class AwaitedVerdicts {
 public:
  /// `at`: where the topic of verdicts has `block`.
  void tell(Offset at, const VerdictBlock& block);
  /// Nothing if it was not decided yet, or is below what was forgotten.
  std::optional<Verdict> of(Offset event) const;
  /// What was said of events below `counted` is of no use any more.
  void forget_below(Offset counted);

  /// Where a reader of the topic finds all that was said of events from `counted` on. `read`: how
  /// far the topic was read.
  Offset needed_from(Offset counted, Offset read) const;

  std::uint64_t contradictions() const { return contradictions_; }

 private:
  struct Told {
    Offset at;
    std::optional<Verdict> verdict;
  };
  /// Of so many events in a row.
  static constexpr std::uint64_t kPage = 512;
  using Page = std::array<Told, kPage>;

  std::map<std::uint64_t, Page> pages_;  // By the number of the first event over kPage.
  Offset floor_ = {};
  std::uint64_t contradictions_ = 0;
};

}  // namespace hapax
