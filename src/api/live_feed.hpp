#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ports/clock.hpp"
#include "ports/http.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// Sends changed cells to any number of server-sent event streams. A change is rendered once for
/// all of them; without streams the view store is not asked for changes at all. Threading: all
/// calls may run at the same time. Lifetime: store and clock must outlive it, and the store must be
/// stopped or idle when it goes.
class LiveFeed {
 public:
  /// What a new stream gets first: the cells that started within the last kBackfill.
  static constexpr std::chrono::minutes kBackfill{15};
  static constexpr std::chrono::seconds kKeepAlive{15};

  LiveFeed(ViewStore& store, const Clock& clock);
  ~LiveFeed();

  /// Sends the present state, then every change, until the client leaves.
  void add(std::shared_ptr<HttpStream> stream);

  std::size_t stream_count() const;

 private:
  void broadcast(const std::string& piece);
  void keep_alive();

  ViewStore& store_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::shared_ptr<HttpStream>> streams_;  ///< Guarded by mutex_.
  std::uint64_t token_ = 0;                           ///< Guarded by mutex_.
  bool subscribed_ = false;                           ///< Guarded by mutex_.
  bool stopping_ = false;                             ///< Guarded by mutex_.
  std::thread keep_alive_thread_;
};

}  // namespace hapax
