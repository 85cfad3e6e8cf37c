// SPDX-License-Identifier: Apache-2.0
// The thread of LiveFeed: what changed to the states of queries, and their frames to clients.
#include <algorithm>
#include <optional>
#include <utility>

#include "core/thread_name.hpp"
#include "read/live_end.hpp"
#include "read/live_feed_parts.hpp"
#include "read/read_errors.hpp"

namespace hapax {
namespace {

constexpr std::chrono::milliseconds kPauseWithoutMemory{100};
/// How long a stream that is gone, or a query without one, may still be looked at.
constexpr std::chrono::milliseconds kCleanUpInterval{100};

}  // namespace

void LiveFeed::run() {
  name_thread("live feed");
  while (wait()) {
    try {
      go_round();
    } catch (...) {  // No memory. What was gathered is served; the rest is left for the next round.
      wake_at_ = clock_.monotonic() + kPauseWithoutMemory;
    }
    flush();
    shareds_.clear();
    round_updates_.clear();
  }
}

void LiveFeed::go_round() {
  gather();
  const Time began = clock_.monotonic();
  for (const auto& shared : shareds_) {
    serve(shared);
  }
  limit_bytes();
  if (began >= keep_alive_next_) {
    keep_alive_next_ = began + settings_.keep_alive;
    keep_alive();
  }
  flush();
  plan(began);
  if (began >= clean_up_next_) {
    clean_up(began);
  }
}

/// Not in each round: it looks at every stream.
void LiveFeed::clean_up(Time began) {
  const MutexLock follow_lock(follow_mutex_);
  {
    const MutexLock lock(mutex_);
    forget_unread(began - settings_.linger);
  }
  follow_views();
  clean_up_next_ = began + std::min<Time>(settings_.linger, kCleanUpInterval);
}

/// Ends it when it cannot go on: what it shows cannot be read, or there is no memory for it.
void LiveFeed::serve(const std::shared_ptr<Shared>& shared) noexcept {
  try {
    const Result<void> kept_up = keep_up(shared);
    if (const Result<void> sent = kept_up ? send(*shared) : kept_up; !sent) {
      give_up(*shared, sent.error());
    }
  } catch (...) {
    give_up(*shared, {ErrorKind::kExhausted, "no memory", "ask again"});
  }
}

Result<void> LiveFeed::keep_up(const std::shared_ptr<Shared>& shared) {
  LiveChannel& channel = shared->channel;
  SharedMoment begins_with;
  std::uint64_t known_updates = 0;
  {
    const MutexLock lock(mutex_);
    if (const auto error = std::exchange(shared->error, std::nullopt)) {
      return *error;
    }
    begins_with = std::exchange(shared->begins_with, nullptr);
    known_updates = shared->known_updates;
  }
  if (begins_with) {
    HAPAX_TRY(channel.begin(begins_with));
  }
  for (const Update& update : round_updates_) {
    if (channel.has_begun() && update.number > known_updates) {
      HAPAX_ASSIGN(const bool goes_on, channel.take(update.moment, update.changes));
      if (!goes_on) {
        channel.end();
        look_up(shared);
      }
    }
  }
  return channel.has_begun() ? channel.advance(interval_) : Result<void>();
}

/// It is not in a moment: it is gone, or who counts was not asked for it.
void LiveFeed::look_up(const std::shared_ptr<Shared>& shared) {
  source_.moment(shared->channel.view(), [this, shared](const Result<SharedMoment>& moment) {
    const MutexLock lock(mutex_);
    shared->begins_with = moment ? *moment : nullptr;
    shared->error = moment ? std::nullopt : std::optional(moment.error());
    shared->known_updates = updated_;
    wake();
  });
}

/// Ends its streams, and says why. The next one begins anew.
void LiveFeed::give_up(Shared& shared, const Error& error) noexcept {
  // What takes too much would be loaded again, again for nothing, once a second.
  const bool soon = error.kind != ErrorKind::kExhausted;
  shared.channel.end();
  {
    const MutexLock lock(mutex_);
    shared.begun = false;
    for (const auto& weak : shared.readers) {  // Who comes after them is of the next one.
      if (const auto reader = weak.lock()) {
        reader->is_ending = reader->client.outlet.is_open();
      }
    }
  }
  std::string why;
  try {
    why = view_error(error).body;
  } catch (...) {  // No memory to say why.
  }
  while (const auto reader = take_ending(shared)) {
    end(reader, why, soon);
  }
}

/// A stream that is alone takes its connection with it.
void LiveFeed::end(const std::shared_ptr<Reader>& reader, const std::string& error,
                   bool soon) noexcept {
  LiveOutlet& outlet = reader->client.outlet;
  const bool is_alone = reader->name.empty();
  outlet.leave(reader->lane);
  try {
    add_to_round(reader);
    if (!error.empty()) {
      outlet.add(std::make_shared<const std::string>((soon || !is_alone ? "" : "retry: 60000\n") +
                                                     live_end_event(reader->name, error)));
    }
    if (is_alone || error.empty()) {
      outlet.end();
    }
  } catch (...) {  // It ends without a word.
    outlet.end();
    outlet.flush();
  }
}

bool LiveFeed::wait() {
  const Time sleep = wake_at_ - clock_.monotonic();
  const MutexLock lock(mutex_);
  wake_.wait_for(mutex_, sleep, [this]() HAPAX_REQUIRES(mutex_) { return woken_ || stopping_; });
  woken_ = false;
  return !stopping_;
}

/// Sets what a round is about. Updates are taken last, when nothing can fail any more.
void LiveFeed::gather() {
  const Time now = clock_.monotonic();
  const MutexLock lock(mutex_);
  for (const auto& [key, shared] : shared_) {
    shareds_.push_back(shared);
    const bool is_read =
        std::ranges::any_of(shared->readers, [](const auto& reader) { return !reader.expired(); });
    shared->read_at = is_read ? now : shared->read_at;
  }
  round_updates_.swap(updates_);
  update_cells_ = 0;
}

/// One that is to be ended, and is no reader of it any more; null when there is none. Needs no
/// memory.
std::shared_ptr<LiveFeed::Reader> LiveFeed::take_ending(Shared& shared) const {
  std::shared_ptr<Shared> left;  // Goes after the lock.
  const MutexLock lock(mutex_);
  for (auto at = shared.readers.begin(); at != shared.readers.end(); ++at) {
    auto reader = at->lock();
    if (reader && std::exchange(reader->is_ending, false)) {
      left = std::exchange(reader->shared, nullptr);
      shared.readers.erase(at);
      return reader;
    }
  }
  return nullptr;
}

LiveFeed::Readers LiveFeed::readers_of(const Shared& shared) const {
  const MutexLock lock(mutex_);
  Readers attached;
  attached.reserve(shared.readers.size());
  for (const auto& weak : shared.readers) {
    if (auto reader = weak.lock(); reader && reader->client.outlet.is_open()) {
      attached.push_back(std::move(reader));
    }
  }
  return attached;
}

/// To its readers, if there is anything that one of them may lack.
Result<void> LiveFeed::send(Shared& shared) {
  const bool is_awaited = shared.is_awaited.exchange(false);
  if (!is_awaited && shared.channel.frame() == shared.sent) {
    return {};
  }
  for (const auto& reader : readers_of(shared)) {
    HAPAX_TRY(send(shared, reader));
  }
  shared.sent = shared.channel.frame();
  return {};
}

Result<void> LiveFeed::send(Shared& shared, const std::shared_ptr<Reader>& reader) {
  LiveChannel& channel = shared.channel;
  LiveOutlet& outlet = reader->client.outlet;
  if (reader->known == channel.frame() || !outlet.takes(reader->lane)) {
    return {};
  }
  const std::uint64_t had = std::exchange(reader->came_back_with, 0);
  auto missed = channel.missed_since(had);
  reader->known = missed ? had : reader->known;
  if (!missed || missed->empty()) {
    HAPAX_ASSIGN(HttpStream::Piece piece, channel.piece_after(reader->known));
    missed.emplace(piece ? 1 : 0, piece);
  }
  if (!missed->empty()) {
    add_to_round(reader);
    for (const HttpStream::Piece& piece : *missed) {
      outlet.add(reader->lane, piece);
    }
    reader->known = channel.frame();
  } else if (reader->lane.waits) {
    outlet.leave(reader->lane);
    add_to_round(reader);
    outlet.add(still_here_);  // Whom it held up is asked again when that has gone out.
  }
  return {};
}

/// Before something is added to its outlet.
void LiveFeed::add_to_round(const std::shared_ptr<Reader>& reader) {
  if (!reader->client.outlet.has_round()) {
    round_clients_.push_back(std::shared_ptr<Client>(reader, &reader->client));
  }
}

/// Who has got nothing in this round, and has all that was sent.
void LiveFeed::keep_alive() {
  const MutexLock lock(mutex_);
  for (const auto& weak : clients_) {
    const auto client = weak.lock();
    LiveOutlet::Lane lane;
    if (client && client->outlet.is_open() && !client->outlet.has_round() &&
        client->outlet.takes(lane)) {
      round_clients_.push_back(client);
      client->outlet.add(lane, still_here_);
    }
  }
}

void LiveFeed::flush() noexcept {
  for (const auto& client : round_clients_) {
    client->outlet.flush();
  }
  round_clients_.clear();
}

void LiveFeed::limit_bytes() {
  std::size_t bytes = 0;
  Shared* most = nullptr;
  for (const auto& shared : shareds_) {
    const std::size_t kept = shared->channel.bytes();
    bytes += kept;
    most = most == nullptr || kept > most->channel.bytes() ? shared.get() : most;
  }
  if (bytes > settings_.bytes_max) {
    give_up(*most, {ErrorKind::kExhausted,
                    "the windows that are shown hold more groups than live streams may keep",
                    "ask for fewer windows, or for some groups"});
  }
}

/// When the next round is at the latest, and how often frames are made.
void LiveFeed::plan(Time round_began) {
  const Time now = clock_.monotonic();
  const auto busy = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::duration<double, std::nano>(now - round_began) / settings_.busy_share);
  interval_ = std::max(settings_.interval, std::min(busy, settings_.interval_max));
  wake_at_ = keep_alive_next_;
  for (const auto& shared : shareds_) {
    wake_at_ = std::min({wake_at_, shared->channel.next().value_or(wake_at_),
                         std::max(shared->read_at + settings_.linger, clean_up_next_)});
  }
}

}  // namespace hapax
