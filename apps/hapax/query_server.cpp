// SPDX-License-Identifier: Apache-2.0
#include "query_server.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "access/admin_access.hpp"
#include "access/setup_link.hpp"
#include "access/token_file.hpp"
#include "adapters/curl/curl_get.hpp"
#include "adapters/posix/posix_storage.hpp"
#include "adapters/posix/system_clock.hpp"
#include "adapters/posix/system_random.hpp"
#include "alert_service.hpp"
#include "api/api.hpp"
#include "boards/board_store.hpp"
#include "component_settings.hpp"
#include "data_directory.hpp"
#include "every_second.hpp"
#include "histograms.hpp"
#include "listen_address.hpp"
#include "metrics_page.hpp"
#include "published/views/hot_follower.hpp"
#include "published/views/published_catalog.hpp"
#include "published/views/published_views.hpp"
#include "read/view_reads.hpp"
#include "server_parts.hpp"
#include "status_watch.hpp"
#include "views/runtime/served_views.hpp"

namespace hapax {

namespace {

/// Says of answers whether they are provisional, once all that they say was read.
class MarkedAnswers : public HttpHandler {
 public:
  MarkedAnswers(HttpHandler& api, const PublishedViews& views) : api_(api), views_(views) {}

  void handle(HttpRequest request, Respond respond) override {
    api_.handle(std::move(request), [this, respond = std::move(respond)](HttpResponse answer) {
      if (!answer.on_stream && views_.is_provisional()) {
        answer.headers.emplace_back("Hapax-Provisional", "true");
      }
      respond(std::move(answer));
    });
  }
  HttpResponse refuse(const HttpRefusal& refusal) override { return api_.refuse(refusal); }

 private:
  HttpHandler& api_;
  const PublishedViews& views_;
};

}  // namespace

class QueryServer::Impl {
 public:
  explicit Impl(Parts parts) : parts_(std::move(parts)) {}

  Result<void> start(const Settings& settings) {
    HAPAX_ASSIGN(const auto listen, parse_listen(settings.listen));
    HAPAX_ASSIGN(listen_, resolve(listen));
    HAPAX_TRY(open_files(settings));
    catalog_.emplace(*parts_.published);
    views_.emplace(published_views_settings(settings),
                   PublishedViews::Parts{.reader = *parts_.published,
                                         .catalog = *catalog_,
                                         .served = served_views_,
                                         .clock = clock_});
    reads_.emplace(view_reads_settings(settings), *views_, clock_);
    HAPAX_TRY(open_alerts(settings));
    open_api(settings);
    answers_.emplace(*api_, *views_);
    HAPAX_ASSIGN(http_,
                 HttpServer::bind(bounded_http_settings(settings, listen_), *answers_, clock_));
    look();
    follow_owners(settings);
    tick_.emplace([this] {
      look();
      if (owners_) {
        owners_->follow(views_->owners());
      }
      admin_->tick();
    });
    watch_.emplace([this] { return status(); });
    http_->serve();
    alerts_->start();
    tell_commands_where_it_is(settings, storage_, authority_of(listen_, http_->port()));
    return {};
  }

  std::string url() const { return "http://" + authority_of(listen_, http_->port()); }
  const std::string& setup_token() const { return setup_token_; }

  /// From the outside in: no part is stopped while another may still call it.
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
    if (tick_) {
      tick_->stop();
    }
    if (owners_) {
      owners_->stop();
    }
    if (views_) {
      views_->stop();
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
    if (watch_) {
      watch_->stop();
    }
  }

 private:
  /// What fails is done again; the watch says why.
  void look() {
    catalog_->look().permit_unchecked_error();
    views_->look_now().permit_unchecked_error();
  }

  /// Behind a lock, so that no other server writes them.
  Result<void> open_files(const Settings& settings) {
    HAPAX_TRY(prepare_data_directory(settings.data_dir, storage_));
    HAPAX_ASSIGN(lock_, storage_.lock(settings.data_dir + "/query.lock"));
    HAPAX_ASSIGN(admin_, AdminAccess::open(access_directory(settings.data_dir),
                                           {storage_, clock_, random_}));
    if (!settings.dev && !admin_->has_password()) {
      HAPAX_ASSIGN(setup_token_, admin_->offer_setup());
    }
    HAPAX_ASSIGN(boards_, open_boards(settings.data_dir + "/boards", storage_, random_));
    say_what_is_damaged(*boards_);
    return {};
  }

