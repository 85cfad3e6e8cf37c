// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "collector/collector.hpp"
#include "collector/refusal.hpp"
#include "collector/segment_event.hpp"
#include "core/result.hpp"

namespace hapax {

/// What became of a request's events, as its answer tells it once they are durable.
struct Outcome {
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::string errors;  ///< Elements of a JSON array.

  void add_error(std::size_t index, std::string_view message_id, const Problem& problem);
};

/// 200 with the receipt and the events that were not accepted.
IngestResponse success_answer(const Outcome& outcome, std::string_view receipt);

IngestResponse refusal_answer(const Refusal& refusal);

/// 413: the records of one request are one append, and this one's would be too large.
Refusal batch_too_large();

/// Where the log said no to an append.
enum class AppendStage { kQueue, kWrite };

/// Why the log did not take a request's records. Every SDK that retries at all retries a 503; 413
/// is for what no retry would change.
Refusal refusal_of(const Error& error, AppendStage stage);

/// The refusal of a request that `exception` ended: 503 out_of_memory, or 500 internal_error.
Refusal refusal_of(const std::exception& exception);

}  // namespace hapax
