#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "collector/collector.hpp"
#include "collector/refusal.hpp"
#include "collector/segment_event.hpp"

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

/// An error body with the keys of every vendor: some SDKs take a body without theirs for a fault of
/// the network and send the same request ten times.
IngestResponse error_answer(int status, std::string_view code, std::string_view message);

/// 503: the log did not take the records. Every SDK that retries at all retries this one.
IngestResponse unavailable_answer(std::string_view code, std::chrono::seconds retry_after);

}  // namespace hapax
