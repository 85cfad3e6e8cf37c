// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/mutex.hpp"
#include "numbers/gap_source.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"
#include "ports/metrics.hpp"
#include "ports/state_store.hpp"
#include "processing/checkpoint_writer.hpp"
#include "processing/current_names.hpp"
#include "processing/processor_core.hpp"
#include "processing/processor_settings.hpp"
#include "processing/shard_threads.hpp"
#include "views/view_source.hpp"

namespace hapax {

/// What the processor measures. Lifetime: as long as the processor.
struct ProcessorMetrics {
  Histogram& view_delay_seconds = unmeasured();  ///< Once a step.
  Histogram& checkpoint_seconds = unmeasured();
};

/// The processor on its own thread, others that share the work of its steps, and one that writes
/// checkpoints. All state belongs to the processor thread: readers get publications of it, which
/// cost it what has changed, and read elsewhere. When log or store are unavailable it tries again
/// until they are not; stats() counts that. An exception on the thread, whatever throws it, may
/// leave the state half changed: processing stops for good with the reason in stats() and in every
/// publication, nothing of it is written any more, and the rest of the process goes on. The next
/// start takes up the last checkpoint. After stop() the sink gets kClosed once, and whoever asks is
/// answered so by the caller. Threading: all calls may run at the same time. Lifetime: parts and
/// clock must outlive it.
class Processor : public ViewSource, public GapSource {
 public:
  /// Loads the last checkpoint and starts. Errors: see ProcessorCore::open; kUnavailable, a thread
  /// cannot be started.
  static Result<std::unique_ptr<Processor>> open(const ProcessorSettings& settings,
                                                 const ProcessorParts& parts, const Clock& clock,
                                                 ProcessorMetrics metrics = {});
  ~Processor() override;

  /// Makes a last checkpoint and ends the threads. What the log holds beyond it is processed after
  /// the next start.
  void stop();

  void publish_to(ViewSink& sink) override;
  std::optional<PublicationTicket> want(Want want, std::string_view view) override;
  void newest(std::optional<std::string> source,
              std::function<void(Result<std::optional<NewestEvent>>)> answer) override;
  void audit(std::function<void(Result<AuditReport>)> answer) override;
  void books(std::string view, std::function<void(Result<ViewBooks>)> answer) override;
  void whole_rows(WholeRowsQuery query, std::function<void(Result<WholeRows>)> answer) override;
  void views(std::function<void(Result<std::vector<ViewReport>>)> answer) override;
  void gaps(GapQuery query, std::function<void(Result<GapReport>)> answer) override;
  void gap_devices(GapDevicesQuery query,
                   std::function<void(Result<GapDevicesMoment>)> answer) override;

  ProcessorStats stats() const;

  /// For whoever lets events into the log.
  NameLimit& names() { return names_; }

 private:
  using Message = std::function<void()>;
  /// How a checkpoint, or a base, went.
  struct Written {
    Result<void> outcome;
    std::chrono::nanoseconds took;
    bool is_base = false;
  };
  // Shared with the log's callback.
  struct Mailbox {
    Mutex mutex;
    CondVar filled;
    std::vector<Message> messages HAPAX_GUARDED_BY(mutex);
    std::optional<Written> written HAPAX_GUARDED_BY(mutex);
    bool durable HAPAX_GUARDED_BY(mutex) = false;
    bool waits_for_log HAPAX_GUARDED_BY(mutex) = false;  ///< `durable` is what it waits for, too.
    bool closed HAPAX_GUARDED_BY(mutex) = false;
    ViewSink* sink HAPAX_GUARDED_BY(mutex) = nullptr;
    std::optional<Want> wanted HAPAX_GUARDED_BY(mutex);       ///< Of the next publication.
    std::vector<std::string> views HAPAX_GUARDED_BY(mutex);   ///< Wanted of it, by id.
    PublicationTicket published HAPAX_GUARDED_BY(mutex) = 0;  ///< The last one.
  };

  Processor(const ProcessorSettings& settings, EventLog& log, const Clock& clock,
            std::unique_ptr<ShardThreads> shards, std::unique_ptr<ProcessorCore> core,
            std::unique_ptr<CheckpointWriter> writer, ProcessorMetrics metrics);

  /// How many records of a backfill were read at a time.
  struct Pace {
    std::uint64_t records;
    std::chrono::nanoseconds at;
  };

  bool post(Message message);
  void tell_pace(std::vector<ViewReport>& reports);
  template <typename T, typename Read>
  void ask(std::function<void(Result<T>)> answer, Read read);
  void run();
  bool advance();
  void begin_anew();
  template <typename Part>
  void guarded(const Part& part) noexcept;
  bool run_messages();
  void wait();
  std::chrono::nanoseconds wait_max(std::optional<Want> wanted) const;
  void shut_down();

  std::optional<Want> wanted() const;
  void publish_if_due();
  using Views = std::span<const std::string>;
  bool publish(const std::function<Result<Publication>(Views wanted)>& make);
  void end_publishing();

  void start_checkpoint();
  void write_checkpoint(std::shared_ptr<const FrozenState> frozen);
  void start_base();
  CheckpointWriter::Done written(bool is_base);
  void end_checkpoint(const Written& written);
  void end_base(const Result<void>& kept);
  void make_last_checkpoint();
  void publish_stats();
  void measure_delay();

  const ProcessorSettings settings_;
  EventLog& log_;
  const Clock& clock_;
  const ProcessorMetrics metrics_;
  const ProcessingTime started_at_;
  NotifyId notify_;
  const std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();

  // Of the processor thread.
  std::unique_ptr<ShardThreads> shards_;  // Before core_, which uses them.
  std::unique_ptr<ProcessorCore> core_;
  CurrentNames names_;  // Those of core_; self-synchronised.
  std::optional<Pace> pace_;
  std::chrono::nanoseconds step_next_{};
  std::chrono::nanoseconds publish_next_{};
  bool is_read_ = false;                       // There was a publication since the last checkpoint.
  std::shared_ptr<const FrozenState> frozen_;  // Being written, or to be written again.
  bool writing_ = false;                       // A checkpoint or a base.
  std::chrono::nanoseconds checkpoint_next_{};
  std::chrono::nanoseconds checkpoint_last_{};
  std::chrono::nanoseconds base_next_{};  // When to ask again whether one is wanted.
  ProcessorStats checkpoint_stats_;
  std::unique_ptr<CheckpointWriter> writer_;

  mutable Mutex stats_mutex_;
  ProcessorStats stats_ HAPAX_GUARDED_BY(stats_mutex_);

  Mutex stop_mutex_;
  std::jthread thread_ HAPAX_GUARDED_BY(stop_mutex_);  // Last: runs on all of the above.
};

}  // namespace hapax
