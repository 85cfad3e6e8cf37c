#include "adapters/local_log/local_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/local_log/segment_reader.hpp"

namespace hapax {
namespace {

constexpr std::chrono::milliseconds kSpaceProbeInterval{500};

std::size_t bytes_of(const std::vector<PartitionRecords>& parts) {
  std::size_t bytes = 0;
  for (const auto& part : parts) {
    bytes += log_format::kBatchHeaderBytes + part.records.size();
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<LocalLog>> LocalLog::open(const LocalLogSettings& settings, Storage& storage,
                                                 const Clock& clock, Random& random) {
  HAPAX_ASSIGN(auto core, LogCore::open(settings, storage, clock, random));
  return std::unique_ptr<LocalLog>(new LocalLog(settings, storage, clock, std::move(core)));
}

LocalLog::LocalLog(const LocalLogSettings& settings, Storage& storage, const Clock& clock,
                   std::unique_ptr<LogCore> core)
    : settings_(settings),
      storage_(storage),
      clock_(clock),
      core_(std::move(core)),
      released_(settings.partition_count),
      writer_([this] { write(); }),
      preparer_([this] { prepare(); }) {}

LocalLog::~LocalLog() {
  close();
}

void LocalLog::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    if (refusal_.empty()) {
      refusal_ = "the event log is closed";
    }
  }
  queued_.notify_all();
  prepare_wanted_.notify_all();
  if (writer_.joinable()) {
    writer_.join();
    preparer_.join();
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
  {
    const std::lock_guard lock(mutex_);
    if (!refusal_.empty()) {
      return Error{.kind = ErrorKind::kUnavailable, .message = refusal_};
    }
    if (queue_bytes_ + bytes > settings_.queue_bytes_limit) {
      ++stats_.refused_appends;
      return Error{.kind = ErrorKind::kExhausted,
                   .message = fmt::format("{} bytes are waiting to be written", queue_bytes_),
                   .hint = "retry later"};
    }
    queue_bytes_ += bytes;
    queue_.push_back({.parts = std::move(parts),
                      .done = std::move(done),
                      .bytes = bytes,
                      .queued_at = clock_.now()});
  }
  queued_.notify_one();
  return {};
}

void LocalLog::write() {
  while (true) {
    auto group = take_group();
    if (group.empty()) {
      break;
    }
    commit(std::move(group));
  }
  // Without the seal the next start only knows less about damage of the last frame.
  core_->seal().permit_unchecked_error();
}

/// Waits for appends; empty when closing and nothing is left.
std::deque<LocalLog::Pending> LocalLog::take_group() {
  std::unique_lock lock(mutex_);
  queued_.wait(lock, [this] { return closing_ || !queue_.empty(); });
  std::deque<Pending> group;
  std::size_t bytes = 0;
  while (!queue_.empty() &&
         (group.empty() || bytes + queue_.front().bytes <= settings_.group_bytes_max)) {
    bytes += queue_.front().bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queue_bytes_ -= bytes;
  if (!group.empty()) {
    committing_since_ = group.front().queued_at;
  }
  return group;
}

void LocalLog::commit(std::deque<Pending> group) {
  std::vector<std::vector<PartitionRecords>> appends;
  appends.reserve(group.size());
  for (auto& pending : group) {
    appends.push_back(std::move(pending.parts));
  }
  const auto committed = core_->commit(appends);
  after_commit(committed);
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (committed) {
      group[i].done((*committed)[i]);
    } else {
      group[i].done(committed.error());
    }
  }
  const std::function<void()>* notify = nullptr;
  std::vector<Offset> released;
  {
    const std::lock_guard lock(mutex_);
    notify = notify_ ? &notify_ : nullptr;
    released = released_;
  }
  if (committed && notify != nullptr) {
    (*notify)();
  }
  if (released != retained_) {
    // What could not be retired now is tried again after the next release.
    core_->retain(released).permit_unchecked_error();
    retained_ = std::move(released);
  }
}

void LocalLog::after_commit(const Result<std::vector<Receipt>>& committed) {
  const std::lock_guard lock(mutex_);
  committing_since_.reset();
  const auto refused = stats_.refused_appends;
  stats_ = core_->stats();
  stats_.refused_appends = refused;
  if (committed) {
    full_.clear();
  } else if (committed.error().kind == ErrorKind::kExhausted) {
    full_ = committed.error().text();
  } else {
    refusal_ = committed.error().text();
  }
  prepare_wanted_.notify_one();
}

void LocalLog::prepare() {
  std::unique_lock lock(mutex_);
  while (!closing_) {
    lock.unlock();
    auto prepared = core_->files().prepare();
    lock.lock();
    full_ = prepared ? "" : prepared.error().text();
    if (prepared) {
      prepare_wanted_.wait(
          lock, [this] { return closing_ || !full_.empty() || core_->files().spare_count() == 0; });
    } else {
      prepare_wanted_.wait_for(lock, kSpaceProbeInterval, [this] { return closing_; });
    }
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

std::vector<PartitionStart> LocalLog::starts() const {
  return core_->catalog().snapshot().segments.front().header.partitions;
}

std::optional<ProcessingTime> LocalLog::oldest_unsettled() const {
  const std::lock_guard lock(mutex_);
  if (committing_since_) {
    return committing_since_;
  }
  return queue_.empty() ? std::nullopt : std::optional(queue_.front().queued_at);
}

void LocalLog::on_durable(std::function<void()> notify) {
  const std::lock_guard lock(mutex_);
  notify_ = std::move(notify);
}

void LocalLog::release(std::span<const Receipt::End> ends) {
  const std::lock_guard lock(mutex_);
  for (const auto& [partition, end] : ends) {
    auto& released = released_[partition.value()];
    released = std::max(released, end);
  }
}

LogStatus LocalLog::status() const {
  const std::lock_guard lock(mutex_);
  const auto& reason = refusal_.empty() ? full_ : refusal_;
  return {.writable = reason.empty(), .reason = reason};
}

LogStats LocalLog::stats() const {
  const auto segments = core_->catalog().snapshot().segments.size();
  const std::lock_guard lock(mutex_);
  auto stats = stats_;
  stats.queue_bytes = queue_bytes_;
  stats.segments = segments;
  stats.spares = core_->files().spare_count();
  stats.retained_bytes = segments * settings_.segment_bytes;
  stats.recycled = core_->files().recycled_count();
  return stats;
}

}  // namespace hapax
