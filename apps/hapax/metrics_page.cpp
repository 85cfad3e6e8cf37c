// SPDX-License-Identifier: Apache-2.0
#include "metrics_page.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <vector>

#include "audit/collector_lives.hpp"
#include "audit/equations.hpp"
#include "values_by_source.hpp"

namespace hapax {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class Page {
 public:
  void counter(std::string name, std::string help, double value) {
    family(std::move(name), std::move(help), MetricType::Counter).counter.value = value;
  }

  void gauge(std::string name, std::string help, double value) {
    family(std::move(name), std::move(help), MetricType::Gauge).gauge.value = value;
  }

  /// `values` by source and by what `label` says.
  void by_source(std::string name, std::string help, const std::string& label,
                 const ValuesBySource& values, MetricType type = MetricType::Counter) {
    MetricFamily family{std::move(name), std::move(help), type, {}};
    for (const auto& [key, value] : values.first(kSourcesShownMax)) {
      ClientMetric metric;
      metric.label = {{"source", key.first}, {label, key.second}};
      metric.counter.value = static_cast<double>(value);
      metric.gauge.value = static_cast<double>(value);
      family.metric.push_back(std::move(metric));
    }
    families_.push_back(std::move(family));
  }

  void gauges_by_source(std::string name, std::string help, const std::string& label,
                        const ValuesBySource& values) {
    by_source(std::move(name), std::move(help), label, values, MetricType::Gauge);
  }

  /// Corrected and doubted times by reason and size.
  void event_times(const CollectorStats& stats) {
    MetricFamily family{"collector_event_times_total",
                        "Events whose time was corrected or doubted, by reason and size of the "
                        "error (up to 1s, 1m, 1h, 1d, more).",
                        MetricType::Counter,
                        {}};
    for (const EventTimeCount& count : stats.event_times) {
      ClientMetric metric;
      metric.label = {{"reason", std::string(count.reason)}, {"size", std::string(count.size)}};
      metric.counter.value = static_cast<double>(count.events);
      family.metric.push_back(std::move(metric));
    }
    families_.push_back(std::move(family));
  }

  void add(std::vector<MetricFamily> families) {
    std::ranges::move(families, std::back_inserter(families_));
  }

  void counters(std::string name, std::string help, const std::string& label,
                const std::map<std::string, std::uint64_t>& values) {
    MetricFamily family{std::move(name), std::move(help), MetricType::Counter, {}};
    for (const auto& [label_value, value] : values) {
      ClientMetric metric;
      metric.label.push_back({label, label_value});
      metric.counter.value = static_cast<double>(value);
      family.metric.push_back(std::move(metric));
    }
    families_.push_back(std::move(family));
  }

  void gauges(std::string name, std::string help, const std::string& label,
              const std::map<std::string, std::uint64_t>& values) {
    MetricFamily family{std::move(name), std::move(help), MetricType::Gauge, {}};
    for (const auto& [label_value, value] : values) {
      ClientMetric metric;
      metric.label.push_back({label, label_value});
      metric.gauge.value = static_cast<double>(value);
      family.metric.push_back(std::move(metric));
    }
    families_.push_back(std::move(family));
  }

  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  ClientMetric& family(std::string name, std::string help, MetricType type) {
    families_.push_back({std::move(name), std::move(help), type, {ClientMetric{}}});
    return families_.back().metric.front();
  }

