// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "adapters/http/http_server.hpp"
#include "core/mutex.hpp"

namespace hapax {

/// What all connections of one server share.
/// Threading: settings, handler and clock are constant, the rest synchronises itself.
struct HttpShared {
  HttpShared(HttpServerSettings server_settings, HttpHandler& request_handler,
             const Clock& server_clock)
      : settings(std::move(server_settings)), handler(request_handler), clock(server_clock) {}

  const HttpServerSettings settings;
  HttpHandler& handler;
  const Clock& clock;
  std::atomic<bool> stopping{false};
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> connections_accepted{0};
  std::atomic<std::uint64_t> connections_refused{0};
  std::atomic<std::uint64_t> connections_timed_out{0};
  std::atomic<std::uint64_t> accepts_failed{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> requests_refused{0};
  std::atomic<std::uint64_t> body_bytes_in_flight{0};
  std::atomic<std::uint64_t> streams_dropped{0};

  /// Counts an exception that reached the server.
  void count_error(const char* what) {
    const MutexLock lock(mutex_);
    ++errors_;
    error_last_ = what;
  }

  std::pair<std::uint64_t, std::string> errors() const {
    const MutexLock lock(mutex_);
    return {errors_, error_last_};
  }

 private:
  mutable Mutex mutex_;
  std::uint64_t errors_ HAPAX_GUARDED_BY(mutex_) = 0;
  std::string error_last_ HAPAX_GUARDED_BY(mutex_);
};

/// A share of body_bytes_in_flight_limit, given back when it goes.
class BodyReservation {
 public:
  explicit BodyReservation(HttpShared& shared) : shared_(shared) {}
  BodyReservation(const BodyReservation&) = delete;
  BodyReservation& operator=(const BodyReservation&) = delete;
  ~BodyReservation() { release(); }

  /// False when the limit has no room for `bytes` in all; what was held is held on.
  bool grow_to(std::size_t bytes) {
    if (bytes <= bytes_) {
      return true;
    }
    const std::size_t more = bytes - bytes_;
    if (shared_.body_bytes_in_flight.fetch_add(more) + more >
        shared_.settings.body_bytes_in_flight_limit) {
      shared_.body_bytes_in_flight.fetch_sub(more);
      return false;
    }
    bytes_ = bytes;
    return true;
  }

  void release() {
    if (bytes_ > 0) {
      shared_.body_bytes_in_flight.fetch_sub(bytes_);
      bytes_ = 0;
    }
  }

 private:
  HttpShared& shared_;
  std::size_t bytes_ = 0;
};

}  // namespace hapax
