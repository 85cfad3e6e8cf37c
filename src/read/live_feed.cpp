// SPDX-License-Identifier: Apache-2.0
#include "read/live_feed.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <optional>
#include <utility>

#include "http/error_response.hpp"
#include "read/live_end.hpp"
#include "read/live_feed_parts.hpp"
#include "read/read_errors.hpp"

namespace hapax {
namespace {

HttpResponse too_many_streams() {
  return error_response(503, "streams_limit",
                        "as many live streams are open as may be; ask again later");
}

}  // namespace

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
  std::vector<LivePart> parts(1);
  parts[0].query = query;
  parts[0].last_event_id = last_event_id;
  const auto client = admit(parts);
  if (!client || client->readers.empty()) {
    respond(too_many_streams());
    return;
  }
  source_.moment(query.rows.view->id, [this, client, respond](const Result<SharedMoment>& moment) {
    respond(moment ? accept(client, *moment) : view_error(moment.error()));
  });
}

void LiveFeed::open(std::vector<LivePart> parts, const HttpHandler::Respond& respond) {
  const auto client = admit(parts);
  if (!client) {
    respond(too_many_streams());
    return;
  }
  std::string refusals;
  for (const LivePart& part : parts) {
    refusals += part.query ? "" : live_end_event(part.name, part.refusal);
  }
  respond(stream_to(client, std::move(refusals)));
}

/// Null when there are too many. A part whose query would be one too many is refused. Follows
/// first, so that no change falls between the moment that it begins with and the next.
std::shared_ptr<LiveFeed::Client> LiveFeed::admit(std::vector<LivePart>& parts) {
  const MutexLock follow_lock(follow_mutex_);
  std::shared_ptr<Client> client;
  {
    const MutexLock lock(mutex_);
    if (count_streams() >= settings_.streams_limit) {
      return nullptr;
    }
    client = make_client(parts);
  }
  follow_views();
  return client;
}

std::shared_ptr<LiveFeed::Client> LiveFeed::make_client(std::vector<LivePart>& parts) {
  auto client = std::make_shared<Client>(settings_.round_bytes);
  client->readers.reserve(parts.size());
  for (LivePart& part : parts) {
    const auto shared = part.query ? shared_of(*part.query) : nullptr;
    if (shared) {
      client->readers.emplace_back(*client, shared, shared->channel.number_of(part.last_event_id),
                                   part.name);
      shared->readers.push_back(std::shared_ptr<Reader>(client, &client->readers.back()));
    } else if (part.query) {
      part.query.reset();
      part.refusal = too_many_streams().body;
    }
  }
  clients_.push_back(client);
  return client;
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

HttpResponse LiveFeed::accept(const std::shared_ptr<Client>& client, const SharedMoment& moment) {
  {
    const MutexLock lock(mutex_);
    Shared& shared = *client->readers.front().shared;
    if (!std::exchange(shared.begun, true)) {
      shared.begins_with = moment;
      shared.known_updates = updated_;
    }
  }
  return stream_to(client, "");
}

HttpResponse LiveFeed::stream_to(const std::shared_ptr<Client>& client, std::string refusals) {
  return {.content_type = "text/event-stream",
          .body = "retry: 1000\n\n" + std::move(refusals),
          // A proxy that collected pieces, to compress or to buffer them, would hold them back.
          .headers = {{"Cache-Control", "no-cache, no-transform"}, {"X-Accel-Buffering", "no"}},
          .on_stream = [this, client](const std::shared_ptr<HttpStream>& stream) {
            attach(client, stream);
          }};
}

/// A query that is alone has begun, or was ended since: then its client comes back.
void LiveFeed::attach(const std::shared_ptr<Client>& client,
                      const std::shared_ptr<HttpStream>& stream) {
  stream->on_drained([this, client] { on_drained(*client); });
  Shareds idle;
  bool is_alone = false;
  {
    const MutexLock lock(mutex_);
    client->outlet.attach(stream);
    for (const Reader& reader : client->readers) {
      reader.shared->is_awaited = true;
      if (!reader.shared->begun) {
        idle.push_back(reader.shared);
        is_alone = reader.name.empty();
      }
    }
    wake();
  }
  if (is_alone) {
    stream->end();
    return;
  }
  for (const auto& shared : idle) {
    begin(shared);
  }
}

/// As far as nobody else has begun it meanwhile.
void LiveFeed::begin(const std::shared_ptr<Shared>& shared) {
  source_.moment(shared->channel.view(), [this, shared](const Result<SharedMoment>& moment) {
    const MutexLock lock(mutex_);
    if (shared->begun) {
      return;
    }
    shared->begun = moment.has_value();
    shared->begins_with = moment ? *moment : nullptr;
    shared->error = moment ? std::nullopt : std::optional(moment.error());
    shared->known_updates = updated_;
    wake();
  });
}

void LiveFeed::on_drained(Client& client) {
  if (!client.outlet.on_drained()) {
    return;
  }
  const MutexLock lock(mutex_);
  for (const Reader& reader : client.readers) {
    if (reader.shared) {
      reader.shared->is_awaited = true;
    }
  }
  wake();
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
  wake();
}

void LiveFeed::wake() {
  woken_ = true;
  wake_.notify_one();
}

std::size_t LiveFeed::stream_count() const {
  const MutexLock lock(mutex_);
  return count_streams();
}

std::size_t LiveFeed::count_streams() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(clients_, [](const auto& client) { return !client.expired(); }));
}

void LiveFeed::forget_unread(Time lingering_since) {
  std::erase_if(clients_, [](const auto& client) { return client.expired(); });
  std::erase_if(shared_, [&](const auto& entry) {
    auto& readers = entry.second->readers;
    std::erase_if(readers, [](const auto& reader) { return reader.expired(); });
    return readers.empty() && entry.second->read_at <= lingering_since;
  });
}

}  // namespace hapax
