#include "api/live_feed.hpp"

#include "api/view_json.hpp"

namespace hapax {
namespace {

std::string as_sse(const ViewAnswer& answer) {
  return "data: " + to_json(answer) + "\n\n";
}

}  // namespace

LiveFeed::LiveFeed(ViewStore& store, const Clock& clock)
    : store_(store), clock_(clock), keep_alive_thread_([this] { keep_alive(); }) {}

LiveFeed::~LiveFeed() {
  bool subscribed = false;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    subscribed = subscribed_;
  }
  wake_.notify_all();
  keep_alive_thread_.join();
  if (subscribed) {
    store_.unsubscribe(token_);
  }
}

void LiveFeed::add(std::shared_ptr<HttpStream> stream) {
  const auto now = as_event_time(clock_.now());
  ViewQuery present{.from = now - kBackfill, .to = EventTime::max()};
  // Both run on the store's thread one after the other, so that no change falls between them.
  store_.query(std::move(present), [this, stream](Result<ViewAnswer> answer) {
    if (!answer || !stream->write(as_sse(*answer))) {
      return;
    }
    const std::lock_guard lock(mutex_);
    streams_.push_back(stream);
    if (!subscribed_) {
      subscribed_ = true;
      token_ = store_.subscribe([this](const ViewAnswer& change) { broadcast(as_sse(change)); });
    }
  });
}

std::size_t LiveFeed::stream_count() const {
  const std::lock_guard lock(mutex_);
  return streams_.size();
}

void LiveFeed::broadcast(const std::string& piece) {
  const std::lock_guard lock(mutex_);
  std::erase_if(streams_, [&piece](const auto& stream) { return !stream->write(piece); });
  if (streams_.empty() && subscribed_) {
    subscribed_ = false;
    store_.unsubscribe(token_);
  }
}

void LiveFeed::keep_alive() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kKeepAlive, [this] { return stopping_; })) {
    lock.unlock();
    broadcast(": still here\n\n");
    lock.lock();
  }
}

}  // namespace hapax
