// SPDX-License-Identifier: Apache-2.0
#include "read/live_feed.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "http/error_response.hpp"
#include "read/view_json.hpp"

namespace hapax {
namespace {

constexpr std::string_view kPieceStart = "data: ";
constexpr std::string_view kPieceEnd = "\n\n";

HttpStream::Piece finish_piece(ViewWriter writer) {
  return std::make_shared<const std::string>(std::move(writer).finish().append(kPieceEnd));
}

}  // namespace

/// One stream, from the request on. It belongs to the answer, then to the stream, so that it goes
/// with its client.
struct LiveFeed::Reader {
  /// Changed under mutex_. Everything up to here is in the state or was sent; without a state yet,
  /// there is nothing to keep for it.
  ChangedCells::Version known = std::numeric_limits<ChangedCells::Version>::max();
  std::weak_ptr<HttpStream> stream;  ///< Set under mutex_: attached.
  std::atomic<bool> drained{true};
  std::optional<Result<ViewAnswer>> arrived;  ///< The next page, set under mutex_.

  // Of the feed's thread once it is attached.
  ViewQuery query;  ///< Of the page that was asked for last.
  ViewAnswer page;  ///< Of the present state; `next` tells whether there are more.
  std::size_t page_sent = 0;
  bool page_done = false;
  bool asked = false;
  /// Before the next page is asked for, changes up to here are sent: what they change may be in
  /// pages that were sent.
  ChangedCells::Version round_end = 0;
  std::shared_ptr<const void> held;  ///< For the page.
};

LiveFeed::LiveFeed(const LiveFeedSettings& settings, ViewStore& store, const Clock& clock,
                   AnswerBudget& answers)
    : settings_(settings),
      store_(store),
      clock_(clock),
      answers_(answers),
      keep_alive_next_(std::chrono::steady_clock::now() + settings.keep_alive),
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
  if (subscribed_.exchange(false)) {
    const MutexLock lock(mutex_);
    store_.unsubscribe(token_);
  }
}

void LiveFeed::open(const HttpHandler::Respond& respond) {
  const auto reader = std::make_shared<Reader>();
  if (!admit(reader)) {
    respond(error_response(503, "streams_limit",
                           "as many live streams are open as may be; ask again later"));
    return;
  }
  const auto now = as_event_time(clock_.now());
  reader->query = {
      .from = now - kBackfill, .to = EventTime::max(), .cells_max = settings_.page_cells};
  // After the subscription, which is there before this is answered: no change falls between them.
  store_.query(reader->query, [this, reader, respond](Result<ViewAnswer> state) {
    respond(state ? accept(reader, std::move(*state)) : error_response(state.error()));
  });
}

bool LiveFeed::admit(const std::shared_ptr<Reader>& reader) {
  const MutexLock lock(mutex_);
  std::erase_if(readers_, [](const auto& one) { return one.expired(); });
  if (readers_.size() >= settings_.streams_limit) {
    return false;
  }
  readers_.push_back(reader);
  subscribe();
  return true;
}

/// One subscription for all streams, whose own first query is for nothing: if
/// even that fails, every stream's query will, too.
void LiveFeed::subscribe() {
  if (subscribed_.exchange(true)) {
    return;
  }
  const ViewQuery nothing{.from = EventTime::max(), .to = EventTime::max()};
  token_ = store_.subscribe(
      nothing,
      [this](const Result<ViewAnswer>& answer) {
        if (!answer) {
          subscribed_ = false;
        }
      },
      [this](const ViewAnswer& change) { note(change); });
}

