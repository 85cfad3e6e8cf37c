// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench_client/message_ids.hpp"
#include "core/time.hpp"

namespace hapax::bench {

struct BatchSpec {
  std::size_t events = 100;
  std::string write_key = "bench";
  std::string event_name = {};   ///< Of all events; empty: one of ten, each in its turn.
  std::uint64_t users = 10'000;  ///< That take turns by chance.
  std::uint64_t variant = 0;     ///< What the events' properties are drawn from.
};

/// The body of one batch request: {"batch":[...],"sentAt":...,"writeKey":...} with track calls of
/// about 360 bytes. The text is made once; refresh() changes message ids, users and times where
/// they stand, so that a new request costs tens of nanoseconds per event. Threading: one owner.
class BatchBody {
 public:
  explicit BatchBody(const BatchSpec& spec);

  /// Gives every event a new message id, one of the users and a time within the second before
  /// that of `now`. The view is valid until the next call.
  std::string_view refresh(MessageIds& ids, ProcessingTime now);

  std::size_t size() const { return text_.size(); }
  std::size_t events() const { return events_.size(); }

 private:
  /// Where in the text an event's changing parts begin.
  struct Places {
    std::size_t message_id;
    std::size_t timestamp;
    std::size_t user;
    std::size_t anonymous;
  };

  void add_event(const BatchSpec& spec, std::uint64_t number);
  std::size_t add_hole(std::string_view before, std::size_t bytes);

  std::string text_;
  std::vector<Places> events_;
  std::size_t sent_at_ = 0;
  const std::uint64_t users_;
  const std::size_t user_digits_;
};

}  // namespace hapax::bench
