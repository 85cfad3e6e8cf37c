// SPDX-License-Identifier: Apache-2.0
#include "read/live_feed.hpp"

#include <algorithm>
#include <utility>

#include "core/thread_name.hpp"
#include "http/error_response.hpp"

namespace hapax {

/// One stream, from the request on. It belongs to the answer, then to the stream, so that it goes
/// with its client.
struct LiveFeed::Reader {
  explicit Reader(std::shared_ptr<Shared> of) : shared(std::move(of)) {}

  const std::shared_ptr<Shared> shared;
  std::weak_ptr<HttpStream> stream;  ///< Set under mutex_: attached.
  std::atomic<bool> drained{true};
  std::uint64_t known = 0;  ///< Of the thread: the last frame that was sent; 0: none.
};

/// One query with its streams.
struct LiveFeed::Shared {
  Shared(const LiveQuery& query, const LiveChannel::Limits& limits, const Clock& clock)
      : channel(query, limits, clock) {}

  // Under mutex_.
  std::vector<std::weak_ptr<Reader>> readers;
  SharedMoment begins_with;  ///< Not yet taken.
  bool begun = false;
  std::uint64_t known_updates = 0;  ///< Those up to here are in begins_with.

  LiveChannel channel;  ///< Of the thread.
};

LiveFeed::LiveFeed(const LiveFeedSettings& settings, MomentSource& source, const Clock& clock)
    : settings_(settings),
      source_(source),
      clock_(clock),
      interval_(settings.interval),
      keep_alive_next_(clock.monotonic() + settings.keep_alive),
      wake_at_(keep_alive_next_),
      thread_([this] { run(); }) {}

LiveFeed::~LiveFeed() {
  stop();
}

void LiveFeed::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  const MutexLock lock(stop_mutex_);
  if (thread_.joinable()) {
    thread_.join();
  }
  const MutexLock follow_lock(follow_mutex_);
  if (std::exchange(follows_, false)) {
    source_.unfollow(*this);
  }
}

void LiveFeed::open(const LiveQuery& query, const HttpHandler::Respond& respond) {
  const auto reader = admit(query);
  if (!reader) {
    respond(error_response(503, "streams_limit",
                           "as many live streams are open as may be; ask again later"));
    return;
  }
  source_.moment([this, reader, respond](const Result<SharedMoment>& moment) {
    respond(moment ? accept(reader, *moment) : error_response(moment.error()));
  });
}

/// Follows first, so that no change falls between the moment that it begins with and the next.
std::shared_ptr<LiveFeed::Reader> LiveFeed::admit(const LiveQuery& query) {
  const MutexLock follow_lock(follow_mutex_);
  std::shared_ptr<Reader> reader;
  {
    const MutexLock lock(mutex_);
    const auto found = shared_.find(query);
    const bool is_new = found == shared_.end();
    if (count_streams() >= settings_.streams_limit ||
        (is_new && shared_.size() >= settings_.queries_limit)) {
      return nullptr;
    }
    auto& shared = is_new ? shared_[query] : found->second;
    if (!shared) {
      shared = std::make_shared<Shared>(query, settings_.limits, clock_);
    }
    reader = std::make_shared<Reader>(shared);
    shared->readers.push_back(reader);
  }
  if (!std::exchange(follows_, true)) {
    source_.follow(*this);
  }
  return reader;
}

HttpResponse LiveFeed::accept(const std::shared_ptr<Reader>& reader, const SharedMoment& moment) {
  {
    const MutexLock lock(mutex_);
    Shared& shared = *reader->shared;
    if (!std::exchange(shared.begun, true)) {
      shared.begins_with = moment;
      shared.known_updates = updated_;
    }
  }
  return {.content_type = "text/event-stream",
          .body = "retry: 1000\n\n",
          // A proxy that collected pieces, to compress or to buffer them, would hold them back.
          .headers = {{"Cache-Control", "no-cache, no-transform"}, {"X-Accel-Buffering", "no"}},
          .on_stream = [this, reader](const std::shared_ptr<HttpStream>& stream) {
            attach(reader, stream);
          }};
}

void LiveFeed::attach(const std::shared_ptr<Reader>& reader,
                      const std::shared_ptr<HttpStream>& stream) {
  stream->on_drained([this, reader] {
    reader->drained = true;
    wake();
  });
  bool is_served = false;
  {
    const MutexLock lock(mutex_);
    reader->stream = stream;
    is_served = reader->shared->begun;
  }
  is_served ? wake() : stream->disconnect();
}

