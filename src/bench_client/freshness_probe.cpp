// SPDX-License-Identifier: Apache-2.0
#include "bench_client/freshness_probe.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <thread>
#include <vector>

namespace hapax::bench {
namespace {

using std::chrono::nanoseconds;

Error stream_error(const std::string& what) {
  return {.kind = ErrorKind::kUnavailable, .message = "the live stream of the view " + what};
}

}  // namespace

/// One event per request, all of one name that nobody else uses.
class FreshnessProbe::Requests : public RequestSource {
 public:
  Requests(const Settings& settings, MessageIds& ids) : ids_(ids) {
    std::array<char, MessageIds::kTextBytes> run{};
    ids.write_next(run.data());
    name_ = "probe-" + std::string(run.data(), 8);
    const BatchSpec spec{.events = 1, .write_key = settings.write_key, .event_name = name_};
    for (std::size_t i = 0; i < kConnections; ++i) {
      bodies_.emplace_back(spec);
    }
    texts_.resize(kConnections);
    head_ = post_head(settings.target, bodies_.front().size(), "");
  }

  RequestBytes next(std::size_t connection, ProcessingTime now) override {
    auto& text = texts_[connection];
    text = bodies_[connection].refresh(ids_, now);
    return {.head = head_, .body = text};
  }

  const std::string& name() const { return name_; }

 private:
  MessageIds& ids_;
  std::string name_;
  std::string head_;
  std::vector<BatchBody> bodies_;
  std::vector<std::string> texts_;
};

FreshnessProbe::FreshnessProbe(const Settings& settings, const RequestStream& load, MessageIds& ids,
                               const Clock& clock)
    : settings_(settings),
      load_(load),
      clock_(clock),
      requests_(std::make_unique<Requests>(settings, ids)) {}

FreshnessProbe::~FreshnessProbe() = default;

Result<std::unique_ptr<FreshnessProbe>> FreshnessProbe::open(const Settings& settings,
                                                             const RequestStream& load,
                                                             MessageIds& ids, EventLoop& loop,
                                                             const Clock& clock) {
  std::unique_ptr<FreshnessProbe> probe(new FreshnessProbe(settings, load, ids, clock));
  HAPAX_TRY(probe->start_stream());
  HAPAX_TRY(loop.watch(probe->stream_.descriptor(), *probe));
  const RequestStream::Settings stream{
      .target = settings.target,
      .connections = kConnections,
      .events_per_request = 1,
      .pace = {.interval = kInterval, .requests_max = std::uint64_t{1} << 32U}};
  HAPAX_ASSIGN(probe->probes_, RequestStream::open(stream, *probe->requests_, loop, clock));
  return probe;
}

Result<void> FreshnessProbe::start_stream() {
  HAPAX_ASSIGN(stream_, connect_to(settings_.target));
  const auto authorization = settings_.read_key.empty()
                                 ? ""
                                 : fmt::format("Authorization: Bearer {}\r\n", settings_.read_key);
  const auto request = fmt::format(
      "GET /api/views/events_per_minute/live?group.event={} HTTP/1.1\r\nHost: {}\r\n{}\r\n",
      requests_->name(), settings_.target.authority(), authorization);
  if (::send(stream_.descriptor(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return stream_error("cannot be asked for");
  }
  // The present state comes before any change, and once it is here nothing can be missed.
  std::array<char, 4096> piece{};
  while (unread_.find("\ndata: ") == std::string::npos) {
    const auto count = ::recv(stream_.descriptor(), piece.data(), piece.size(), 0);
    if (count <= 0) {
      return stream_error("ended before it began: " + unread_.substr(0, unread_.find('\r')));
    }
    unread_.append(piece.data(), static_cast<std::size_t>(count));
  }
  std::this_thread::sleep_for(kInterval);  // That was a frame.
  ::fcntl(stream_.descriptor(), F_SETFL, O_NONBLOCK);
  return {};
}

Result<nanoseconds> FreshnessProbe::advance(nanoseconds now) {
  if (load_.finished() && load_finished_ == nanoseconds::zero()) {
    load_finished_ = now;
    probes_->stop();
  }
  HAPAX_ASSIGN(const auto next, probes_->advance(now));
  const auto sent = probes_->tally().requests;
  const bool stopped = load_finished_ != nanoseconds::zero();
  finished_ = stopped && probes_->finished() &&
              (latency_.count() == sent || now - load_finished_ > kSeenWaitMax);
  return next;
}

Result<void> FreshnessProbe::on_ready() {
  std::array<char, 65536> piece;  // NOLINT: filled by recv.
  while (true) {
    const auto count = ::recv(stream_.descriptor(), piece.data(), piece.size(), 0);
    if (count < 0 && errno == EAGAIN) {
      return {};
    }
    if (count <= 0) {
      return stream_error("ended: the server stopped, or this client was too slow");
    }
    unread_.append(piece.data(), static_cast<std::size_t>(count));
    read_frames();
  }
}

void FreshnessProbe::read_frames() {
  for (auto end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
    const std::string_view line = std::string_view(unread_).substr(0, end);
    if (const auto rows = line.find("\"rows\":["); rows != line.npos) {
      read_rows(line.substr(rows, line.find("],\"other\"") - rows));
    }
    unread_.erase(0, end + 1);
  }
}

/// Their counts are those of their minutes so far: probes are seen in their order.
void FreshnessProbe::read_rows(std::string_view rows) {
  constexpr std::string_view kStart = "{\"start\":\"";
  constexpr std::string_view kCount = "\"count\":";
  for (auto at = rows.find(kStart); at != rows.npos; at = rows.find(kStart)) {
    rows.remove_prefix(at + kStart.size());
    const std::string start(rows.substr(0, rows.find('"')));
    const auto count = std::min(rows.find(kCount) + kCount.size(), rows.size());
    std::from_chars(rows.data() + count, rows.data() + rows.size(), counts_[start]);
  }
  std::uint64_t all = 0;
  for (const auto& [start, count] : counts_) {
    all += count;
  }
  const auto now = clock_.monotonic();
  for (; seen_ < all; ++seen_) {
    latency_.add(now - probes_->intended(seen_));
  }
}

Freshness FreshnessProbe::result() const {
  return {.sent = probes_->tally().requests,
          .acknowledged = probes_->tally().acknowledged,
          .latency = latency_};
}

}  // namespace hapax::bench
