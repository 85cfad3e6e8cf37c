// SPDX-License-Identifier: Apache-2.0
#include "bench_client/request_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace hapax::bench {
namespace {

using std::chrono::nanoseconds;

std::uint64_t member(std::string_view json, std::string_view label, std::uint64_t otherwise) {
  const auto at = json.find(label);
  if (at != std::string_view::npos) {
    std::from_chars(json.data() + at + label.size(), json.data() + json.size(), otherwise);
  }
  return otherwise;
}

}  // namespace

RequestStream::RequestStream(const Settings& settings, RequestSource& source, EventLoop& loop,
                             const Clock& clock)
    : settings_(settings), source_(source), loop_(loop), clock_(clock) {}

Result<std::unique_ptr<RequestStream>> RequestStream::open(const Settings& settings,
                                                           RequestSource& source, EventLoop& loop,
                                                           const Clock& clock) {
  std::unique_ptr<RequestStream> stream(new RequestStream(settings, source, loop, clock));
  HAPAX_TRY(stream->connect_all());
  return stream;
}

Result<void> RequestStream::connect_all() {
  for (std::size_t i = 0; i < settings_.connections; ++i) {
    HAPAX_ASSIGN(auto connection, LoadConnection::open(settings_.target));
    auto& slot = slots_.emplace_back(*this, i, std::move(connection));
    HAPAX_TRY(loop_.watch(slot.connection.descriptor(), slot));
    idle_.push_back(&slot);
  }
  return {};
}

nanoseconds RequestStream::intended(std::uint64_t number) const {
  return *start_ + *settings_.pace.interval * static_cast<std::int64_t>(number);
}

bool RequestStream::over(nanoseconds now) const {
  return tally_.requests == settings_.pace.requests_max ||
         (!settings_.pace.interval && now - *start_ > settings_.pace.time_max);
}

Result<nanoseconds> RequestStream::advance(nanoseconds now) {
  if (!start_) {
    start_ = now;
    tally_.began = now;
    tally_.ended = now;
  }
  HAPAX_TRY(check_progress(now));
  const bool open_loop = settings_.pace.interval.has_value();
  while (true) {
    no_more_ = no_more_ || over(now);
    if (no_more_ || idle_.empty()) {
      return nanoseconds::max();
    }
    const auto due = open_loop ? intended(tally_.requests) : now;
    if (due > now) {
      return due;
    }
    if (idle_.size() == slots_.size()) {
      waiting_since_ = now;
    }
    auto* slot = idle_.front();
    idle_.pop_front();
    HAPAX_TRY(send(*slot, due));
    if (!open_loop) {
      now = clock_.monotonic();
    }
  }
}

Result<void> RequestStream::send(Slot& slot, nanoseconds intended) {
  slot.intended = intended;
  ++tally_.requests;
  slot.connection.send(source_.next(slot.index, clock_.now()));
  return slot.connection.lost() ? on_ready(slot) : Result<void>();
}

Result<void> RequestStream::check_progress(nanoseconds now) const {
  const bool waits = idle_.size() < slots_.size();
  if (waits && now - std::max(tally_.ended, waiting_since_) > kAnswerWaitMax) {
    return Error{.kind = ErrorKind::kUnavailable,
                 .message = fmt::format("no answer within {} s", kAnswerWaitMax.count())};
  }
  if (settings_.pace.interval && !no_more_ && now - intended(tally_.requests) > kBehindMax) {
    return Error{.kind = ErrorKind::kUnavailable,
                 .message = fmt::format("requests are {} s behind their plan: the server cannot "
                                        "keep this rate",
                                        kBehindMax.count()),
                 .hint = "lower --rate; --closed shows what is possible"};
  }
  return {};
}

Result<void> RequestStream::on_ready(Slot& slot) {
  if (const auto reply = slot.connection.on_ready()) {
    count(*reply, slot.intended);
    idle_.push_back(&slot);
  }
  return slot.connection.lost() ? reconnect(slot) : Result<void>();
}

Result<void> RequestStream::reconnect(Slot& slot) {
  HAPAX_ASSIGN(slot.connection, LoadConnection::open(settings_.target));
  return loop_.watch(slot.connection.descriptor(), slot);
}

void RequestStream::count(const Reply& reply, nanoseconds intended) {
  tally_.ended = clock_.monotonic();
  if (reply.status != 200) {
    ++tally_.errors[reply.status == 0 ? "connection lost" : std::to_string(reply.status)];
    return;
  }
  tally_.latency.add(tally_.ended - intended);
  tally_.acknowledged += member(reply.body, R"("accepted":)", settings_.events_per_request);
  tally_.rejected += member(reply.body, R"("rejected":)", 0);
}

}  // namespace hapax::bench
