// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/local_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "adapters/local_log/segment_compressor.hpp"
#include "adapters/local_log/segment_reader.hpp"
#include "core/thread_name.hpp"
#include "core/thread_priority.hpp"

namespace hapax {
namespace {

constexpr std::chrono::milliseconds kSpaceProbeInterval{500};

void run_in_idle_thread(const std::function<void()>& task) {
  std::thread([&task] {
    name_thread("log compression");
    make_thread_idle();
    task();
  }).join();
}

std::size_t bytes_of(const std::vector<PartitionRecords>& parts) {
  std::size_t bytes = 0;
  for (const auto& part : parts) {
    bytes += log_format::kBatchHeaderBytes + part.records.size();
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<LocalLog>> LocalLog::open(const LocalLogSettings& settings, Storage& storage,
                                                 const Clock& clock, Random& random,
                                                 LogMetrics metrics) {
  HAPAX_ASSIGN(auto core, LogCore::open(settings, storage, clock, random));
  return std::unique_ptr<LocalLog>(
      new LocalLog(settings, storage, clock, std::move(core), metrics));
}

LocalLog::LocalLog(const LocalLogSettings& settings, Storage& storage, const Clock& clock,
                   std::unique_ptr<LogCore> core, LogMetrics metrics)
    : settings_(settings),
      storage_(storage),
      clock_(clock),
      metrics_(metrics),
      core_(std::move(core)),
      writer_([this] { write(); }),
      preparer_([this] { prepare(); }),
      compressor_(settings.compress ? std::thread([this] { compress(); }) : std::thread()) {}

LocalLog::~LocalLog() {
  close();
}

void LocalLog::close() {
  {
    const MutexLock lock(mutex_);
    closing_ = true;
    compression_ends_ = true;
    if (refusal_.empty()) {
      refusal_ = "the event log is closed";
    }
  }
  queued_.notify_all();
  prepare_wanted_.notify_all();
  compression_wanted_.notify_all();
  if (compressor_.joinable()) {
    compressor_.join();
  }
  if (writer_.joinable()) {
    writer_.join();
    preparer_.join();
    // Without it the next start only knows less about what must be there.
    core_->note_end().permit_unchecked_error();
  }
}

std::uint32_t LocalLog::partition_count() const {
  return settings_.partition_count;
}

Result<void> LocalLog::append(std::vector<PartitionRecords> parts, AppendDone done) {
  const auto bytes = bytes_of(parts);
  if (bytes > settings_.append_bytes_limit) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("an append of {} bytes is above the limit of {}", bytes,
                                        settings_.append_bytes_limit)};
  }
  return enqueue({.parts = std::move(parts), .done = std::move(done), .bytes = bytes});
}

Result<void> LocalLog::append_control(std::string record, AppendDone done) {
  if (record.empty()) {
    return Error{.kind = ErrorKind::kInvalid, .message = "an empty control record"};
  }
  const auto bytes = settings_.partition_count * (log_format::kBatchHeaderBytes + record.size());
  return enqueue(
      {.parts = {}, .done = std::move(done), .bytes = bytes, .control = std::move(record)});
}

Result<void> LocalLog::enqueue(Pending pending) {
  {
    const MutexLock lock(mutex_);
    if (!refusal_.empty()) {
      return Error{.kind = ErrorKind::kUnavailable, .message = refusal_};
    }
    if (!queue_.empty() && queue_bytes_ + pending.bytes > settings_.queue_bytes_limit) {
      ++stats_.refused_appends;
      return Error{.kind = ErrorKind::kExhausted,
                   .message = fmt::format("{} bytes are waiting to be written", queue_bytes_),
                   .hint = "retry later"};
    }
    queue_bytes_ += pending.bytes;
    queue_.push_back(std::move(pending));
  }
  queued_.notify_one();
  return {};
}

void LocalLog::write() {
  name_thread("log writer");
  while (true) {
    auto group = take_group();
    const bool idle = group.empty();
    if (!idle) {
      commit(std::move(group));
    } else if (closing()) {
      break;
    } else {
      probe_space();
    }
    retain(idle);
  }
  // Without the seal the next start only knows less about damage of the last frame.
  core_->seal().permit_unchecked_error();
}

bool LocalLog::closing() const {
  const MutexLock lock(mutex_);
  return closing_ && queue_.empty();
}

/// Waits for appends; empty when there is something else to do. A control record is a group alone.
std::deque<LocalLog::Pending> LocalLog::take_group() {
  const MutexLock lock(mutex_);
  const auto wait_max = write_full_.empty() ? std::chrono::nanoseconds(settings_.retention_interval)
                                            : std::chrono::nanoseconds(kSpaceProbeInterval);
  queued_.wait_for(mutex_, wait_max, [this]() HAPAX_REQUIRES(mutex_) {
    return closing_ || retain_wanted_ || !queue_.empty();
  });
  std::deque<Pending> group;
  std::size_t bytes = 0;
  const auto fits = [&](const Pending& next) {
    return group.empty() || (group.back().control.empty() && next.control.empty() &&
                             bytes + next.bytes <= settings_.group_bytes_max);
  };
  while (!queue_.empty() && fits(queue_.front())) {
    bytes += queue_.front().bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queue_bytes_ -= bytes;
  return group;
}

void LocalLog::commit(std::deque<Pending> group) {
  const LogStats before = core_->stats();
  const auto committed = write_group(group);
  measure(before, core_->stats());
  after_write(committed ? std::nullopt : std::optional(committed.error()));
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (committed) {
      group[i].done((*committed)[i]);
    } else {
      group[i].done(committed.error());
    }
  }
  if (committed) {
    notify();
  }
}

/// Nothing of a group that failed. A group that begins a segment syncs more often than once.
void LocalLog::measure(const LogStats& before, const LogStats& after) {
  if (after.groups == before.groups) {
    return;
  }
  metrics_.group_records.observe(
      static_cast<double>(after.appended_records - before.appended_records));
  metrics_.group_bytes.observe(static_cast<double>(after.appended_bytes - before.appended_bytes));
  metrics_.sync_seconds.observe(after.sync_time - before.sync_time);
}

void LocalLog::notify() {
  const MutexLock lock(notify_mutex_);
  for (const auto& [id, notify] : notify_) {
    notify();
  }
}

Result<std::vector<Receipt>> LocalLog::write_group(std::deque<Pending>& group) {
  if (const auto& control = group.front().control; !control.empty()) {
    return core_->commit_control(control).transform(
        [](Receipt receipt) { return std::vector<Receipt>{std::move(receipt)}; });
  }
  std::vector<std::vector<PartitionRecords>> appends;
  appends.reserve(group.size());
  for (auto& pending : group) {
    appends.push_back(std::move(pending.parts));
  }
  return core_->commit(appends);
}

void LocalLog::after_write(const std::optional<Error>& error) {
  const MutexLock lock(mutex_);
  const auto refused = stats_.refused_appends;
  const bool rolled = core_->stats().rolls != stats_.rolls;
  end_wanted_ = end_wanted_ || rolled;
  retain_wanted_ = retain_wanted_ || rolled;
  stats_ = core_->stats();
  stats_.refused_appends = refused;
  const bool full = error && error->kind == ErrorKind::kExhausted;
  write_full_ = full ? error->text() : "";
  if (error && !full && error->kind != ErrorKind::kInvalid) {
    refusal_ = error->text();
  }
  if (rolled || core_->files().spare_count() == 0) {
    prepare_wanted_.notify_one();  // Not for each group: waking a thread takes as long as a write.
  }
}

/// A server that says it is not ready gets no appends that would show that there is space again.
void LocalLog::probe_space() {
  bool full = false;
  {
    const MutexLock lock(mutex_);
    full = !write_full_.empty();
  }
  if (full) {
    const auto sealed = core_->seal();
    after_write(sealed ? std::nullopt : std::optional(sealed.error()));
  }
}

/// When something was released or the log has grown by a segment, and now and then: segments get
/// old without any traffic, and what failed is tried again.
void LocalLog::retain(bool idle) {
  {
    const MutexLock lock(mutex_);
    if (!std::exchange(retain_wanted_, false) && !idle) {
      return;
    }
  }
  const MutexLock retain_lock(retain_mutex_);
  std::vector<RetentionClaim> claims;
  {
    const MutexLock lock(mutex_);
    claims = subscribers_.claims();
  }
  const auto retained = core_->retain(claims);
  const auto starts = core_->catalog().starts();
  const MutexLock lock(mutex_);
  retention_failures_ += retained ? 0 : 1;
  subscribers_.pass(starts);
}

void LocalLog::prepare() {
  name_thread("log preparer");
  MutexLock lock(mutex_);
  while (!closing_) {
    const bool note = std::exchange(end_wanted_, false);
    lock.unlock();
    auto prepared = core_->files().prepare();
    const bool noted = !note || core_->note_end();
    lock.lock();
    prepare_full_ = prepared ? "" : prepared.error().text();
    if (!noted) {
      ++end_failures_;
      end_wanted_ = true;
    }
    if (prepared && noted) {
      prepare_wanted_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) {
        return closing_ || end_wanted_ || core_->files().spare_count() == 0;
      });
    } else {
      prepare_wanted_.wait_for(mutex_, kSpaceProbeInterval,
                               [this]() HAPAX_REQUIRES(mutex_) { return closing_; });
    }
  }
}

