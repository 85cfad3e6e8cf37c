// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "adapters/postgres/settings.hpp"
#include "core/result.hpp"
#include "ports/view_store.hpp"

namespace hapax {

namespace postgres {
class SessionPool;
}

/// Reads what a PostgresViewStore has published. Connections are made when they are needed; one
/// that is lost fails the read that has it, and the next one connects anew. A read of a snapshot is
/// a transaction: it shows what there is when it reads first, not when the snapshot was taken.
class PostgresViewReader : public ViewStoreReader {
 public:
  /// Connects to nothing yet. Errors: kInvalid, a setting.
  static Result<std::unique_ptr<PostgresViewReader>> open(PostgresSettings settings);

  Result<std::vector<PublishedPartition>> published() override;
  /// Snapshots read nothing any more once this is gone.
  std::shared_ptr<const PartitionsSnapshot> snapshot() override;

 private:
  explicit PostgresViewReader(std::shared_ptr<postgres::SessionPool> pool)
      : pool_(std::move(pool)) {}

  const std::shared_ptr<postgres::SessionPool> pool_;  ///< Reads under way have it as well.
};

}  // namespace hapax
