// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "adapters/postgres/question.hpp"
#include "adapters/postgres/settings.hpp"
#include "adapters/postgres/texts.hpp"
#include "ports/view_store.hpp"

namespace hapax::postgres {

/// The statements that make the change of an update, one after the other, in pieces of a limited
/// size: an update of any size is there once, and a piece of it.
/// Lifetime: what it is made of must outlive it.
class ChangePieces {
 public:
  ChangePieces(PartitionId partition, const PartitionUpdate& update, const Texts& texts,
               const PostgresSettings& settings);

  /// Nothing: these were all.
  std::optional<Question> next();

 private:
  const StateWrite::Table& table() const { return update_.change.tables[table_]; }
  std::optional<Question> next_of_table();
  std::optional<Question> next_erased();
  std::optional<Question> next_rows();

  const PartitionId partition_;
  const PartitionUpdate& update_;
  const Texts& texts_;
  const PostgresSettings& settings_;
  const bool replaces_all_;  ///< All that was is deleted first, so nothing else need be.
  bool is_begun_ = false;
  std::size_t table_ = 0;  ///< Below: where it is in this one.
  bool was_dropped_ = false;
  std::size_t range_ = 0;
  TableChanges::Place place_;
  std::optional<Question> second_;  ///< Of a piece that has puts and erasures.
};

}  // namespace hapax::postgres
