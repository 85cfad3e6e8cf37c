// SPDX-License-Identifier: Apache-2.0
#include "server.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "access/admin_access.hpp"
#include "access/setup_link.hpp"
#include "access/token_file.hpp"
#include "adapters/local_log/log_salvage.hpp"
#include "adapters/posix/guarded_clock.hpp"
#include "adapters/posix/kernel_clock.hpp"
#include "adapters/posix/key_file.hpp"
#include "adapters/posix/posix_storage.hpp"
#include "adapters/posix/system_clock.hpp"
#include "adapters/posix/system_random.hpp"
#include "adapters/rocksdb/rocksdb_state_store.hpp"
#include "alert_service.hpp"
#include "api/log_health.hpp"
#include "arrival/clock_keeper.hpp"
#include "assets/asset.hpp"
#include "boards/board_store.hpp"
#include "clock_mailbox.hpp"
#include "component_settings.hpp"
#include "core/time_math.hpp"
#include "core/timestamp.hpp"
#include "data_directory.hpp"
#include "dedup/verdict_log.hpp"
#include "disk_space.hpp"
#include "every_second.hpp"
#include "histograms.hpp"
#include "listen_address.hpp"
#include "metrics_page.hpp"
#include "processing/processor.hpp"
#include "processing/settings_in_force.hpp"
#include "read/view_reads.hpp"
#include "server_parts.hpp"
#include "start_report.hpp"
#include "status_watch.hpp"
#include "views/keeper/view_keeper.hpp"
#include "views/runtime/served_views.hpp"
#include "views_in_force.hpp"

namespace hapax {
namespace {

/// Of a budget: of that on an operator hears of it.
constexpr double kKeysNear = 0.8;

/// Who owns the state of the one processor.
constexpr const char* kProcessor = "processor";

/// The sources of which names were refused on `day`.
std::string names_refused_on(std::uint32_t day, const NameLimitStats& names) {
  std::string sources;
  for (const auto& [source, refused] : names.refused) {
    if (utc_day(refused.last) == day) {
      sources.append(sources.empty() ? "" : ", ").append(source);
    }
  }
  return sources;
}

}  // namespace

class Server::Impl {
 public:
  Result<void> start(const Settings& settings, const std::vector<DeclaredView>& views) {
    HAPAX_ASSIGN(const auto listen, parse_listen(settings.listen));
    HAPAX_ASSIGN(listen_, resolve(listen));
    HAPAX_TRY(prepare_data_directory(settings.data_dir, storage_));
    data_dir_ = settings.data_dir;
    // A log of a former version has no key: its own word comes first.
    HAPAX_TRY(check_format_version(log_settings(settings).directory, storage_));
    HAPAX_ASSIGN(const HashKey key, KeyFile(settings.data_dir, storage_).read_or_make(random_));
    auto log = log_settings(settings);
    log.key_id = IdHasher(key).key_id();
    HAPAX_ASSIGN(log_, LocalLog::open(log, storage_, clock_, random_, histograms_.log()));
    HAPAX_TRY(open_access(settings));
    HAPAX_TRY(open_state(settings.data_dir + "/state", settings.data_dir + "/base"));
    auto processing = processor_settings(settings);
    names_limited_ = processing.new_names_per_day > 0;
    processing.dedup.hash_seed = random_.next();
    processing.id_key = key;
    HAPAX_ASSIGN(verdicts_, VerdictLog::open({.directory = settings.data_dir + "/verdicts",
                                              .partition_count = log.partition_count,
                                              .key_id = log.key_id},
                                             storage_, random_));
    HAPAX_TRY(judge_clock(settings, key));
    HAPAX_TRY(put_settings_in_force(processing.results, settings));
    HAPAX_TRY(open_catalog(settings, views));
    HAPAX_ASSIGN(boards_, open_boards(settings.data_dir + "/boards", storage_, random_));
    say_what_is_damaged(*boards_);
    HAPAX_ASSIGN(processor_, Processor::open(processing,
                                             {.log = *log_,
                                              .store = state_->owner(kProcessor),
                                              .arrivals = arrivals_,
                                              .verdicts = *verdicts_,
                                              .catalog = *catalog_,
                                              .served = served_views_},
                                             clock_, histograms_.processor()));
    say_what_became_of_verdicts();
    reads_.emplace(view_reads_settings(settings), *processor_, clock_);
    HAPAX_TRY(open_alerts(settings));
    auto collector = collector_settings(settings);
    collector.id_key = key;
    collector_.emplace(std::move(collector), *log_, arrivals_, random_, processor_->names());
    api_.emplace(
        api_settings(settings),
        Api::Parts{.collector = &*collector_,
                   .assets = embedded_assets(),
                   .rows = *reads_,
                   .moments = *reads_,
                   .clock = clock_,
                   .not_live = [this] { return log_not_live(log_->status(), arrivals_); },
                   .not_ready =
                       [this] { return log_not_ready(log_->status(), processor_->stats().error); },
                   .clock_status = [this] { return keeper_->status(); },
                   .metrics = [this](const auto& books) { return metrics(books); },
                   .catalog = *catalog_,
                   .keeper = catalog_.get(),
                   .source = *processor_,
                   .gaps = *processor_,
                   .served = served_views_,
                   .random = random_,
                   .raw_events = EventRoutes::Log{*log_, *verdicts_},
                   .admin = *admin_,
                   .boards = *boards_,
                   .alerts = alerts_->alerts(),
                   .check_alert = [this](const auto& rule) { return alerts_->check(rule); },
                   .measured = histograms_.api()});
    HAPAX_ASSIGN(http_, HttpServer::bind(bounded_http_settings(settings, listen_), *api_, clock_));
    clock_watch_.emplace([this] {
      look_after_clock();
      look_after_catalog();
      admin_->tick();
    });
    watch_.emplace([this, ahead = settings.clock_ahead_limit] { return status(ahead); });
    http_->serve();
    alerts_->start();
    tell_commands_where_it_is(settings, storage_, authority());
    return {};
  }

