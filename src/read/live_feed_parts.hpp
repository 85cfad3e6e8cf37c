// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "read/live_feed.hpp"

namespace hapax {

/// One query of a client, from the request on. A shared_ptr of it is one of its client.
struct LiveFeed::Reader {
  Reader(Client& of, std::shared_ptr<Shared> shared_query, std::uint64_t frame, std::string called);

  Client& client;
  const std::string name;          ///< Of its events; empty: it is alone.
  std::shared_ptr<Shared> shared;  ///< Under mutex_. Null: it has ended.
  bool is_ending = false;          ///< Under mutex_.
  // Of the thread.
  LiveOutlet::Lane lane;
  std::uint64_t came_back_with;  ///< The last frame that it had; 0: none, or it was looked at.
  std::uint64_t known = 0;       ///< The last frame that was sent; 0: none.
};

/// One connection. It belongs to the answer, then to the stream, so that it goes with its client.
struct LiveFeed::Client {
  explicit Client(std::size_t round_bytes) : outlet(round_bytes) {}

  LiveOutlet outlet;            ///< Attached under mutex_.
  std::vector<Reader> readers;  ///< They stay where they are.
};

/// One query with its streams.
struct LiveFeed::Shared {
  Shared(const LiveQuery& query, std::string name, const LiveChannel::Limits& limits,
         const Clock& clock)
      : channel(query, std::move(name), limits, clock) {}

  // Under mutex_.
  std::vector<std::weak_ptr<Reader>> readers;
  Time read_at{};              ///< When there was one.
  SharedMoment begins_with;    ///< Not yet taken.
  std::optional<Error> error;  ///< Likewise: why it cannot begin again.
  bool begun = false;
  std::uint64_t known_updates = 0;  ///< Those up to here are in begins_with.

  /// A reader has come, or can take what it could not.
  std::atomic<bool> is_awaited{false};
  // Of the thread.
  LiveChannel channel;
  std::uint64_t sent = 0;  ///< The last frame that its readers were asked to take.
};

inline LiveFeed::Reader::Reader(Client& of, std::shared_ptr<Shared> shared_query,
                                std::uint64_t frame, std::string called)
    : client(of),
      name(std::move(called)),
      shared(std::move(shared_query)),
      lane{.head = name.empty() ? nullptr
                                : std::make_shared<const std::string>("event: " + name + '\n')},
      came_back_with(frame) {}

}  // namespace hapax
