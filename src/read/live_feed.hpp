// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/mutex.hpp"
#include "http/http.hpp"
#include "ports/clock.hpp"
#include "ports/random.hpp"
#include "read/live_channel.hpp"
#include "read/live_outlet.hpp"
#include "read/live_query.hpp"
#include "read/view_moment.hpp"

namespace hapax {

struct LiveFeedSettings {
  /// Connections, of one query or of several.
  std::size_t streams_limit = 1000;
  /// Queries that differ: each has a state of its own.
  std::size_t queries_limit = 100;
  /// Least time between two frames of a stream; the first change after a silence comes at once.
  std::chrono::milliseconds interval{100};
  /// Frames are made less often, but at least this often, when making them takes more than
  /// `busy_share` of the thread.
  std::chrono::milliseconds interval_max{250};
  double busy_share = 0.5;
  LiveChannel::Limits limits = {};
  /// Of frames that are sent to a connection together; the last of them may go over it.
  std::size_t round_bytes = 1U << 20U;
  std::chrono::milliseconds keep_alive{15'000};
  /// So long a query is kept up with after its last stream has gone, for one that comes back.
  std::chrono::milliseconds linger{5'000};
  /// Moments, and cells that changed in them, that wait for the thread; beyond either it begins
  /// anew with the newest moment.
  std::size_t updates_max = 1'000;
  std::size_t update_cells_max = 1'000'000;
  /// What all queries together may keep; beyond it the one that keeps the most is ended.
  std::size_t bytes_max = 256U << 20U;
};

/// One of the queries of a connection that has several.
struct LivePart {
  std::string name;                     ///< Of its events; other parts have others.
  std::optional<LiveQuery> query = {};  ///< Nothing: it is refused,
  std::string refusal = {};             ///< with this JSON.
  std::string last_event_id = {};
};

/// Sends what live queries show to server-sent event streams: first all of it, then what changed,
/// in frames of an interval. A query has one state and is rendered once for all its streams. A
/// stream that was too slow for a frame gets all of it again, so nothing is kept for it. One that
/// cannot go on, also for want of memory, is ended, and told why as an event `end`, if there is
/// memory for that. A connection may have streams of several queries; one that ends leaves the
/// others alone. Without streams nobody asks for moments.
/// Threading: all calls may run at the same time; states belong to a thread of the feed's own.
/// Lifetime: what is passed must outlive it, and the source must be stopped or idle when it goes.
class LiveFeed : private MomentListener {
 public:
  LiveFeed(const LiveFeedSettings& settings, MomentSource& source, const Clock& clock,
           Random& random);
  ~LiveFeed() override;

  /// Answers with a stream of `query`, or with the error of the view, or 503 streams_limit.
  /// `last_event_id`: of the last frame that the client has; what is not known is none.
  void open(const LiveQuery& query, const std::string& last_event_id,
            const HttpHandler::Respond& respond);

  /// Answers with one connection for all of `parts`, whatever becomes of each: frames are events of
  /// its name, its end or refusal is an event `<name>/end`. Or with 503 streams_limit.
  void open(std::vector<LivePart> parts, const HttpHandler::Respond& respond);

  /// Ends the thread: streams get nothing more.
  void stop();

  /// Connections open or being opened.
  std::size_t stream_count() const;

 private:
  struct Client;
  struct Reader;
  struct Shared;
  struct Update {
    SharedMoment moment;
    RowChanges changes;
    std::uint64_t number = 0;
  };
  using Shareds = std::vector<std::shared_ptr<Shared>>;
  using Readers = std::vector<std::shared_ptr<Reader>>;
  using Clients = std::vector<std::shared_ptr<Client>>;
  using Time = std::chrono::nanoseconds;  ///< Of the clock's monotonic().

  void on_moment(const SharedMoment& moment, const RowChanges& changes) override;
  std::shared_ptr<Client> admit(std::vector<LivePart>& parts);
  std::shared_ptr<Client> make_client(std::vector<LivePart>& parts) HAPAX_REQUIRES(mutex_);
  std::shared_ptr<Shared> shared_of(const LiveQuery& query) HAPAX_REQUIRES(mutex_);
  std::size_t count_streams() const HAPAX_REQUIRES(mutex_);
  void forget_unread(Time lingering_since) HAPAX_REQUIRES(mutex_);
  void follow_views() HAPAX_REQUIRES(follow_mutex_);
  HttpResponse accept(const std::shared_ptr<Client>& client, const SharedMoment& moment);
  HttpResponse stream_to(const std::shared_ptr<Client>& client, std::string refusals);
  void attach(const std::shared_ptr<Client>& client, const std::shared_ptr<HttpStream>& stream);
  void begin(const std::shared_ptr<Shared>& shared);
  void on_drained(Client& client);
  void wake() HAPAX_REQUIRES(mutex_);

  // Of the thread.
  void run();
  bool wait();
  void gather();
  void go_round();
  void serve(const std::shared_ptr<Shared>& shared) noexcept;
  Result<void> keep_up(const std::shared_ptr<Shared>& shared);
  void look_up(const std::shared_ptr<Shared>& shared);
  void give_up(Shared& shared, const Error& error) noexcept;
  void limit_bytes();
  void end(const std::shared_ptr<Reader>& reader, const std::string& error, bool soon) noexcept;
  Result<void> send(Shared& shared);
  Result<void> send(Shared& shared, const std::shared_ptr<Reader>& reader);
  Readers readers_of(const Shared& shared) const;
  std::shared_ptr<Reader> take_ending(Shared& shared) const;
  void add_to_round(const std::shared_ptr<Reader>& reader);
  void keep_alive();
  void flush() noexcept;
  void clean_up(Time began);
  void plan(Time round_began);

  const LiveFeedSettings settings_;
  MomentSource& source_;
  const Clock& clock_;
  Random& random_;
  const HttpStream::Piece still_here_ = std::make_shared<const std::string>(": still here\n\n");

  /// Held while the feed begins or ends to follow. Taken before mutex_.
  Mutex follow_mutex_;
  std::set<std::string> followed_ HAPAX_GUARDED_BY(follow_mutex_);  ///< Views, by id.

  mutable Mutex mutex_;
  CondVar wake_;
  std::map<std::string, std::shared_ptr<Shared>> shared_ HAPAX_GUARDED_BY(mutex_);  ///< By key.
  std::vector<std::weak_ptr<Client>> clients_ HAPAX_GUARDED_BY(mutex_);
  std::vector<Update> updates_ HAPAX_GUARDED_BY(mutex_);  ///< Not yet taken.
  std::size_t update_cells_ HAPAX_GUARDED_BY(mutex_) = 0;
  std::uint64_t updated_ HAPAX_GUARDED_BY(mutex_) = 0;  ///< The number of the last one.
  bool woken_ HAPAX_GUARDED_BY(mutex_) = false;
  bool stopping_ HAPAX_GUARDED_BY(mutex_) = false;

  // Of the thread, for one round.
  Shareds shareds_;
  std::vector<Update> round_updates_;
  Clients round_clients_;  ///< Whose outlets have something.
  std::chrono::milliseconds interval_;
  Time keep_alive_next_;
  Time clean_up_next_{};
  Time wake_at_{};

  Mutex stop_mutex_;
  std::thread thread_ HAPAX_GUARDED_BY(stop_mutex_);  ///< Last: runs on all of the above.
};

}  // namespace hapax