  std::string url() const { return "http://" + authority(); }

  std::string authority() const { return authority_of(listen_, http_->port()); }

  const std::string& setup_token() const { return setup_token_; }

  /// From the outside in: no part is stopped while another may still call it; only what waits in
  /// the middle is let go first. The watch sees how the last checkpoint went, but not the log
  /// close.
  void stop() {
    if (reads_) {
      reads_->end_waiting();
    }
    if (api_) {
      api_->break_off();
    }
    if (http_) {
      http_->stop();
    }
    if (alerts_) {
      alerts_->stop();
    }
    if (processor_) {
      processor_->stop();
    }
    if (reads_) {
      reads_->stop();
    }
    if (api_) {
      api_->stop();
    }
    if (admin_) {
      admin_->save().permit_unchecked_error();  // When sessions were last used; no more than that.
    }
    if (clock_watch_) {
      clock_watch_->stop();
    }
    if (watch_) {
      watch_->stop();
    }
    if (log_) {
      log_->close();
    }
  }

 private:
  /// Behind the lock of the log, so that no other server writes these files.
  Result<void> open_access(const Settings& settings) {
    HAPAX_ASSIGN(admin_, AdminAccess::open(access_directory(settings.data_dir),
                                           {storage_, clock_, random_}));
    if (!settings.dev && !admin_->has_password()) {
      HAPAX_ASSIGN(setup_token_, admin_->offer_setup());
    }
    return {};
  }

  Result<void> open_state(const std::string& directory, const std::string& base_directory) {
    HAPAX_ASSIGN(state_, RocksdbStateStore::open(directory, {.base_directory = base_directory}));
    HAPAX_ASSIGN(const auto manifest, state_->owner(kProcessor).manifest());
    if (state_->made_of_base()) {
      spdlog::warn(
          "msg=\"There was no state: it is made of the base, and of the log from there on.\"");
    }
    if (const auto said = missing_head(log_->starts()); said && !manifest) {
      spdlog::warn("msg=\"{}\"", *said);
    }
    return {};
  }