  std::vector<MetricFamily> families_;
};

template <typename T>
double number(T value) {
  return static_cast<double>(value);
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

void add_http(Page& page, const HttpServerStats& http) {
  page.gauge("http_connections", "Open connections.", number(http.connections));
  page.counter("http_connections_accepted_total", "Connections accepted.",
               number(http.connections_accepted));
  page.counter("http_connections_refused_total", "Connections closed for http.connections_limit.",
               number(http.connections_refused));
  page.counter("http_connections_timed_out_total", "Connections closed for being too slow.",
               number(http.connections_timed_out));
  page.counter("http_requests_total", "Requests read.", number(http.requests));
  page.counter("http_requests_refused_total", "Requests refused by the server itself.",
               number(http.requests_refused));
  page.counter("http_accepts_failed_total", "accept() calls that failed, for want of descriptors.",
               number(http.accepts_failed));
  page.counter("http_errors_total", "Requests that ended in an exception; see the server's log.",
               number(http.errors));
  page.gauge("http_body_bytes", "Request bodies held now.", number(http.body_bytes_in_flight));
  page.counter("http_streams_dropped_total", "Live streams whose client was too slow.",
               number(http.streams_dropped));
}

void add_api(Page& page, const ApiStats& api) {
  page.gauge("api_live_streams", "Connections of live streams open or being opened.",
             number(api.live_streams));
  page.gauge("api_event_streams", "Streams of raw events open or being opened.",
             number(api.events.streams));
  page.counter("api_events_passed_over_total",
               "Records that no stream of raw events was shown: they came too fast to be read.",
               number(api.events.passed_over));
  page.gauge("api_answer_bytes", "Answers being rendered or not yet sent.",
             number(api.answer_bytes));
  page.counter("api_answers_refused_total", "Answers refused because too many were not sent yet.",
               number(api.answers_refused));
}

void add_access(Page& page, const SessionStats& access) {
  page.counters("access_sign_ins_total", "Tries to sign in, or to set the password, by outcome.",
                "outcome", access.sign_ins);
  page.gauge("access_sessions", "Browsers that are signed in.", number(access.admin.sessions));
  page.gauge("access_password_set", "1 when there is a password.",
             access.admin.has_password ? 1 : 0);
  page.gauge("access_unsaved", "1 while sessions cannot be written; a restart would end some.",
             access.admin.is_unsaved ? 1 : 0);
}

void add_reads(Page& page, const ViewReadsStats& reads) {
  page.gauge("api_queries", "Queries that wait or are being answered.", number(reads.queries));
  page.counter("api_queries_refused_total", "Queries refused because too many had no answer yet.",
               number(reads.queries_refused));
}

void add_collector(Page& page, const CollectorStats& collector) {
  page.counter("collector_requests_total", "Ingest requests.", number(collector.requests));
  page.counter("collector_events_received_total", "Events in requests that could be read.",
               number(collector.events_received));
  page.counter("collector_events_accepted_total", "Events durable and acknowledged.",
               number(collector.events_accepted));
  page.counter("collector_events_rejected_total", "Events durable as dead letters.",
               number(collector.events_rejected));
  page.counter("collector_events_unavailable_total", "Events answered 503, not taken.",
               number(collector.events_unavailable));
  ValuesBySource requests;
  ValuesBySource bytes;
  for (const auto& [key, refused] : collector.refused) {
    requests.add(key.first, key.second, refused.requests);
    bytes.add(key.first, key.second, refused.bytes);
  }
  page.by_source("collector_requests_refused_total",
                 "Requests of which nothing was stored. Without a source where it is not known.",
                 "code", requests);
  page.by_source("collector_bytes_refused_total", "Bytes of their bodies.", "code", bytes);
  page.counter("collector_numberings_ignored_total",
               "Requests whose numbering cannot be used, so that their events are not numbered.",
               number(collector.numberings_ignored));
  page.event_times(collector);
  page.counters("collector_rejections_total", "Dead letters by reason.", "code",
                collector.rejections);
}

void add_log(Page& page, const LogStats& log, bool writable) {
  page.gauge("log_writable", "1 while the log can make events durable.", writable ? 1 : 0);
  page.counter("log_appended_records_total", "Records made durable.", number(log.appended_records));
  page.counter("log_appended_bytes_total", "Bytes made durable.", number(log.appended_bytes));
  page.counter("log_syncs_total", "fdatasync calls of the log.", number(log.syncs));
  page.counter("log_sync_seconds_total", "Time in fdatasync.", seconds(log.sync_time));
  page.gauge("log_sync_seconds_max", "Longest fdatasync since the start.",
             seconds(log.sync_time_max));
  page.counter("log_appends_refused_total", "Appends refused because the queue was full.",
               number(log.refused_appends));
  page.gauge("log_queue_bytes", "Records waiting to be written.", number(log.queue_bytes));
  page.gauge("log_segments", "Segment files holding records.", number(log.segments));
  page.gauge("log_spare_segments", "Segment files ready for use.", number(log.spares));
  page.gauge("log_retained_bytes", "Bytes of the segment files holding records.",
             number(log.retained_bytes));
  page.counter("log_retention_failures_total",
               "Attempts to drop segments over their retention that failed.",
               number(log.retention_failures));
  page.counter("log_segments_recycled_total", "Segment files used again.", number(log.recycled));
  page.counter("log_end_failures_total", "Attempts to write down the durable end that failed.",
               number(log.end_failures));
  page.counter("log_segments_compressed_total", "Segment files compressed.",
               number(log.compression.segments));
  page.counter("log_compression_raw_bytes_total", "Bytes of these files before.",
               number(log.compression.raw_bytes));
  page.counter("log_compression_bytes_total", "Bytes of these files compressed.",
               number(log.compression.twin_bytes));
  page.counter("log_compression_failures_total",
               "Attempts to compress a segment file, or to take its raw one away, that failed.",
               number(log.compression.failures));
  page.gauge("log_compression_failing",
             "1 while a segment file waits after such a failure to be tried again.",
             log.compression.error.empty() ? 0 : 1);
  std::map<std::string, std::uint64_t> held;
  std::map<std::string, std::uint64_t> lost;
  for (const auto& subscriber : log.subscribers) {
    held[subscriber.name] = subscriber.held_bytes;
    lost[subscriber.name] = subscriber.lost_records;
  }
  page.gauges("log_subscriber_held_bytes",
              "Bytes of the segment files from a reader's first unreleased record on.",
              "subscriber", held);
  page.counters("log_subscriber_lost_records_total",
                "Records dropped before a reader released them, because it held too many bytes.",
                "subscriber", lost);
}

void add_processor(Page& page, const ProcessorStats& processor) {
  page.counter("processor_records_total", "Records processed.", number(processor.records));
  page.gauge("processor_lag_records", "Durable and not yet processed.",
             number(processor.lag_records));
  page.gauge("processor_failed", "1 when processing has stopped for good; see the server's log.",
             processor.error.empty() ? 0 : 1);
  page.counter("processor_steps_interrupted_total",
               "Steps that log or store could not serve and that are tried again.",
               number(processor.steps_interrupted));
  page.gauge("processor_waiting_for_checkpoint", "1 while a memory limit stops processing.",
             processor.waiting_for_checkpoint ? 1 : 0);
  page.counter("processor_checkpoints_total", "Checkpoints made.", number(processor.checkpoints));
  page.counter("processor_checkpoints_failed_total", "Checkpoints that failed.",
               number(processor.checkpoints_failed));
  page.gauge("processor_checkpoint_failing", "1 when the last checkpoint failed.",
             processor.checkpoint_error.empty() ? 0 : 1);
  page.gauge("processor_checkpoint_age_seconds", "Time since the last checkpoint.",
             seconds(processor.checkpoint_age));
  page.counter("processor_bases_total", "Bases kept.", number(processor.bases));
  page.counter("processor_bases_failed_total", "Attempts to keep a base that failed.",
               number(processor.bases_failed));
  page.gauge("processor_base_failing", "1 when the last attempt to keep a base failed.",
             processor.base_error.empty() ? 0 : 1);
  page.gauge("processor_base_records", "Records of the log whose effect the base holds.",
             number(processor.base_records));
  page.gauge("stream_watermark_seconds", "Watermark, seconds since 1970.",
             number(to_micros(processor.watermark)) / 1e6);
  page.gauge("view_cells_hot", "Cells in memory.", number(processor.hot_cells));
  page.gauge("view_memory_bytes", "Memory of the cells in memory.", number(processor.view_bytes));
  page.gauge("gaps_devices_hot", "Numbered devices in memory.",
             number(processor.numbered_devices_hot));
  page.gauge("gaps_memory_bytes", "Memory of the numbered devices in memory.",
             number(processor.numbered_device_bytes));
  page.gauge("view_keys_fill_ratio",
             "The greatest part of views.keys_bytes_max, or a view's own, that keys use, 0 to 1.",
             processor.view_keys_fill);
  page.gauge("views_sampled", "Views that count a sample of their keys.",
             number(processor.views_sampled));
}

void add_alerts(Page& page, const AlertsStats& alerts) {
  page.gauge("alerts_firing", "Alerts that fire.", number(alerts.firing));
  page.gauge("alerts_unknown", "Alerts of which nobody can know whether they fire.",
             number(alerts.unknown));
  page.counters("alert_deliveries_total",
                "Messages of alerts by outcome: delivered, failed (each try), gave_up (after the "
                "last one), superseded (by news, before it was delivered).",
                "outcome",
                {{"delivered", alerts.delivered},
                 {"failed", alerts.failed},
                 {"gave_up", alerts.gave_up},
                 {"superseded", alerts.superseded}});
}

/// What never arrived, of devices that number their events.
void add_gaps(Page& page, const AuditReport& books) {
  ValuesBySource missing;
  ValuesBySource kept;
  ValuesBySource devices;
  for (const SourceGaps& gaps : books.gaps) {
    missing.add(gaps.source, "missing", gaps.missing);
    missing.add(gaps.source, "open_tail", gaps.open_tail);
    kept.add(gaps.source, "numbered", gaps.devices);
    kept.add(gaps.source, "unnumbered", gaps.unnumbered_devices);
    devices.add(gaps.source, "not_believed", gaps.unbelieved_devices);
    devices.add(gaps.source, "unnumbered", gaps.unnumbered_devices);
  }
  page.gauges_by_source("gaps_events",
                        "Numbered events that did not arrive: missing, at least, as later ones of "
                        "their device did; open_tail, the newest ones that a device has made.",
                        "state", missing);
  page.gauges_by_source("gaps_devices",
                        "Devices that are kept, each with its epochs: numbered, and unnumbered, as "
                        "their numbers are too great. They are never dropped.",
                        "state", kept);
  page.gauges_by_source("gaps_devices_set_apart",
                        "Numbered devices in no total: not_believed, as too much of them is "
                        "missing; unnumbered, as their numbers are too great.",
                        "reason", devices);
}

/// Where ids count once in each partition alone.
void add_missed(Page& page, const MissedDuplicates& missed) {
  const MissedTally total = missed.total();
  page.gauge("books_missed_sample_ratio", "dedup.missed_sample.",
             static_cast<double>(missed.sample) / MissedDuplicates::kWhole);
  page.counter("books_missed_asked_events_total",
               "First events of an id in their partition, of the sample, of which it is known "
               "whether another partition has counted the id, too.",
               number(total.asked));
  page.counter("books_missed_events_total", "Of these, those of which it has.",
               number(total.missed));
  page.counter("books_missed_unasked_events_total",
               "Those of the sample of which it will not be known: too many were asked at once.",
               number(total.unasked));
  page.gauge("books_missed_estimate_events",
             "Estimated from the sample: events that dedup within partitions has missed.",
             number(missed.estimate(total)));
}

ValuesBySource outcomes(const AuditReport& books) {
  ValuesBySource events;
  for (const SourceAudit& source : books.sources) {
    events.add(source.source, "rejected", source.rejected);
    events.add(source.source, "duplicate", source.duplicate);
    events.add(source.source, "on_time", source.on_time);
    events.add(source.source, "late", source.late);
  }
  return events;
}

/// A function of the log like all of the books, not of this process.
void add_books(Page& page, const AuditReport& books) {
  SourceAudit total;
  for (const SourceAudit& source : books.sources) {
    total.late += source.late;
    total.clock_ahead += source.clock_ahead;
    total.before_epoch += source.before_epoch;
    total.clock_behind += source.clock_behind;
    total.clock_corrected += source.clock_corrected;
    total.seconds += source.seconds;
    total.time_unreadable += source.time_unreadable;
    total.non_number += source.non_number;
  }
  page.by_source(
      "books_source_events_total",
      "Events of each source by what became of them; those of a source are its rejected, "
      "duplicate, on_time and late ones together.",
      "outcome", outcomes(books));
  page.gauge("books_balanced", "1 while every equation of /api/audit holds.",
             balanced(check_books(books)) ? 1 : 0);
  page.counter("books_late_events_total", "Unique events that were late.", number(total.late));
  page.counter("books_clock_ahead_events_total",
               "Unique events whose time was too far ahead and became that of arrival.",
               number(total.clock_ahead));
  page.counter("books_before_epoch_events_total", "Unique events of before 1970.",
               number(total.before_epoch));
  page.counter("books_clock_behind_events_total",
               "Unique events whose clock seemed behind, or that were delivered late.",
               number(total.clock_behind));
  page.counter("books_clock_corrected_events_total",
               "Unique events whose time was moved by their clock's error.",
               number(total.clock_corrected));
  page.counter("books_seconds_events_total", "Unique events whose time was a number of seconds.",
               number(total.seconds));
  page.counter("books_time_unreadable_events_total",
               "Unique events whose time could not be read and became that of arrival.",
               number(total.time_unreadable));
  page.counter("books_non_number_events_total",
               "Unique events with NaN, Infinity or undefined in their JSON.",
               number(total.non_number));
}

void add_dedup(Page& page, const ProcessorStats& processor) {
  const auto& dedup = processor.dedup;
  page.counter("dedup_duplicates_total",
               "Events seen before, conflicts and restamped ones included.",
               number(processor.duplicates));
  page.counter("dedup_conflicts_total", "Events with a known id and other content.",
               number(processor.conflicts));
  page.counter("dedup_restamped_total", "Events with a known id and content at another time.",
               number(processor.restamped));
  page.gauge("dedup_ids", "Ids remembered.", number(dedup.ids));
  page.gauge("dedup_ids_hot", "Ids not yet in a checkpoint.", number(dedup.hot_ids));
  page.gauge("dedup_buckets", "Live buckets of ids.", number(dedup.buckets));
  page.gauge("dedup_memory_bytes", "Memory of tables and filters.", number(dedup.memory_bytes));
  page.counter("dedup_filter_probes_total", "Filter look-ups.", number(dedup.filter_probes));
  page.counter("dedup_filter_maybes_total", "Filter look-ups that went on to the store.",
               number(dedup.filter_maybes));
  page.counter("dedup_false_positives_total", "Of those, in vain.", number(dedup.false_positives));
  page.gauge("dedup_window_pressure", "1 when more ids are in the window than dedup.ids_limit.",
             dedup.window_pressure ? 1 : 0);
}

void add_verdicts(Page& page, const VerdictLogStats& verdicts) {
  page.gauge("verdicts_disk_bytes", "Size of what is stored of dedup's verdicts.",
             number(verdicts.disk_bytes));
  page.gauge("verdicts_unsaved", "Verdicts not yet in a checkpoint.", number(verdicts.unsaved));
  page.counter("verdicts_blocks_damaged_total", "Stored runs of verdicts found to be damaged.",
               number(verdicts.blocks_damaged));
  page.counter("verdicts_begun_anew_total",
               "Times that stored verdicts could not be used, and dedup decided anew.",
               number(verdicts.begun_anew));
  std::map<std::string, std::uint64_t> from;
  for (std::size_t i = 0; i < verdicts.complete_from.size(); ++i) {
    from[std::to_string(i)] = verdicts.complete_from[i].value();
  }
  page.gauges("verdicts_from_offset", "From which offset on every verdict is stored.", "partition",
              from);
}

void add_names(Page& page, const NameLimitStats& names) {
  std::map<std::string, std::uint64_t> refused;
  std::size_t shown = 0;
  for (const auto& [source, of_source] : names.refused) {
    const bool is_other = ++shown > kSourcesShownMax;
    refused[is_other ? ValuesBySource::kOther : source] += of_source.count;
  }
  page.counters("names_refused_total", "Events refused for a new name beyond names.new_per_day.",
                "source", refused);
  page.gauge("names_limit_enforced",
             "1 while new names are limited; 0 without a limit, and until the log's tail is read.",
             names.enforced ? 1 : 0);
  page.gauge("names_known", "Event names known, of all sources.", number(names.known));
  page.gauge("names_memory_bytes", "Memory of their table.", number(names.memory_bytes));
}

void add_clock(Page& page, const ClockStatus& clock) {
  page.gauge("clock_step_seconds",
             "How far the wall clock has stepped ahead and is not followed; 0 while it is.",
             seconds(clock.stepped));
  page.gauge("clock_doubted", "1 while our clock is in doubt.", clock.is_doubted ? 1 : 0);
  page.gauge("clock_undecided_doubts",
             "Doubts of our clock that are not over; what came in them is counted and not final.",
             number(clock.undecided));
  page.gauge("clock_keeps_log_files", "1 while log files are kept beyond their age for the clock.",
             clock.keeps_files ? 1 : 0);
}

void add_state(Page& page, const StateStoreStats& state) {
  page.gauge("checkpoint_disk_bytes", "Size of the state store.", number(state.disk_bytes));
  page.gauge("checkpoint_cache_bytes", "Memory of its cache.", number(state.cache_bytes));
  page.gauge("base_disk_bytes",
             "Size of the base; what it shares with the state store is counted in both.",
             number(state.base_bytes));
  page.gauge("base_made_seconds", "When the base was kept, seconds since 1970; 0: there is none.",
             number(state.base_made_seconds));
}

void add_disk(Page& page, const DiskSpace& disk) {
  page.gauge("data_disk_bytes", "Size of the file system that holds the data directory.",
             number(disk.bytes));
  page.gauge("data_disk_free_bytes", "What is free of it for the server's user.",
             number(disk.free_bytes));
}

void add_process(Page& page) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto micros = [](const timeval& time) {
    return number(time.tv_sec) * 1e6 + number(time.tv_usec);
  };
  page.counter("process_cpu_seconds_total", "User and system CPU time.",
               (micros(usage.ru_utime) + micros(usage.ru_stime)) / 1e6);
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  statm >> total_pages >> resident_pages;
  page.gauge("process_resident_memory_bytes", "Resident memory.",
             number(resident_pages) * number(sysconf(_SC_PAGESIZE)));
}

void add_counting(Page& page, const CountingMetrics& counting) {
  add_collector(page, counting.collector);
  add_log(page, counting.log, counting.log_writable);
  add_processor(page, counting.processor);
  add_dedup(page, counting.processor);
  add_verdicts(page, counting.verdicts);
  add_names(page, counting.names);
  add_state(page, counting.state);
  add_clock(page, counting.clock);
  if (counting.disk) {
    add_disk(page, *counting.disk);
  }
}

/// Of a server that reads what partitions publish (docs/query.md).
void add_published(Page& page, const PublishedViewsStats& published) {
  page.gauge("published_readable", "1 when the view store could be read the last time.",
             published.error.empty() ? 1 : 0);
  page.counter("published_looks_total", "Looks at what partitions have published.",
               number(published.looks));
  page.gauge("published_owners_heard",
             "Processes that tell what they have counted and not published yet.",
             number(published.owners_heard));
  page.gauge("published_partitions_untold",
             "Partitions whose owners tell nothing now, since too much of them is not kept.",
             number(published.partitions_untold));
  if (published.watermark > EventTime::min()) {
    page.gauge("published_watermark_seconds",
               "The least watermark of all partitions, in seconds since 1970.",
               number(to_micros(published.watermark)) / 1e6);
  }
  if (published.complete_until > ProcessingTime::min()) {
    page.gauge("published_complete_until_seconds",
               "All that was received before it is counted, in seconds since 1970.",
               number(to_micros(published.complete_until)) / 1e6);
  }
}

/// What their collectors say, against what partitions have.
void add_collectors(Page& page, const std::vector<CollectorAudit>& collectors) {
  std::map<std::string, std::uint64_t> lives;
  CollectorFigures sum;
  std::uint64_t unequal = 0;
  for (const CollectorLife& life : lives_of(collectors)) {
    lives[name_of(life.whole.state)] += life.whole.lives;
    sum.add(life.whole.figures);
    unequal += life.is_equal ? 0 : 1;
  }
  page.gauges("collectors_lives", "Lives of collectors that partitions have heard of, by state.",
              "state", lives);
  page.gauge("collectors_unequal",
             "Lives whose account is not that of what arrived: 0 if all is well.", number(unequal));
  page.gauges("collectors_records", "Records of collectors, by what is known of them.", "what",
              {{"acknowledged", sum.acknowledged},
               {"arrived", sum.arrived},
               {"behind", sum.behind},
               {"unknown_absent", sum.absent},
               {"unknown_open", sum.open},
               {"unknown_present", sum.present},
               {"unreported", sum.unreported}});
  page.counters("collectors_disordered_records_total",
                "Records that came as the topic's order excludes: 0 if all is well.", "how",
                {{"out_of_order", sum.out_of_order}, {"repeated", sum.repeated}});
}

}  // namespace

