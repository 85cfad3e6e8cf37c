#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "adapters/http/http_server.hpp"

namespace hapax {

/// What all connections of one server share.
/// Threading: settings and handler are constant, counters are atomic.
struct HttpShared {
  const HttpServerSettings settings;
  HttpHandler& handler;
  std::atomic<bool> stopping{false};
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> connections_accepted{0};
  std::atomic<std::uint64_t> connections_timed_out{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> requests_refused{0};
  std::atomic<std::uint64_t> body_bytes_in_flight{0};
  std::atomic<std::uint64_t> streams_dropped{0};
};

/// A share of body_bytes_in_flight_limit, given back when it goes.
class BodyReservation {
 public:
  explicit BodyReservation(HttpShared& shared) : shared_(shared) {}
  BodyReservation(const BodyReservation&) = delete;
  BodyReservation& operator=(const BodyReservation&) = delete;
  ~BodyReservation() { release(); }

  /// False when the limit has no room for `bytes`; nothing is held then.
  bool reserve(std::size_t bytes) {
    release();
    const auto before = shared_.body_bytes_in_flight.fetch_add(bytes);
    bytes_ = bytes;
    if (before + bytes > shared_.settings.body_bytes_in_flight_limit) {
      release();
      return false;
    }
    return true;
  }

  void release() {
    shared_.body_bytes_in_flight.fetch_sub(bytes_);
    bytes_ = 0;
  }

 private:
  HttpShared& shared_;
  std::size_t bytes_ = 0;
};

}  // namespace hapax
