// SPDX-License-Identifier: Apache-2.0
#include "processing/processor.hpp"

#include <algorithm>
#include <system_error>
#include <type_traits>
#include <utility>

#include "core/give.hpp"
#include "core/thread_name.hpp"
#include "processing/caught_error.hpp"

namespace hapax {
namespace {

// Silent partitions are looked at this often, so that the watermark follows the clock.
constexpr std::chrono::milliseconds kIdleWait{100};
constexpr int kPublishShare = 10;  // Publishing takes at most one part in so many,
constexpr std::chrono::milliseconds kPublishWaitMax{100};  // unless readers wait that long.

Error closed() {
  return {ErrorKind::kClosed, "the processor is shutting down", "retry after the restart"};
}

/// What `read` returns. It changes no state, so that no memory for an answer is an error of that
/// answer alone.
template <typename Read>
auto reading(const Read& read) -> std::invoke_result_t<Read> {
  std::invoke_result_t<Read> answer = closed();  // Returned in the try, g++ 12 -O3 may lose catch.
  try {
    answer = read();
  } catch (...) {
    answer = caught_error();
  }
  return answer;
}

}  // namespace

Result<std::unique_ptr<Processor>> Processor::open(const ProcessorSettings& settings,
                                                   const ProcessorParts& parts, const Clock& clock,
                                                   ProcessorMetrics metrics) {
  HAPAX_ASSIGN(std::unique_ptr<ShardThreads> shards, ShardThreads::start(settings.shards));
  HAPAX_ASSIGN(
      std::unique_ptr<ProcessorCore> core,
      ProcessorCore::open(settings, {parts.log, parts.store, parts.arrivals, parts.verdicts,
                                     parts.catalog, parts.served, *shards}));
  HAPAX_ASSIGN(std::unique_ptr<CheckpointWriter> writer,
               CheckpointWriter::start(parts.store, clock));
  std::unique_ptr<Processor> processor(new Processor(settings, parts.log, clock, std::move(shards),
                                                     std::move(core), std::move(writer), metrics));
  processor->notify_ = parts.log.on_durable([mailbox = processor->mailbox_] {
    const MutexLock lock(mailbox->mutex);
    mailbox->durable = true;
    if (mailbox->waits_for_log) {
      mailbox->filled.notify_one();
    }
  });
  try {
    const MutexLock lock(processor->stop_mutex_);
    processor->thread_ = std::jthread([self = processor.get()] { self->run(); });
  } catch (const std::system_error& error) {
    return Error{ErrorKind::kUnavailable,
                 std::string("cannot start the processor thread: ") + error.what(),
                 "raise the limit of threads (ulimit -u)"};
  }
  return processor;
}

Processor::Processor(const ProcessorSettings& settings, EventLog& log, const Clock& clock,
                     std::unique_ptr<ShardThreads> shards, std::unique_ptr<ProcessorCore> core,
                     std::unique_ptr<CheckpointWriter> writer, ProcessorMetrics metrics)
    : settings_(settings),
      log_(log),
      clock_(clock),
      metrics_(metrics),
      started_at_(clock.now()),
      shards_(std::move(shards)),
      core_(std::move(core)),
      names_(core_->names()),
      writer_(std::move(writer)) {
  checkpoint_last_ = clock_.monotonic();
  checkpoint_next_ = checkpoint_last_ + settings_.checkpoint_interval;
}

Processor::~Processor() {
  stop();
  log_.off_durable(notify_);
}

void Processor::stop() {
  {
    const MutexLock lock(mailbox_->mutex);
    mailbox_->closed = true;
    mailbox_->filled.notify_one();
  }
  const MutexLock lock(stop_mutex_);
  if (thread_.joinable()) {
    thread_.join();
  }
}

bool Processor::post(Message message) {
  const MutexLock lock(mailbox_->mutex);
  if (mailbox_->closed) {
    return false;
  }
  mailbox_->messages.push_back(std::move(message));
  mailbox_->filled.notify_one();
  return true;
}

void Processor::publish_to(ViewSink& sink) {
  const MutexLock lock(mailbox_->mutex);
  mailbox_->sink = &sink;
}

std::optional<PublicationTicket> Processor::want(Want want, std::string_view view) {
  const MutexLock lock(mailbox_->mutex);
  if (mailbox_->closed) {
    return std::nullopt;
  }
  std::vector<std::string>& views = mailbox_->views;
  if (!view.empty() && std::ranges::find(views, view) == views.end()) {
    views.emplace_back(view);
  }
  mailbox_->wanted = std::max(mailbox_->wanted.value_or(want), want);
  mailbox_->filled.notify_one();
  return mailbox_->published + 1;
}

/// Answers with what `read` returns, between two steps.
template <typename T, typename Read>
void Processor::ask(std::function<void(Result<T>)> answer, Read read) {
  const auto message = [answer, read = std::move(read)] { give<T>(answer, reading(read)); };
  if (!post(message)) {
    answer(closed());
  }
}

void Processor::newest(std::optional<std::string> source,
                       std::function<void(Result<std::optional<NewestEvent>>)> answer) {
  ask(std::move(answer),
      [this, source = std::move(source)]() -> Result<std::optional<NewestEvent>> {
        return core_->newest(source);
      });
}

void Processor::audit(std::function<void(Result<AuditReport>)> answer) {
  ask(std::move(answer), [this]() -> Result<AuditReport> { return core_->audit(); });
}

void Processor::whole_rows(WholeRowsQuery query, std::function<void(Result<WholeRows>)> answer) {
  ask(std::move(answer), [this, query = std::move(query)] { return core_->whole_rows(query); });
}

void Processor::books(std::string view, std::function<void(Result<ViewBooks>)> answer) {
  ask(std::move(answer), [this, view = std::move(view)] { return core_->books(view); });
}

void Processor::gaps(GapQuery query, std::function<void(Result<GapReport>)> answer) {
  ask(std::move(answer), [this, query = std::move(query)] { return core_->gaps(query); });
}

void Processor::gap_devices(GapDevicesQuery query,
                            std::function<void(Result<GapDevicesMoment>)> answer) {
  ask(std::move(answer), [this, query = std::move(query)] { return core_->gap_devices(query); });
}

void Processor::views(std::function<void(Result<std::vector<ViewReport>>)> answer) {
  ask(std::move(answer), [this]() -> Result<std::vector<ViewReport>> {
    std::vector<ViewReport> reports = core_->report_views();
    tell_pace(reports);
    return reports;
  });
}

/// How fast views are made, since the first report on them.
void Processor::tell_pace(std::vector<ViewReport>& reports) {
  const std::chrono::nanoseconds now = clock_.monotonic();
  bool any = false;
  for (ViewReport& report : reports) {
    if (report.state == ViewState::kBackfilling) {
      any = true;
      const std::uint64_t done = report.progress.records_done;
      if (!pace_ || pace_->records > done) {
        pace_ = Pace{.records = done, .at = now};
      }
      const std::chrono::duration<double> took = now - pace_->at;
      report.progress.records_per_second =
          took.count() > 0 ? static_cast<double>(done - pace_->records) / took.count() : 0;
    }
  }
  pace_ = any ? pace_ : std::nullopt;
}

ProcessorStats Processor::stats() const {
  const MutexLock lock(stats_mutex_);
  return stats_;
}

void Processor::run() {
  name_thread("processor");
  while (run_messages()) {
    bool progressed = false;
    guarded([&] { progressed = advance(); });
    guarded([&] { publish_stats(); });
    if (!progressed) {
      wait();
    }
  }
  shut_down();
}

// Not of a replay, which was late by how long the process was away, nor of a step without events.
void Processor::measure_delay() {
  const ProcessingTime oldest = core_->oldest_of_step();
  if (oldest >= started_at_ && oldest != ProcessingTime::max()) {
    // Our clock may have been set back in between.
    const std::chrono::nanoseconds delay = clock_.now() - oldest;
    metrics_.view_delay_seconds.observe(std::max(delay, std::chrono::nanoseconds(0)));
  }
}

// False if there is nothing more to do for now.
bool Processor::advance() {
  bool progressed = false;
  if (core_->superseded() && !writing_) {
    begin_anew();
  }
  if (!core_->failure() && !core_->must_wait()) {
    const std::chrono::nanoseconds start = clock_.monotonic();
    const Result<bool> stepped = core_->step();
    progressed = stepped && *stepped;
    step_next_ = progressed ? start + settings_.step_interval : step_next_;
  }
  if (progressed) {
    measure_delay();
  }
  publish_if_due();
  progressed |= core_->evict();
  start_base();  // First: under load there is always a checkpoint to be made, and seldom a base.
  start_checkpoint();
  return progressed;
}

/// From what the store falls back to. What is unavailable is tried again.
void Processor::begin_anew() {
  frozen_.reset();
  Result<std::unique_ptr<ProcessorCore>> core = core_->open_anew();
  if (core) {
    names_.use((*core)->names());
    core_ = std::move(*core);
  } else if (!may_be_retried(core.error())) {
    core_->fail(core.error());
  }
}

/// What changes the state is not taken up again half way.
template <typename Part>
void Processor::guarded(const Part& part) noexcept {
  try {
    part();
  } catch (...) {
    core_->fail(caught_error());
  }
}

// False once the processor is closed.
bool Processor::run_messages() {
  std::vector<Message> messages;
  std::optional<Written> written;
  bool open = false;
  {
    const MutexLock lock(mailbox_->mutex);
    messages.swap(mailbox_->messages);
    written.swap(mailbox_->written);
    mailbox_->durable = false;
    open = !mailbox_->closed;
  }
  if (written) {
    writing_ = false;
    guarded([&] { written->is_base ? end_base(written->outcome) : end_checkpoint(*written); });
  }
  for (const Message& message : messages) {
    guarded(message);
  }
  return open;
}

/// For messages and such at once, for the log from the next step on.
void Processor::wait() {
  const std::optional<Want> before = wanted();
  const MutexLock lock(mailbox_->mutex);
  const auto asked = [this, before]() HAPAX_REQUIRES(mailbox_->mutex) {
    return !mailbox_->messages.empty() || mailbox_->written || mailbox_->closed ||
           mailbox_->wanted != before;
  };
  const auto asked_or_durable = [this, &asked]() HAPAX_REQUIRES(mailbox_->mutex) {
    return mailbox_->durable || asked();
  };
  const std::chrono::nanoseconds most = wait_max(before);
  const std::chrono::nanoseconds rest =
      std::clamp<std::chrono::nanoseconds>(step_next_ - clock_.monotonic(), {}, most);
  if (!mailbox_->filled.wait_for(mailbox_->mutex, rest, asked)) {
    mailbox_->waits_for_log = true;
    mailbox_->filled.wait_for(mailbox_->mutex, most - rest, asked_or_durable);
    mailbox_->waits_for_log = false;
  }
}

std::chrono::nanoseconds Processor::wait_max(std::optional<Want> wanted) const {
  const std::chrono::nanoseconds now = clock_.monotonic();
  std::chrono::nanoseconds until = now + kIdleWait;
  if (wanted && (*wanted != Want::kNews || core_->has_news())) {
    until = std::min(until, publish_next_);
  }
  return std::max(until - now, std::chrono::nanoseconds(0));
}

std::optional<Processor::Want> Processor::wanted() const {
  const MutexLock lock(mailbox_->mutex);
  return mailbox_->wanted;
}

void Processor::publish_if_due() {
  const std::optional<Want> asked = wanted();
  if (!asked || clock_.monotonic() < publish_next_ ||
      (*asked == Want::kNews && !core_->has_news())) {
    return;
  }
  const std::chrono::nanoseconds start = clock_.monotonic();
  if (*asked == Want::kAnew) {
    core_->end_publishing();
  }
  const bool published = publish([this](Views wanted) { return core_->publish(wanted); });
  const std::chrono::nanoseconds end = clock_.monotonic();
  if (!published) {
    core_->end_publishing();  // Changes that are noted stay in memory; the next begins anew anyway.
    publish_next_ = end + kPublishWaitMax;  // It may stay so.
    return;
  }
  publish_next_ =
      end + std::clamp<std::chrono::nanoseconds>((end - start) * (kPublishShare - 1),
                                                 settings_.publish_interval_min, kPublishWaitMax);
}

/// Who asks from here on gets the next one. What cannot be made for want of memory fails alone.
bool Processor::publish(const std::function<Result<Publication>(Views wanted)>& make) {
  ViewSink* sink = nullptr;
  std::vector<std::string> views;
  PublicationTicket ticket = 0;
  {
    const MutexLock lock(mailbox_->mutex);
    mailbox_->wanted.reset();
    views.swap(mailbox_->views);
    ticket = ++mailbox_->published;
    sink = mailbox_->sink;
  }
  is_read_ = true;
  Result<Publication> made = reading([&] { return make(views); });
  const bool published = made.has_value();
  if (sink != nullptr) {
    sink->take(ticket, std::move(made));
  }
  return published;
}

/// Where nobody has read for as long as there was no checkpoint.
void Processor::end_publishing() {
  ViewSink* sink = nullptr;
  {
    const MutexLock lock(mailbox_->mutex);
    if (mailbox_->wanted) {
      return;
    }
    sink = mailbox_->sink;
  }
  core_->end_publishing();
  if (sink != nullptr) {
    sink->let_go();
  }
}

void Processor::start_checkpoint() {
  const bool due = clock_.monotonic() >= checkpoint_next_;
  if (writing_) {
    return;
  }
  if (frozen_) {  // The last attempt failed.
    if (due) {
      write_checkpoint(frozen_);
    }
    return;
  }
  const bool wanted = core_->checkpoint_urgent() || (due && core_->checkpoint_useful());
  if (wanted && !core_->failure()) {
    frozen_ = core_->freeze();
    write_checkpoint(frozen_);
  }
}

void Processor::write_checkpoint(std::shared_ptr<const FrozenState> frozen) {
  writing_ = true;
  writer_->write(std::move(frozen), written(false));
}

// Of what is in the store: a checkpoint comes before or after, not meanwhile.
void Processor::start_base() {
  const std::chrono::nanoseconds now = clock_.monotonic();
  if (writing_ || now < base_next_ || core_->failure()) {
    return;
  }
  base_next_ = now + settings_.checkpoint_interval;
  if (core_->base_wanted()) {
    writing_ = true;
    writer_->keep_base(written(true));
  }
}

// Past post(): the result must arrive also while the processor closes. Needs no memory.
CheckpointWriter::Done Processor::written(bool is_base) {
  return [this, is_base](Result<void> outcome, std::chrono::nanoseconds took) {
    const MutexLock lock(mailbox_->mutex);
    mailbox_->written.emplace(
        Written{.outcome = std::move(outcome), .took = took, .is_base = is_base});
    mailbox_->filled.notify_one();
  };
}

void Processor::end_base(const Result<void>& kept) {
  checkpoint_stats_.base_error = kept ? "" : kept.error().text();
  ++(kept ? checkpoint_stats_.bases : checkpoint_stats_.bases_failed);
  if (kept) {
    core_->commit_base();
  }
}

void Processor::end_checkpoint(const Written& written) {
  const std::chrono::nanoseconds now = clock_.monotonic();
  metrics_.checkpoint_seconds.observe(written.took);
  if (!written.outcome) {
    ++checkpoint_stats_.checkpoints_failed;
    checkpoint_stats_.checkpoint_error = written.outcome.error().text();
    checkpoint_next_ = now + settings_.checkpoint_retry;
    if (frozen_->views.is_lost() || frozen_->numbers.is_lost()) {
      core_->fail(written.outcome.error());
    }
    return;
  }
  if (!std::exchange(is_read_, false)) {
    end_publishing();  // First: cells whose changes are noted stay in memory.
  }
  core_->commit(*std::exchange(frozen_, nullptr));
  ++checkpoint_stats_.checkpoints;
  checkpoint_stats_.checkpoint_error.clear();
  checkpoint_last_ = now;
  checkpoint_next_ = now + settings_.checkpoint_interval;
}

void Processor::publish_stats() {
  ProcessorStats stats = core_->stats();
  stats.checkpoints = checkpoint_stats_.checkpoints;
  stats.checkpoints_failed = checkpoint_stats_.checkpoints_failed;
  stats.checkpoint_error = checkpoint_stats_.checkpoint_error;
  stats.bases = checkpoint_stats_.bases;
  stats.bases_failed = checkpoint_stats_.bases_failed;
  stats.base_error = checkpoint_stats_.base_error;
  stats.checkpoint_age = clock_.monotonic() - checkpoint_last_;
  const MutexLock lock(stats_mutex_);
  stats_ = std::move(stats);
}

void Processor::shut_down() {
  writer_.reset();
  run_messages();
  guarded([&] { publish([](Views) -> Result<Publication> { return closed(); }); });
  guarded([&] { make_last_checkpoint(); });
  guarded([&] { publish_stats(); });
}

void Processor::make_last_checkpoint() {
  if (!frozen_ && (core_->failure() || !core_->checkpoint_useful())) {
    return;
  }
  const std::chrono::nanoseconds start = clock_.monotonic();
  const Result<void> written = core_->checkpoint();
  metrics_.checkpoint_seconds.observe(clock_.monotonic() - start);
  checkpoint_stats_.checkpoint_error = written ? "" : written.error().text();
  ++(written ? checkpoint_stats_.checkpoints : checkpoint_stats_.checkpoints_failed);
}

}  // namespace hapax
