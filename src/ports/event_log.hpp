// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "ports/log_appender.hpp"
#include "ports/log_retention.hpp"
#include "ports/log_source.hpp"

namespace hapax {

/// The durable, partitioned, ordered record of everything accepted, as one machine has it for
/// itself. `design.md` C1, C3. Whoever needs a part of it alone takes that part. What many machines
/// share is a Topic, which has neither control records nor digests: there LogAppender alone fits.
/// Threading: all calls may run at the same time.
class EventLog : public LogAppender, public LogSource, public LogRetention {
 public:
  LogId log_id() const override = 0;
  std::uint32_t partition_count() const override = 0;

  /// Appends one control record (a hapax.v1.Event with field `control`) to every partition as one
  /// unit, in batches of its own; no digest counts it. It is in force from there on, until the next
  /// one of its kind, and is remembered when retention drops it. Otherwise as append().
  /// Errors through `done` also: kInvalid, `record` is no control record, or there is no room for
  /// it among those in force.
  virtual Result<void> append_control(std::string record, AppendDone done) = 0;
};

}  // namespace hapax
