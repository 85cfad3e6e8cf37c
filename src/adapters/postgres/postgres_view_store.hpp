// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/postgres/settings.hpp"
#include "ports/random.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// Publishes to tables of PostgreSQL (docs/postgres.md) over one connection, one update after the
/// other, each a transaction. The tables are made where there are none.
///
/// While there is no connection calls wait for the next attempt to connect, and are done, or failed
/// with what it was told: so whoever repeats what failed does so after a pause that grows up to
/// seconds. What was under way when a connection is lost has failed with kUnavailable, too.
/// Threading: as the port says; a name of a host is looked up in poll(), which waits for that.
/// Lifetime: `random` must outlive it.
class PostgresViewStore : public PolledViewStore {
 public:
  /// Connects to nothing yet. Errors: kInvalid, a setting.
  static Result<std::unique_ptr<PostgresViewStore>> open(PostgresSettings settings, Random& random);
  ~PostgresViewStore() override;

  void publish(PartitionId partition, PartitionUpdate update, Done done) override;
  void version(PartitionId partition, Found found) override;
  void poll(std::chrono::milliseconds wait_max) override;

 private:
  class Call;
  class PublishCall;
  class VersionCall;
  struct Parts;

  PostgresViewStore(PostgresSettings settings, Random& random);

  void go_on();
  void step(std::chrono::milliseconds wait_max);
  void end_first();

  const std::unique_ptr<Parts> parts_;       ///< What needs the headers of libpq.
  std::deque<std::unique_ptr<Call>> calls_;  ///< The first one is under way.
  std::vector<std::function<void()>> due_;
};

}  // namespace hapax
