// SPDX-License-Identifier: Apache-2.0
#include "access/throttle.hpp"

#include <algorithm>
#include <cmath>

namespace hapax {

std::optional<std::chrono::seconds> Throttle::take(std::string_view peer,
                                                   std::chrono::nanoseconds now) {
  fill(all_, kOfAll, now);
  auto found = peers_.find(peer);
  if (found == peers_.end()) {
    make_room(now);
    found = peers_.emplace(peer, Bucket{kOfAPeer.burst, now}).first;
  }
  Bucket& of_peer = found->second;
  fill(of_peer, kOfAPeer, now);
  if (of_peer.tries < 1 || all_.tries < 1) {
    return std::max(until_one(of_peer, kOfAPeer), until_one(all_, kOfAll));
  }
  of_peer.tries -= 1;
  all_.tries -= 1;
  return std::nullopt;
}

void Throttle::give_back(std::string_view peer) {
  all_.tries = std::min(all_.tries + 1, kOfAll.burst);
  if (const auto found = peers_.find(peer); found != peers_.end()) {
    found->second.tries = std::min(found->second.tries + 1, kOfAPeer.burst);
  }
}

void Throttle::fill(Bucket& bucket, const Rate& rate, std::chrono::nanoseconds now) {
  const std::chrono::duration<double> passed = now - bucket.filled;
  bucket.tries =
      std::min(rate.burst, bucket.tries + passed / std::chrono::duration<double>(rate.one_in));
  bucket.filled = now;
}

std::chrono::seconds Throttle::until_one(const Bucket& bucket, const Rate& rate) {
  const double missing = std::max(0.0, 1 - bucket.tries);
  const auto seconds = std::ceil(missing * static_cast<double>(rate.one_in.count()));
  return std::chrono::seconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(seconds)));
}

void Throttle::make_room(std::chrono::nanoseconds now) {
  if (peers_.size() < kPeersMax) {
    return;
  }
  auto most = peers_.begin();
  for (auto peer = peers_.begin(); peer != peers_.end(); ++peer) {
    fill(peer->second, kOfAPeer, now);
    most = peer->second.tries > most->second.tries ? peer : most;
  }
  peers_.erase(most);
}

}  // namespace hapax
