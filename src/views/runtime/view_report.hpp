// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/time.hpp"
#include "views/runtime/key_report.hpp"
#include "views/runtime/view_account.hpp"
#include "views/runtime/view_shape.hpp"

namespace hapax {

enum class ViewState : std::uint8_t {
  kLive,         ///< All of the log is counted; it can be read.
  kWaiting,      ///< It is to be made once another one is.
  kBackfilling,  ///< It is being made.
};

/// How far a view that is being made is.
struct BackfillProgress {
  std::uint64_t records_done = 0;   ///< Of the log: read so far, since it began.
  std::uint64_t records_total = 0;  ///< Those and what is to come.
  double records_per_second = 0;    ///< Of late; 0: not known.
};

/// How a declared view stands, for its owner.
struct ViewReport {
  std::string id;
  std::shared_ptr<const ViewShape> shape = {};  ///< Null: it cannot be made.
  ViewState state = ViewState::kLive;
  std::string error = {};          ///< Why it is not made; empty when it is, or will be.
  BackfillProgress progress = {};  ///< Of one that is being made.
  std::optional<EventTime> complete_from = {};  ///< ServedView::complete_from.
  SourceAccount account = {};                   ///< Of all sources.
  std::optional<KeyReport> keys = {};           ///< Of a view whose keys are limited.
  std::size_t hot_cells = 0;                    ///< In memory,
  std::size_t memory_bytes = 0;                 ///< and what they occupy.
  double nanoseconds_per_event = 0;  ///< Of the counting thread, by a sample; 0: not known.
};

}  // namespace hapax
