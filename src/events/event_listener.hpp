// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "events/event_sampler.hpp"
#include "events/raw_event_filter.hpp"
#include "read/live_outlet.hpp"

namespace hapax {

struct EventListenerSettings {
  /// Above it a listener gets a share of its events.
  std::uint64_t events_per_second_max = 100;
  /// That wait for a client: beyond either the oldest are skipped.
  std::size_t waiting_max = 200;
  std::size_t waiting_bytes_max = 1U << 20U;
  /// Least time between two frames; the first event after a silence comes at once.
  std::chrono::milliseconds interval{50};
};

/// One stream of raw events: what of them it asks for, what waits for its client, and what that
/// one has missed. Threading: attach() and the outlet's on_drained() anywhere; the rest by one
/// owner.
class EventListener {
 public:
  using Time = std::chrono::nanoseconds;             ///< Monotonic.
  using Entry = std::shared_ptr<const std::string>;  ///< JSON; all listeners share it.

  EventListener(RawEventFilter filter, const EventListenerSettings& settings)
      : filter_(std::move(filter)), settings_(settings), sampler_(settings.events_per_second_max) {}

  LiveOutlet& outlet() { return outlet_; }
  const RawEventFilter& filter() const { return filter_; }

  /// Whether it gets an event that its filter matches; else it is skipped. `key`: event_key().
  bool takes(std::uint64_t key, Time now);
  void add(Entry entry);
  /// So many records that it may have asked for are not shown.
  void skip(std::uint64_t records) { skipped_ += records; }

  /// Sends a last piece, if there is memory for it; nothing more is sent then.
  void end(const Entry& last) noexcept;
  bool is_over() const { return is_over_; }

  /// Sends what waits, or `keep_alive`, when its time has come and the client takes it.
  void send(Time now, bool keep_alive);
  /// When to call send() again at the latest; nothing: after the next event, or when the client has
  /// what was sent.
  std::optional<Time> next() const;

 private:
  bool has_news() const { return !begun_ || !waiting_.empty() || skipped_ > 0; }
  std::string frame();

  const RawEventFilter filter_;
  const EventListenerSettings settings_;
  EventSampler sampler_;
  LiveOutlet outlet_{1};
  LiveOutlet::Lane lane_;
  std::deque<Entry> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t skipped_ = 0;  ///< Since the last frame.
  bool begun_ = false;         ///< The first frame, which may be empty, was sent.
  bool is_blocked_ = false;    ///< The client has not got what was sent.
  bool is_over_ = false;
  Time next_frame_{};
};

}  // namespace hapax
