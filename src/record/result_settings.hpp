// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "record/event.hpp"

namespace hapax {

/// The settings that results depend on. They are in the log, as a control record in every partition
/// from which offset on they hold, so that results are a function of the log alone and a restart
/// under other settings changes nothing that was read before it.
struct ResultSettings {
  Microseconds dedup_window = std::chrono::hours(24 * 7);      ///< More than 0.
  Microseconds out_of_order_bound = std::chrono::seconds(10);  ///< 0 or more.
  Microseconds idle_timeout = std::chrono::seconds(10);        ///< More than 0.

  friend bool operator==(const ResultSettings&, const ResultSettings&) = default;
};

/// Kind of their control records.
constexpr std::string_view kSettingsControl = "settings";

/// The value of the control record. Format: docs/formats/control.md.
std::string encode_result_settings(const ResultSettings& settings);

/// Errors: kCorrupt; kInvalid, written by a newer version.
Result<ResultSettings> decode_result_settings(std::string_view value);

/// What the control record `event` says of the settings; nothing when it is of another kind.
/// Errors: kCorrupt, it is no control record; those of decode_result_settings().
Result<std::optional<ResultSettings>> settings_of(const EventView& event);

/// The settings among `controls`, whole control records of any kind: of the last that says some.
/// Errors: as settings_of(), or one is no record.
Result<std::optional<ResultSettings>> settings_among(std::span<const std::string> controls);

/// A whole record that says `value` to the readers of a partition. `epoch`: the doubt of
/// `received_at`.
std::string encode_control_record(std::string_view kind, std::string_view value,
                                  ProcessingTime received_at, ClockEpoch epoch = kUndoubted);

}  // namespace hapax