/// At normal priority, since it takes locks that the writer takes, too; what takes time it has done
/// by a thread that gives way to all others and takes none of them.
void LocalLog::compress() {
  name_thread("log compressor");
  SegmentCompressor compressor(settings_.directory, core_->catalog(), core_->files(), storage_,
                               clock_, run_in_idle_thread);
  while (!compression_ends_) {
    bool goes_on = false;
    bool claimed = true;
    try {
      // Failures of both are counted, and tried again.
      compressor.recycle_raw().permit_unchecked_error();
      const auto outcome = compressor.compress_next([this] { return compression_ends_.load(); });
      goes_on = outcome && *outcome == SegmentCompressor::Outcome::kCompressed;
      claimed = !outcome || *outcome != SegmentCompressor::Outcome::kNothingToDo;
    } catch (const std::exception&) {  // No memory, for which no append should suffer.
    }
    const MutexLock lock(mutex_);
    compression_ = compressor.stats();
    if (claimed) {  // Retention may have met it.
      retain_wanted_ = true;
      queued_.notify_one();
    }
    if (!goes_on) {
      compression_wanted_.wait_for(mutex_, settings_.compress_interval,
                                   [this]() HAPAX_REQUIRES(mutex_) { return closing_; });
    }
  }
  try {
    compressor.recycle_raw().permit_unchecked_error();
  } catch (const std::exception&) {  // The next start does it.
  }
}