  /// For what they have counted and not kept yet.
  void follow_owners(const Settings& settings) {
    if (settings.query_process_key.empty()) {
      spdlog::info(
          "msg=\"Owners of partitions are not asked for what is not published yet: "
          "query.process_key is not set.\"");
      return;
    }
    const CurlGetSettings get{.key = settings.query_process_key};
    owners_.emplace(
        HotFollowerSettings(),
        HotFollower::Parts{
            .make_get =
                [get] {
                  const auto one = std::make_shared<CurlGet>(get);
                  return [one](const std::string& url, const std::stop_token& stop) {
                    return one->get(url, stop);
                  };
                },
            .take = [this](const HotUpdate& update) { return views_->take_hot(update); },
            .log = [](const std::string& what) { spdlog::warn("msg=\"{}\"", what); }});
    owners_->follow(views_->owners());
  }

  Result<void> open_alerts(const Settings& settings) {
    HAPAX_ASSIGN(alerts_, AlertService::open(
                              settings, {.storage = storage_,
                                         .clock = clock_,
                                         .random = random_,
                                         .rows = *reads_,
                                         .served = served_views_,
                                         .health = {.books = *views_,
                                                    .watermark = [this] { return watermark(); },
                                                    .clock = clock_,
                                                    .data_directory = settings.data_dir}}));
    return {};
  }

  void open_api(const Settings& settings) {
    api_.emplace(
        api_settings(settings),
        Api::Parts{.assets = parts_.assets,
                   .rows = *reads_,
                   .moments = *reads_,
                   .clock = clock_,
                   .not_live = [] { return std::string(); },
                   .not_ready = [this] { return published_error(); },
                   .clock_status = [] { return ClockStatus(); },
                   .metrics = [this](const auto& books) { return metrics(books); },
                   .catalog = *catalog_,
                   .source = *views_,
                   .gaps = *views_,
                   .served = served_views_,
                   .random = random_,
                   .admin = *admin_,
                   .boards = *boards_,
                   .alerts = alerts_->alerts(),
                   .check_alert = [this](const auto& rule) { return alerts_->check(rule); },
                   .measured = histograms_.api()});
  }

  std::string published_error() const {
    std::string error = views_->stats().error;
    return error.empty() ? catalog_->error() : error;
  }

  EventTime watermark() const { return views_->stats().watermark; }

  std::string metrics(const Result<AuditReport>& books) const {
    PublishedViewsStats published = views_->stats();
    published.owners_heard = owners_ ? owners_->heard() : 0;
    return metrics_page({.histograms = histograms_.collect(),
                         .http = http_->stats(),
                         .api = api_->stats(),
                         .reads = reads_->stats(),
                         .books = books,
                         .alerts = alerts_->alerts().stats(),
                         .published = std::move(published)});
  }

  Status status() const {
    auto http = http_->stats();
    return {.published_error = published_error(),
            .http_errors = http.errors,
            .http_error = std::move(http.error_last)};
  }

  // In the order of their making: each may use those above it.
  const Parts parts_;
  ListenAddress listen_;
  PosixStorage storage_;
  SystemClock clock_;
  SystemRandom random_;
  Histograms histograms_;
  std::unique_ptr<File> lock_;
  std::unique_ptr<AdminAccess> admin_;
  std::string setup_token_;
  std::unique_ptr<DocumentStore> boards_;
  ServedViews served_views_;
  std::optional<PublishedCatalog> catalog_;
  std::optional<PublishedViews> views_;
  std::optional<ViewReads> reads_;
  std::unique_ptr<AlertService> alerts_;
  std::optional<Api> api_;
  std::optional<MarkedAnswers> answers_;
  std::unique_ptr<HttpServer> http_;
  std::optional<HotFollower> owners_;
  std::optional<EverySecond> tick_;
  std::optional<StatusWatch> watch_;
};

QueryServer::QueryServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

QueryServer::~QueryServer() {
  stop();
}

Result<std::unique_ptr<QueryServer>> QueryServer::start(const Settings& settings, Parts parts) {
  // Owned by a server from the start, so that a failure half way stops what runs already.
  std::unique_ptr<QueryServer> server(new QueryServer(std::make_unique<Impl>(std::move(parts))));
  HAPAX_TRY(server->impl_->start(settings));
  return server;
}

std::string QueryServer::url() const {
  return impl_->url();
}

std::optional<std::string> QueryServer::setup_link() const {
  const std::string& token = impl_->setup_token();
  return token.empty() ? std::nullopt : std::optional(hapax::setup_link(url(), token));
}

void QueryServer::stop() {
  impl_->stop();
}

}  // namespace hapax
