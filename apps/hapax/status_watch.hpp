// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/common.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "every_second.hpp"

namespace hapax {

/// What an operator must hear of when it changes. Empty texts: all is well.
struct Status {
  std::string log_error = {};          ///< Why the log takes no events.
  std::string processor_error = {};    ///< Why processing has stopped, for good.
  std::string step_error = {};         ///< Why processing waits and tries again.
  std::string checkpoint_error = {};   ///< Of the last attempt.
  std::string published_error = {};    ///< Why what partitions publish cannot be read.
  std::string base_error = {};         ///< The same of the base.
  std::string compression_error = {};  ///< Why a segment of the log stays raw.
  std::string window_full_from = {};   ///< When the dedup window will be as long as it says.
  bool window_pressure = false;        ///< More ids in the dedup window than the limit.
  bool keys_near = false;              ///< Keys of a view use four fifths of their budget, or more.
  std::uint64_t views_sampled = 0;     ///< Views that count a sample of their keys.
  std::string clock_doubt = {};        ///< Why our clock is in doubt.
  bool names_unlimited = false;        ///< The limit of new names does not hold yet.
  std::string names_refused = {};      ///< Sources whose new names are refused today.
  Microseconds clock_step{};           ///< How far the wall clock is off, while it is not followed.
  bool clock_behind = false;           ///< The clock is behind the events in the log.
  std::uint64_t http_errors = 0;
  std::string http_error = {};  ///< What the last of them said.
};

/// One line for the server's log.
struct StatusLine {
  spdlog::level::level_enum level;
  std::string text;

  friend bool operator==(const StatusLine&, const StatusLine&) = default;
};

/// What to say when `now` follows `before`; nothing of what has stayed the same.
std::vector<StatusLine> status_changes(const Status& before, const Status& now);

/// Looks once a second and logs each change once.
/// Threading: one owner; `look` is called on a thread of its own, and by stop().
class StatusWatch {
 public:
  explicit StatusWatch(std::function<Status()> look);
  ~StatusWatch();

  /// Ends the thread, after a last look.
  void stop();

 private:
  void log_changes();

  const std::function<Status()> look_;
  Status seen_;  ///< Of the thread, then of stop().
  bool stopped_ = false;
  EverySecond thread_;  // Last: runs on all of the above.
};

}  // namespace hapax