Result<std::unique_ptr<LogReader>> LocalLog::read(std::span<const Receipt::End> start) {
  return SegmentReader::open(start, core_->catalog(), storage_)
      .transform([](std::unique_ptr<SegmentReader> reader) {
        return std::unique_ptr<LogReader>(std::move(reader));
      });
}

std::vector<Offset> LocalLog::end_offsets() const {
  return core_->catalog().end_offsets();
}

std::vector<Offset> LocalLog::recent() const {
  return core_->catalog().recent();
}

std::vector<Offset> LocalLog::recent_before(std::span<const Offset> before) const {
  return core_->catalog().recent_before(before);
}

std::vector<PartitionStart> LocalLog::starts() const {
  return core_->catalog().starts();
}

LogControls LocalLog::controls() const {
  return core_->catalog().controls();
}

NotifyId LocalLog::on_durable(std::function<void()> notify) {
  const MutexLock lock(notify_mutex_);
  const NotifyId id(++next_notify_);
  notify_.emplace(id, std::move(notify));
  return id;
}

void LocalLog::off_durable(NotifyId id) {
  const MutexLock lock(notify_mutex_);
  notify_.erase(id);
}

SubscriberId LocalLog::subscribe(LogSubscription subscription) {
  const MutexLock retain_lock(retain_mutex_);
  const auto starts = core_->catalog().starts();
  const MutexLock lock(mutex_);
  return subscribers_.subscribe(std::move(subscription), starts);
}

void LocalLog::release(SubscriberId subscriber, std::span<const Receipt::End> ends) {
  const MutexLock lock(mutex_);
  subscribers_.release(subscriber, ends);
  retain_wanted_ = true;
  end_wanted_ = true;
  prepare_wanted_.notify_one();
}

bool LocalLog::unsubscribe(std::string_view name) {
  const MutexLock lock(mutex_);
  retain_wanted_ = true;
  return subscribers_.unsubscribe(name);
}

std::vector<Offset> LocalLog::over_retention() const {
  return core_->over_retention();
}

LogStatus LocalLog::status() const {
  const MutexLock lock(mutex_);
  for (const auto* reason : {&refusal_, &write_full_, &prepare_full_}) {
    if (!reason->empty()) {
      return {.writable = false, .reason = *reason, .closed = reason == &refusal_};
    }
  }
  return {.writable = true, .reason = {}};
}

CompressionStats LocalLog::compression() const {
  const MutexLock lock(mutex_);
  return compression_;
}

LogStats LocalLog::stats() const {
  const MutexLock lock(mutex_);
  auto stats = stats_;
  stats.queue_bytes = queue_bytes_;
  stats.segments = core_->catalog().segment_count();
  stats.spares = core_->files().spare_count();
  stats.retained_bytes = core_->catalog().bytes();
  stats.recycled = core_->files().recycled_count();
  stats.retention_failures = retention_failures_;
  stats.end_failures = end_failures_;
  stats.compression = compression_;
  stats.subscribers = subscribers_.stats();
  for (auto& subscriber : stats.subscribers) {
    subscriber.held_bytes = core_->catalog().held_bytes(subscriber.released);
  }
  return stats;
}

}  // namespace hapax
