// SPDX-License-Identifier: Apache-2.0
#include "status_watch.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <exception>
#include <string_view>

namespace hapax {
namespace {

using Lines = std::vector<StatusLine>;

/// What is said of a condition that has a reason: when it begins, when the reason changes, when it
/// ends.
struct Condition {
  spdlog::level::level_enum level;
  std::string_view began;
  std::string_view ended;
};

constexpr Condition kLog{spdlog::level::err, "The log takes no events.",
                         "The log takes events again."};
constexpr Condition kProcessor{spdlog::level::err, "Processing has stopped; events are kept.",
                               "Processing goes on."};
constexpr Condition kStep{spdlog::level::warn, "Processing is interrupted and tries again.",
                          "Processing goes on."};
constexpr Condition kClock{spdlog::level::warn,
                           "Our clock is in doubt: nothing is forgotten, dropped or completed by "
                           "it. If it is right: hapax clock accept. If not, set it, then: hapax "
                           "clock correct.",
                           "Our clock is believed."};
constexpr Condition kCheckpoint{spdlog::level::err, "Checkpoint failed; it is tried again.",
                                "Checkpoints succeed again."};

constexpr Condition kPublished{spdlog::level::err,
                               "What partitions publish cannot be read; queries get 503, and it "
                               "is tried again.",
                               "What partitions publish is read again."};

constexpr Condition kBase{spdlog::level::err,
                          "The base could not be renewed; it is tried again, and the log keeps "
                          "what the base lacks.",
                          "The base is renewed again."};

constexpr Condition kCompression{spdlog::level::warn,
                                 "The log is not compressed as it should be; it is tried again, "
                                 "and nothing is lost meanwhile.",
                                 "The log is compressed again."};

void add_condition(const Condition& condition, const std::string& before, const std::string& now,
                   Lines& lines) {
  if (before == now) {
    return;
  }
  lines.push_back(now.empty()
                      ? StatusLine{spdlog::level::info, fmt::format("msg=\"{}\"", condition.ended)}
                      : StatusLine{condition.level,
                                   fmt::format("msg=\"{}\" error=\"{}\"", condition.began, now)});
}

void add_pressure(bool before, bool now, Lines& lines) {
  if (!before && now) {
    lines.push_back({spdlog::level::warn,
                     "msg=\"More ids are in the dedup window than dedup.ids_limit; none is "
                     "forgotten, memory grows.\""});
  } else if (before && !now) {
    lines.push_back(
        {spdlog::level::info, "msg=\"The dedup window is below dedup.ids_limit again.\""});
  }
}

void add_keys(const Status& before, const Status& now, Lines& lines) {
  if (!before.keys_near && now.keys_near) {
    lines.push_back({spdlog::level::warn,
                     "msg=\"The keys of a view use four fifths of views.keys_bytes_max, or of its "
                     "own limit; beyond it a sample of them is counted.\""});
  }
  if (before.views_sampled < now.views_sampled) {
    lines.push_back({spdlog::level::warn,
                     fmt::format("msg=\"Views count a sample of their keys, as these are more than "
                                 "views.keys_bytes_max, or their own limit; their rows say so.\" "
                                 "views={}",
                                 now.views_sampled)});
  }
}

/// Once when it begins: it ends by itself.
void add_window(const std::string& before, const std::string& now, Lines& lines) {
  if (!now.empty() && before != now) {
    lines.push_back({spdlog::level::info,
                     fmt::format("msg=\"The dedup window became longer than what is remembered: it "
                                 "holds in full from the time given.\" from={}",
                                 now)});
  }
}

void add_names(const Status& before, const Status& now, Lines& lines) {
  if (before.names_unlimited != now.names_unlimited) {
    lines.push_back(
        {spdlog::level::info, now.names_unlimited
                                  ? "msg=\"New event names are not limited until the log is read.\""
                                  : "msg=\"New event names are limited from now on.\""});
  }
  if (before.names_refused != now.names_refused && !now.names_refused.empty()) {
    lines.push_back(
        {spdlog::level::warn,
         fmt::format("msg=\"Events with new names are set aside: as many as names.new_per_day were "
                     "new today.\" sources=\"{}\"",
                     now.names_refused)});
  }
}

/// A step that lasts is said once, however its size changes.
void add_clock(const Status& before, const Status& now, Lines& lines) {
  const bool was_off = before.clock_step != Microseconds(0);
  const bool is_off = now.clock_step != Microseconds(0);
  if (!was_off && is_off) {
    lines.push_back(
        {spdlog::level::err,
         fmt::format("msg=\"The wall clock stepped and is not followed; correct it, or restart to "
                     "accept it.\" step_seconds={:.3f}",
                     std::chrono::duration<double>(now.clock_step).count())});
  } else if (was_off && !is_off) {
    lines.push_back({spdlog::level::info, "msg=\"The wall clock is right again.\""});
  }
  if (!before.clock_behind && now.clock_behind) {
    lines.push_back({spdlog::level::warn,
                     "msg=\"The clock is behind the newest events in the log; one of them is "
                     "wrong.\""});
  }
}

void add_http(const Status& before, const Status& now, Lines& lines) {
  if (now.http_errors != before.http_errors) {
    lines.push_back({spdlog::level::err,
                     fmt::format("msg=\"Requests failed by an exception; please report it.\" "
                                 "count={} error=\"{}\"",
                                 now.http_errors - before.http_errors, now.http_error)});
  }
}

}  // namespace

std::vector<StatusLine> status_changes(const Status& before, const Status& now) {
  Lines lines;
  add_condition(kLog, before.log_error, now.log_error, lines);
  add_condition(kProcessor, before.processor_error, now.processor_error, lines);
  add_condition(kStep, before.step_error, now.step_error, lines);
  add_condition(kCheckpoint, before.checkpoint_error, now.checkpoint_error, lines);
  add_condition(kPublished, before.published_error, now.published_error, lines);
  add_condition(kBase, before.base_error, now.base_error, lines);
  add_condition(kCompression, before.compression_error, now.compression_error, lines);
  add_window(before.window_full_from, now.window_full_from, lines);
  add_condition(kClock, before.clock_doubt, now.clock_doubt, lines);
  add_pressure(before.window_pressure, now.window_pressure, lines);
  add_keys(before, now, lines);
  add_names(before, now, lines);
  add_clock(before, now, lines);
  add_http(before, now, lines);
  return lines;
}

StatusWatch::StatusWatch(std::function<Status()> look)
    : look_(std::move(look)), thread_([this] { log_changes(); }) {}

StatusWatch::~StatusWatch() {
  stop();
}

void StatusWatch::stop() {
  if (!stopped_) {
    stopped_ = true;
    thread_.stop();
    log_changes();
  }
}

/// Catches: out of memory is no reason for the watch to end the process.
void StatusWatch::log_changes() {
  try {
    Status now = look_();
    for (const auto& line : status_changes(seen_, now)) {
      spdlog::log(line.level, line.text);
    }
    seen_ = std::move(now);
  } catch (const std::exception& error) {
    spdlog::error("msg=\"Cannot look after the server's state.\" error=\"{}\"", error.what());
  }
}

}  // namespace hapax