std::string metrics_page(const MetricsInput& input) {
  Page page;
  page.add(input.histograms);
  add_http(page, input.http);
  add_api(page, input.api);
  add_access(page, input.api.sessions);
  add_reads(page, input.reads);
  add_alerts(page, input.alerts);
  if (input.books) {
    add_books(page, *input.books);
    add_gaps(page, *input.books);
    if (input.books->missed) {
      add_missed(page, *input.books->missed);
    }
  }
  if (input.counting) {
    add_counting(page, *input.counting);
  }
  if (input.published) {
    add_published(page, *input.published);
    if (input.books) {
      add_collectors(page, input.books->collectors);
    }
  }
  add_process(page);
  return page.text();
}

namespace {

void add_appender(Page& page, const CollectionAppenderStats& appender) {
  page.gauge("collect_ready", "1 while the collector takes events.", appender.ready ? 1 : 0);
  page.gauge("collect_queue_bytes", "Records taken that brokers have not answered.",
             number(appender.queue_bytes));
  page.counter("collect_requests_refused_total",
               "Requests refused before they were taken: not ready, or too many wait.",
               number(appender.requests_refused));
  page.counter("collect_requests_failed_total",
               "Requests taken and answered 503: it is not known what the brokers have of them.",
               number(appender.requests_failed));
  page.counter(
      "collect_lives_total",
      "Times that it joined the cluster: again where it was called gone, or did not know of "
      "too many records what became of them.",
      number(appender.lives));
  page.gauge("collect_clock_off_seconds",
             "How far its clock is ahead of the brokers', negative behind, at least.",
             seconds(appender.clock_off.value_or(Microseconds(0))));
}

void add_topics(Page& page, const TopicsMetrics& topics) {
  page.gauge("kafka_topics_right",
             "1 while all topics were as docs/kafka.md says when they were looked at last; else "
             "nothing is taken, and /health/ready says why.",
             topics.are_right ? 1 : 0);
  page.counter("kafka_topics_looks_total", "Looks at the topics that are used.",
               number(topics.looks));
  page.counter("kafka_topics_looks_unanswered_total",
               "Looks at which a broker did not answer, which says nothing of a topic.",
               number(topics.unanswered));
}

}  // namespace