  void say_what_became_of_verdicts() const {
    if (const auto verdicts = verdicts_->stats(); verdicts.begun_anew > 0) {
      spdlog::warn(
          "msg=\"What is stored of dedup's verdicts is not used: dedup decides anew.\" "
          "reason=\"{}\"",
          verdicts.begun_anew_reason);
    }
  }

  Result<void> open_alerts(const Settings& settings) {
    HAPAX_ASSIGN(
        alerts_,
        AlertService::open(
            settings, {.storage = storage_,
                       .clock = clock_,
                       .random = random_,
                       .rows = *reads_,
                       .served = served_views_,
                       .health = {.books = *processor_,
                                  .gaps = processor_.get(),
                                  .watermark = [this] { return processor_->stats().watermark; },
                                  .processor = [this] { return processor_->stats(); },
                                  .clock = clock_,
                                  .data_directory = settings.data_dir}}));
    return {};
  }

  std::string metrics(const Result<AuditReport>& books) const {
    return metrics_page({.histograms = histograms_.collect(),
                         .http = http_->stats(),
                         .api = api_->stats(),
                         .reads = reads_->stats(),
                         .books = books,
                         .alerts = alerts_->alerts().stats(),
                         .counting = CountingMetrics{.collector = collector_->stats(),
                                                     .log = log_->stats(),
                                                     .log_writable = log_->status().writable,
                                                     .processor = processor_->stats(),
                                                     .names = processor_->names().stats(),
                                                     .state = state_->stats(),
                                                     .verdicts = verdicts_->stats(),
                                                     .clock = keeper_->status(),
                                                     .disk = disk_space(data_dir_)}});
  }

  /// Before anything is appended.
  Result<void> judge_clock(const Settings& settings, const HashKey& key) {
    mailbox_.emplace(settings.data_dir);
    mailbox_->clear();
    HAPAX_ASSIGN(const auto closed_until, stored_watermark(state_->owner(kProcessor), key));
    HAPAX_ASSIGN(keeper_, ClockKeeper::start(clock_settings(settings),
                                             {.clock = clock_,
                                              .arrivals = arrivals_,
                                              .log = *log_,
                                              .is_synchronised = kernel_clock_is_synchronised,
                                              .rebuild_obstacle = [this] { return obstacle(); }},
                                             closed_until));
    return {};
  }

  /// Why counts cannot be made anew; empty: they can.
  std::string obstacle() const {
    const bool has_head = std::ranges::all_of(
        log_->starts(), [](const auto& start) { return start.offset == Offset(0); });
    const auto base = state_->owner(kProcessor).base_manifest();
    const bool has_base = base && base->has_value();
    return has_head || has_base ? "" : "the beginning of the log is gone, and there is no base";
  }

  /// Before the first event of this start is appended.
  Result<void> open_catalog(const Settings& settings, const std::vector<DeclaredView>& views) {
    HAPAX_ASSIGN(
        catalog_,
        ViewKeeper::open(settings.data_dir + "/catalog",
                         {.storage = storage_,
                          .log = *log_,
                          .arrivals = arrivals_,
                          .clock = clock_,
                          .clock_is_believed = [this] { return !keeper_->status().is_doubted; }}));
    return put_in_force(
        views,
        settings.may_drop_history ? ViewKeeper::History::kMayDrop : ViewKeeper::History::kKept,
        clock_, *catalog_);
  }

  void look_after_catalog() {
    if (const auto ticked = catalog_->tick(); !ticked) {
      spdlog::warn("msg=\"A view that is over cannot be dropped; it is tried again.\" error=\"{}\"",
                   ticked.error().text());
    }
  }

  void look_after_clock() {
    mailbox_->answer([this](const ClockCommand& command) { return carry_out(command, *keeper_); });
    if (const auto ticked = keeper_->tick(); !ticked) {
      spdlog::warn(
          "msg=\"What is known of the clock cannot be written; it is tried again.\" "
          "error=\"{}\"",
          ticked.error().text());
    }
  }

