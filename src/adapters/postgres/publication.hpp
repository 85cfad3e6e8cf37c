// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "adapters/postgres/change_pieces.hpp"
#include "adapters/postgres/link.hpp"
#include "adapters/postgres/settings.hpp"
#include "adapters/postgres/texts.hpp"
#include "core/result.hpp"
#include "ports/view_store.hpp"

namespace hapax::postgres {

/// One update on its way, in a transaction of its own. First it locks the row of the partition, so
/// nobody else changes the partition until its end, and reads at which version that stands. If it
/// is to be changed, all pieces follow, some of them ahead of the answers; last the version.
/// Lifetime: it must outlive what it has asked.
class Publication {
 public:
  Publication(PartitionId partition, PartitionUpdate update, const Texts& texts,
              const PostgresSettings& settings);
  Publication(const Publication&) = delete;
  Publication& operator=(const Publication&) = delete;

  /// Asks what is next. To be called whenever the link has run.
  void go_on(Link& link);
  /// How it ended, once it has.
  const std::optional<Result<void>>& outcome() const { return outcome_; }
  /// How it ends if the link is lost now.
  Error outcome_of_loss(const Error& lost) const { return failed_.value_or(lost); }

 private:
  enum class Phase { kBegin, kChange, kEnd };

  Link::Asked asked(Question question);
  void begin(Link& link);
  void take_version(const PGresult& answer);
  void change(Link& link);
  void set_version(Link& link);
  void roll_back(Link& link);

  const PartitionId partition_;
  const PartitionUpdate update_;
  const Texts& texts_;
  const PostgresSettings& settings_;
  ChangePieces pieces_{partition_, update_, texts_, settings_};
  Phase phase_ = Phase::kBegin;
  std::size_t awaited_ = 0;      ///< Answers.
  bool is_needless_ = false;     ///< It stands there already.
  std::optional<Error> failed_;  ///< Why nothing of it is to stay.
  std::optional<Result<void>> outcome_;
};

}  // namespace hapax::postgres
