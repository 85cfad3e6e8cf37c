// SPDX-License-Identifier: Apache-2.0
#include "read/live_feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/thread_name.hpp"
#include "http/error_response.hpp"
#include "read/read_errors.hpp"

namespace hapax {
namespace {

constexpr std::chrono::milliseconds kPauseWithoutMemory{100};

void end_stream(HttpStream& stream, const HttpStream::Piece& last) noexcept {
  try {
    if (last) {
      stream.write(last);
    }
  } catch (...) {  // It ends without a word.
  }
  try {
    stream.end();
  } catch (...) {  // Its client ends it.
  }
}

}  // namespace

/// One stream, from the request on. It belongs to the answer, then to the stream, so that it goes
/// with its client.
struct LiveFeed::Reader {
  Reader(std::shared_ptr<Shared> of, std::uint64_t frame)
      : shared(std::move(of)), came_back_with(frame) {}

  const std::shared_ptr<Shared> shared;
  std::weak_ptr<HttpStream> stream;  ///< Set under mutex_: attached.
  bool is_ending = false;            ///< Under mutex_.
  std::atomic<bool> drained{true};
  // Of the thread.
  std::uint64_t came_back_with;  ///< The last frame that it had; 0: none, or it was looked at.
  std::uint64_t known = 0;       ///< The last frame that was sent; 0: none.
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

  LiveChannel channel;  ///< Of the thread.
};

LiveFeed::LiveFeed(const LiveFeedSettings& settings, MomentSource& source, const Clock& clock,
                   Random& random)
    : settings_(settings),
      source_(source),
      clock_(clock),
      random_(random),
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
  if (!std::exchange(followed_, {}).empty()) {
    source_.unfollow(*this);
  }
}

void LiveFeed::open(const LiveQuery& query, const std::string& last_event_id,
                    const HttpHandler::Respond& respond) {
  const auto reader = admit(query, last_event_id);
  if (!reader) {
    respond(error_response(503, "streams_limit",
                           "as many live streams are open as may be; ask again later"));
    return;
  }
  source_.moment(query.rows.view->id, [this, reader, respond](const Result<SharedMoment>& moment) {
    respond(moment ? accept(reader, *moment) : view_error(moment.error()));
  });
}

/// Follows first, so that no change falls between the moment that it begins with and the next.
std::shared_ptr<LiveFeed::Reader> LiveFeed::admit(const LiveQuery& query,
                                                  const std::string& last_event_id) {
  const MutexLock follow_lock(follow_mutex_);
  std::shared_ptr<Reader> reader;
  {
    const MutexLock lock(mutex_);
    const auto shared = count_streams() < settings_.streams_limit ? shared_of(query) : nullptr;
    if (!shared) {
      return nullptr;
    }
    reader = std::make_shared<Reader>(shared, shared->channel.number_of(last_event_id));
    shared->readers.push_back(reader);
  }
  follow_views();
  return reader;
}

/// Null when there are too many.
std::shared_ptr<LiveFeed::Shared> LiveFeed::shared_of(const LiveQuery& query) {
  const auto found = shared_.find(query.key);
  if (found != shared_.end()) {
    return found->second;
  }
  if (shared_.size() >= settings_.queries_limit) {
    forget_unread(Time::max());  // Whoever may come back comes after who is here.
  }
  if (shared_.size() >= settings_.queries_limit) {
    return nullptr;
  }
  auto made = std::make_shared<Shared>(query, fmt::format("{:016x}", random_.next()),
                                       settings_.limits, clock_);
  made->read_at = clock_.monotonic();
  shared_.emplace(query.key, made);
  return made;
}

void LiveFeed::follow_views() {
  std::set<std::string> views;
  {
    const MutexLock lock(mutex_);
    for (const auto& [key, shared] : shared_) {
      views.insert(shared->channel.view());
    }
  }
  if (views == followed_) {
    return;
  }
  if (views.empty()) {
    source_.unfollow(*this);
  } else {
    source_.follow(*this, views);
  }
  followed_ = std::move(views);  // Last: after an exception it is tried again.
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
  is_served ? wake() : stream->end();
}