  Result<void> put_settings_in_force(const ResultSettings& wanted, const Settings& settings) {
    HAPAX_ASSIGN(const auto change,
                 put_in_force(wanted, settings.dedup_may_forget, *log_, arrivals_));
    if (change.before && change.changed) {
      spdlog::info(
          "msg=\"Settings that results depend on have changed; they hold for the events to come.\" "
          "dedup_window_us={} out_of_order_bound_us={} idle_timeout_us={}",
          wanted.dedup_window.count(), wanted.out_of_order_bound.count(),
          wanted.idle_timeout.count());
    }
    if (wanted.dedup_window > settings.retention_age) {
      spdlog::info(
          "msg=\"dedup.window is longer than log.retention_age: ids of records that the log no "
          "longer holds are known from the state, and from the base when the state is lost.\"");
    }
    return {};
  }

  /// `ahead`: how far events may be ahead of the clock when they come.
  Status status(Microseconds ahead) const {
    auto processor = processor_->stats();
    auto http = http_->stats();
    const auto names = processor_->names().stats();
    return {.log_error = log_->status().reason,
            .processor_error = std::move(processor.error),
            .step_error = std::move(processor.step_error),
            .checkpoint_error = std::move(processor.checkpoint_error),
            .base_error = std::move(processor.base_error),
            .compression_error = log_->compression().error,
            .window_full_from = time_to_come(processor.window_full_from),
            .window_pressure = processor.dedup.window_pressure,
            .keys_near = processor.view_keys_fill >= kKeysNear,
            .views_sampled = processor.views_sampled,
            .clock_doubt = keeper_->status().reason,
            .names_unlimited = names_limited_ && !names.enforced,
            .names_refused = names_refused_on(utc_day(clock_.now()), names),
            .clock_step = clock_.stepped(),
            .clock_behind = processor.watermark > as_event_time(clock_.now()) + ahead,
            .http_errors = http.errors,
            .http_error = std::move(http.error_last)};
  }

  /// Empty for one that is over.
  std::string time_to_come(const std::optional<ProcessingTime>& time) const {
    return time && *time > clock_.now() ? to_iso8601(as_event_time(*time)) : "";
  }

  // In the order of their making: each may use those above it.
  ListenAddress listen_;
  std::string data_dir_;
  bool names_limited_ = false;
  PosixStorage storage_;
  SystemClock machine_clock_;
  GuardedClock clock_{machine_clock_};
  ArrivalClock arrivals_{clock_};
  SystemRandom random_;
  Histograms histograms_;
  std::unique_ptr<LocalLog> log_;
  std::unique_ptr<AdminAccess> admin_;
  std::string setup_token_;
  std::unique_ptr<RocksdbStateStore> state_;
  std::unique_ptr<VerdictLog> verdicts_;
  std::optional<ClockMailbox> mailbox_;
  std::unique_ptr<ClockKeeper> keeper_;
  std::unique_ptr<ViewKeeper> catalog_;
  std::unique_ptr<DocumentStore> boards_;
  ServedViews served_views_;
  std::unique_ptr<Processor> processor_;
  std::optional<ViewReads> reads_;
  std::unique_ptr<AlertService> alerts_;
  std::optional<Collector> collector_;
  std::optional<Api> api_;
  std::unique_ptr<HttpServer> http_;
  std::optional<EverySecond> clock_watch_;
  std::optional<StatusWatch> watch_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  stop();
}

Result<std::unique_ptr<Server>> Server::start(const Settings& settings,
                                              const std::vector<DeclaredView>& views) {
  // Owned by a Server from the start, so that a failure half way stops what runs already.
  std::unique_ptr<Server> server(new Server(std::make_unique<Impl>()));
  HAPAX_TRY(server->impl_->start(settings, views));
  return server;
}

std::string Server::url() const {
  return impl_->url();
}

std::optional<std::string> Server::setup_link() const {
  const std::string& token = impl_->setup_token();
  return token.empty() ? std::nullopt : std::optional(hapax::setup_link(url(), token));
}

void Server::stop() {
  impl_->stop();
}

}  // namespace hapax