HttpResponse LiveFeed::accept(const std::shared_ptr<Reader>& reader, ViewAnswer page) {
  reader->held = answers_.take(json_bytes(page));
  if (!reader->held) {
    return answers_overloaded();
  }
  reader->page = std::move(page);
  {
    const MutexLock lock(mutex_);
    reader->known = newest_;
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
  {
    const MutexLock lock(mutex_);
    reader->stream = stream;
  }
  wake();
}

void LiveFeed::note(const ViewAnswer& change) {
  const MutexLock lock(mutex_);
  newest_ += ChangedCells::version_count(change);
  changes_.push_back({change, newest_});
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
  return static_cast<std::size_t>(
      std::ranges::count_if(readers_, [](const auto& reader) { return !reader.expired(); }));
}

void LiveFeed::run() {
  while (wait()) {
    const auto now = std::chrono::steady_clock::now();
    const bool keep_alive = now >= keep_alive_next_;
    if (keep_alive) {
      keep_alive_next_ = now + settings_.keep_alive;
    }
    for (const auto& reader : attached_readers()) {
      take_changes();  // Between any two pieces, so that they never pile up.
      send_next(reader, keep_alive);
    }
    take_changes();
    forget_what_all_know();
  }
}

bool LiveFeed::wait() {
  const MutexLock lock(mutex_);
  wake_.wait_until(mutex_, keep_alive_next_,
                   [this]() HAPAX_REQUIRES(mutex_) { return woken_ || stopping_; });
  woken_ = false;
  return !stopping_;
}

std::vector<std::shared_ptr<LiveFeed::Reader>> LiveFeed::attached_readers() {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<Reader>> attached;
  for (const auto& weak : readers_) {
    if (auto reader = weak.lock(); reader && !reader->stream.expired()) {
      attached.push_back(std::move(reader));
    }
  }
  return attached;
}

void LiveFeed::take_changes() {
  std::vector<Change> changes;
  {
    const MutexLock lock(mutex_);
    changes.swap(changes_);
  }
  for (const Change& change : changes) {
    changed_.add(change.cells, change.last);
  }
  changed_.keep_newest(settings_.changed_cells_limit);
}

void LiveFeed::send_next(const std::shared_ptr<Reader>& reader, bool keep_alive) {
  const auto stream = reader->stream.lock();
  if (!stream) {
    return;
  }
  if (!changed_.reaches(reader->known) || !take_page(*reader)) {
    stream->disconnect();
    return;
  }
  if (!reader->drained) {
    return;
  }
  auto piece = next_piece(reader);
  if (!piece && keep_alive) {
    piece = std::make_shared<const std::string>(": still here\n\n");
  }
  if (piece) {
    reader->drained = false;
    stream->write(std::move(piece));
  }
}

/// While a page is under way there is no piece: a change that went before it would be newer than
/// it.
HttpStream::Piece LiveFeed::next_piece(const std::shared_ptr<Reader>& reader) {
  if (reader->asked) {
    return nullptr;
  }
  if (!reader->page_done) {
    return next_of_page(*reader);
  }
  if (reader->known < (reader->page.next ? reader->round_end : changed_.newest())) {
    return next_change(*reader);
  }
  if (reader->page.next) {
    ask_for_page(reader);
  }
  return nullptr;
}

void LiveFeed::ask_for_page(const std::shared_ptr<Reader>& reader) {
  reader->asked = true;
  reader->query.behind = std::exchange(reader->page.next, std::nullopt);
  const auto arrive = [this, weak = std::weak_ptr(reader)](Result<ViewAnswer> page) {
    const auto asking = weak.lock();
    const MutexLock lock(mutex_);
    if (asking) {
      asking->arrived = std::move(page);
    }
    woken_ = true;
    wake_.notify_one();
  };
  store_.query(reader->query, arrive);
}

/// Takes the page that was asked for when it has arrived. False when it cannot be had.
bool LiveFeed::take_page(Reader& reader) {
  std::optional<Result<ViewAnswer>> arrived;
  {
    const MutexLock lock(mutex_);
    arrived.swap(reader.arrived);
  }
  if (!arrived) {
    return true;
  }
  if (*arrived) {
    reader.held = answers_.take(json_bytes(**arrived));
  }
  if (!*arrived || !reader.held) {
    return false;
  }
  reader.page = std::move(**arrived);
  reader.page_sent = 0;
  reader.page_done = false;
  reader.asked = false;
  return true;
}

HttpStream::Piece LiveFeed::next_of_page(Reader& reader) const {
  auto& cells = reader.page.cells;
  ViewWriter writer(reader.page.watermark, reader.page.complete_until, std::string(kPieceStart));
  for (bool room = true; room && reader.page_sent < cells.size();) {
    writer.add(cells[reader.page_sent++]);
    room = writer.bytes() < settings_.piece_bytes;
  }
  if (reader.page_sent == cells.size()) {
    reader.page_done = true;
    reader.round_end = changed_.newest();
    cells = {};
    reader.held.reset();
  }
  return finish_piece(std::move(writer));
}

HttpStream::Piece LiveFeed::next_change(Reader& reader) {
  if (!piece_.text || piece_.from != reader.known || piece_.newest != changed_.newest()) {
    ViewWriter writer(changed_.watermark(), changed_.complete_until(), std::string(kPieceStart));
    const auto add = [&](const Cell& cell) {
      writer.add(cell);
      return writer.bytes() < settings_.piece_bytes;
    };
    const auto to = changed_.visit_after(reader.known, add);
    piece_ = {.from = reader.known,
              .to = to,
              .newest = changed_.newest(),
              .text = finish_piece(std::move(writer))};
  }
  const MutexLock lock(mutex_);
  reader.known = piece_.to;
  return piece_.text;
}

void LiveFeed::forget_what_all_know() {
  const MutexLock lock(mutex_);
  ChangedCells::Version known_to_all = changed_.newest();
  std::erase_if(readers_, [&](const auto& weak) {
    const auto reader = weak.lock();
    if (reader) {
      known_to_all = std::min(known_to_all, reader->known);
    }
    return reader == nullptr;
  });
  changed_.forget(known_to_all);
  if (readers_.empty()) {
    piece_ = {};
    if (subscribed_.exchange(false)) {
      store_.unsubscribe(token_);
    }
  }
}

}  // namespace hapax