void LiveFeed::on_moment(const SharedMoment& moment, const RowChanges& changes) {
  std::size_t cells = 0;
  for (const auto& [view, changed] : changes) {
    cells += changed->size();
  }
  const MutexLock lock(mutex_);
  const bool is_too_much = updates_.size() >= settings_.updates_max ||
                           update_cells_ + cells > settings_.update_cells_max;
  if (is_too_much) {
    updates_.clear();
  }
  update_cells_ = is_too_much ? 0 : update_cells_ + cells;
  // Without changes: everybody begins anew with the moment.
  updates_.push_back(
      {.moment = moment, .changes = is_too_much ? RowChanges() : changes, .number = updated_ + 1});
  ++updated_;
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
  for (const auto& [key, shared] : shared_) {
    count += static_cast<std::size_t>(std::ranges::count_if(
        shared->readers, [](const auto& reader) { return !reader.expired(); }));
  }
  return count;
}

void LiveFeed::forget_unread(Time lingering_since) {
  std::erase_if(shared_, [&](const auto& entry) {
    auto& readers = entry.second->readers;
    std::erase_if(readers, [](const auto& reader) { return reader.expired(); });
    return readers.empty() && entry.second->read_at <= lingering_since;
  });
}

void LiveFeed::run() {
  name_thread("live feed");
  while (wait()) {
    try {
      go_round();
    } catch (...) {  // No memory. What was gathered is served; the rest is left for the next round.
      wake_at_ = clock_.monotonic() + kPauseWithoutMemory;
    }
    shareds_.clear();
    round_updates_.clear();
  }
}

void LiveFeed::go_round() {
  gather();
  const Time began = clock_.monotonic();
  const bool keep_alive = began >= keep_alive_next_;
  if (keep_alive) {
    keep_alive_next_ = began + settings_.keep_alive;
  }
  for (const auto& shared : shareds_) {
    serve(shared, keep_alive);
  }
  limit_bytes();
  plan(began);
  const MutexLock follow_lock(follow_mutex_);
  {
    const MutexLock lock(mutex_);
    forget_unread(began - settings_.linger);
  }
  follow_views();
}

/// Ends it when it cannot go on: what it shows cannot be read, or there is no memory for it.
void LiveFeed::serve(const std::shared_ptr<Shared>& shared, bool keep_alive) noexcept {
  try {
    const Result<void> kept_up = keep_up(shared);
    if (const Result<void> sent = kept_up ? send(*shared, keep_alive) : kept_up; !sent) {
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
    woken_ = true;
    wake_.notify_one();
  });
}

/// Ends its streams, and says why. The next one begins anew.
void LiveFeed::give_up(Shared& shared, const Error& error) noexcept {
  // What takes too much would be loaded again, again for nothing, once a second.
  const char* retry = error.kind == ErrorKind::kExhausted ? "retry: 60000\n" : "";
  shared.channel.end();
  {
    const MutexLock lock(mutex_);
    shared.begun = false;
    for (const auto& weak : shared.readers) {  // Who comes after them is of the next one.
      if (const auto reader = weak.lock()) {
        reader->is_ending = !reader->stream.expired();
      }
    }
  }
  HttpStream::Piece last;
  try {
    last = std::make_shared<const std::string>(
        fmt::format("{}event: end\ndata: {}\n\n", retry, view_error(error).body));
  } catch (...) {  // No memory to say why.
  }
  while (const auto reader = take_ending(shared)) {
    if (const auto stream = reader->stream.lock()) {
      end_stream(*stream, last);
    }
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

/// One that is to be ended, once; null when there is none any more. Needs no memory.
std::shared_ptr<LiveFeed::Reader> LiveFeed::take_ending(const Shared& shared) const {
  const MutexLock lock(mutex_);
  for (const auto& weak : shared.readers) {
    if (auto reader = weak.lock(); reader && std::exchange(reader->is_ending, false)) {
      return reader;
    }
  }
  return nullptr;
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

Result<void> LiveFeed::send(Shared& shared, bool keep_alive) {
  LiveChannel& channel = shared.channel;
  for (const auto& reader : readers_of(shared)) {
    const auto stream = reader->stream.lock();
    if (!stream || !reader->drained) {
      continue;
    }
    const std::uint64_t had = std::exchange(reader->came_back_with, 0);
    auto piece = channel.missed_since(had);
    reader->known = piece ? had : reader->known;
    if (!piece || piece->empty()) {
      HAPAX_ASSIGN(piece, channel.piece_after(reader->known));
    }
    if (piece) {
      reader->known = channel.frame();
    } else if (keep_alive) {
      piece = std::make_shared<const std::string>(": still here\n\n");
    }
    if (piece) {
      reader->drained = false;
      stream->write(std::move(piece));
    }
  }
  return {};
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
    wake_at_ = std::min(
        {wake_at_, shared->channel.next().value_or(wake_at_), shared->read_at + settings_.linger});
  }
}

}  // namespace hapax
