// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace hapax {

// How much goes through the stages of processing together. An event takes some 400 bytes there; who
// changes one of these should look at the others.

/// Events of a block, for each shard: they are still in the cache of its core when the next stage
/// comes to them. One batch is never cut, however large.
constexpr std::size_t kBlockEventsMax = 1'024;

/// A block of fewer is not worth waking a thread.
constexpr std::size_t kSharedEventsMin = kBlockEventsMax / 4;

/// Events of a batch whose memory is kept for the next one: of one request that is far larger than
/// others are it would be many megabytes.
constexpr std::size_t kKeptEventsMax = 20'000;

/// Ids of a block that dedup fetches ahead, a cache line for each filter: more would push each
/// other out of the first cache before their turn comes.
constexpr std::size_t kFetchedAhead = 16;

}  // namespace hapax