std::string collect_metrics_page(const CollectMetricsInput& input) {
  Page page;
  page.add(input.histograms);
  add_http(page, input.http);
  add_collector(page, input.collector);
  add_appender(page, input.appender);
  add_topics(page, input.topics);
  return page.text();
}

std::string process_metrics_page(const ProcessMetricsInput& input) {
  Page page;
  add_http(page, input.http);
  page.gauge("process_ready", "1 while all that it owns is counted.",
             input.status.is_ready ? 1 : 0);
  page.gauge("process_event_partitions", "Partitions of events that it owns.",
             number(input.status.events.size()));
  page.gauge("process_claim_partitions", "Partitions of claims that it owns.",
             number(input.status.claims.size()));
  page.gauge("process_standby_partitions", "Partitions of claims for which its judges stand by.",
             number(input.status.standbys.size()));
  page.gauge("process_standby_speaking",
             "Of these, those whose verdicts it says, since their owner does not seem to.",
             number(static_cast<std::uint64_t>(
                 std::ranges::count_if(input.status.standbys, &OwnedPartition::speaks))));
  std::uint64_t held = 0;
  std::uint64_t full = 0;
  std::uint64_t contradictions = 0;
  for (const OwnedPartition& one : input.status.events) {
    contradictions += one.contradictions;
    held += one.held_bytes;
    full += one.is_full ? 1 : 0;
  }
  page.gauge("process_held_bytes",
             "Memory of events that wait for verdicts, and of what is counted and not kept.",
             number(held));
  page.gauge("process_full_partitions",
             "Partitions of events of which no more is read, since too much waits.", number(full));
  page.gauge("process_contradicting_verdicts",
             "Verdicts that differ from earlier ones on the same events, of the partitions that it "
             "owns: 0 if all is well.",
             number(contradictions));
  add_topics(page, input.topics);
  return page.text();
}

}  // namespace hapax