void LiveFeed::on_moment(const SharedMoment& moment, const std::shared_ptr<const CellRun>& changed,
                         bool continues) {
  const MutexLock lock(mutex_);
  updates_.push_back(
      {.moment = moment, .changed = changed, .continues = continues, .number = ++updated_});
  woken_ = true;
  wake_.notify_one();
}

void LiveFeed::wake() {
  const MutexLock lock(mutex_);
  woken_ = true;
  wake_.notify_one();
}

std::size_t LiveFeed::stream_count() const {
  const MutexLock lock(mutex_);
  return count_streams();
}

std::size_t LiveFeed::count_streams() const {
  std::size_t count = 0;
  for (const auto& [query, shared] : shared_) {
    count += static_cast<std::size_t>(std::ranges::count_if(
        shared->readers, [](const auto& reader) { return !reader.expired(); }));
  }
  return count;
}

void LiveFeed::run() {
  name_thread("live feed");
  while (wait()) {
    const Time began = clock_.monotonic();
    const bool keep_alive = began >= keep_alive_next_;
    if (keep_alive) {
      keep_alive_next_ = began + settings_.keep_alive;
    }
    for (const auto& shared : shareds_) {
      if (!serve(*shared, keep_alive)) {
        give_up(*shared);
      }
    }
    round_updates_.clear();
    plan(began);
    shareds_.clear();
    forget_unread();
  }
}

/// False when it cannot go on: what it shows cannot be read, or there is no memory for it.
bool LiveFeed::serve(Shared& shared, bool keep_alive) noexcept {
  try {
    for (const Update& update : round_updates_) {
      if (update.number > shared.known_updates) {
        shared.channel.take(update.moment, update.changed, update.continues);
      }
    }
    if (!shared.channel.advance(interval_)) {
      return false;
    }
    send(shared, keep_alive);
    return true;
  } catch (...) {
    return false;
  }
}

/// Closes its streams. The next one begins anew.
void LiveFeed::give_up(Shared& shared) {
  shared.channel.end();
  {
    const MutexLock lock(mutex_);
    shared.begun = false;
  }
  for (const auto& reader : readers_of(shared)) {
    if (const auto stream = reader->stream.lock()) {
      stream->disconnect();
    }
  }
}

/// Sets what a round is about.
bool LiveFeed::wait() {
  const Time sleep = wake_at_ - clock_.monotonic();
  const MutexLock lock(mutex_);
  wake_.wait_for(mutex_, sleep, [this]() HAPAX_REQUIRES(mutex_) { return woken_ || stopping_; });
  woken_ = false;
  begin_shareds();
  round_updates_.swap(updates_);
  return !stopping_;
}

void LiveFeed::begin_shareds() {
  for (const auto& [query, shared] : shared_) {
    if (shared->begins_with) {
      shared->channel.begin(std::exchange(shared->begins_with, nullptr));
    }
    if (shared->channel.has_begun()) {
      shareds_.push_back(shared);
    }
  }
}

LiveFeed::Readers LiveFeed::readers_of(const Shared& shared) const {
  const MutexLock lock(mutex_);
  Readers attached;
  for (const auto& weak : shared.readers) {
    if (auto reader = weak.lock(); reader && !reader->stream.expired()) {
      attached.push_back(std::move(reader));
    }
  }
  return attached;
}

void LiveFeed::send(Shared& shared, bool keep_alive) {
  for (const auto& reader : readers_of(shared)) {
    const auto stream = reader->stream.lock();
    if (!stream || !reader->drained) {
      continue;
    }
    auto piece = shared.channel.piece_after(reader->known);
    if (piece) {
      reader->known = shared.channel.frame();
    } else if (keep_alive) {
      piece = std::make_shared<const std::string>(": still here\n\n");
    }
    if (piece) {
      reader->drained = false;
      stream->write(std::move(piece));
    }
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
    wake_at_ = std::min(wake_at_, shared->channel.next().value_or(wake_at_));
  }
}

void LiveFeed::forget_unread() {
  const MutexLock follow_lock(follow_mutex_);
  bool any = false;
  {
    const MutexLock lock(mutex_);
    std::erase_if(shared_, [](const auto& entry) {
      auto& readers = entry.second->readers;
      std::erase_if(readers, [](const auto& reader) { return reader.expired(); });
      return readers.empty();
    });
    any = !shared_.empty();
  }
  if (!any && std::exchange(follows_, false)) {
    source_.unfollow(*this);
  }
}

}  // namespace hapax
