// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "access/admin_access.hpp"
#include "access/gate.hpp"
#include "alerts/alerts.hpp"
#include "api/alert_routes.hpp"
#include "api/board_routes.hpp"
#include "api/event_routes.hpp"
#include "api/gap_routes.hpp"
#include "api/ingest_route.hpp"
#include "api/keys_json.hpp"
#include "api/live_routes.hpp"
#include "api/session_routes.hpp"
#include "api/view_routes.hpp"
#include "assets/asset.hpp"
#include "collector/collector.hpp"
#include "documents/document_store.hpp"
#include "http/http.hpp"
#include "ports/audit_report.hpp"
#include "ports/clock.hpp"
#include "ports/clock_status.hpp"
#include "ports/metrics.hpp"
#include "ports/random.hpp"
#include "read/answer_budget.hpp"
#include "read/live_feed.hpp"
#include "read/row_store.hpp"
#include "read/task_pool.hpp"

namespace hapax {

struct ApiSettings {
  ConfiguredKeys keys = {};
  GateSettings gate = {};
  /// Bound of waiting for `after=`.
  std::chrono::milliseconds after_wait_max{5000};
  /// Answers being rendered or not yet sent; over it, queries get 503.
  std::size_t answer_bytes_limit = 128U << 20U;
  LiveFeedSettings live = {};
  EventRoutesSettings events = {};
  std::string version = {};  ///< Shown on the front page.
};

struct ApiStats {
  std::uint64_t live_streams = 0;  ///< Open now.
  EventFeedStats events = {};
  std::uint64_t answer_bytes = 0;     ///< Being rendered or not yet sent.
  std::uint64_t answers_refused = 0;  ///< For answer_bytes_limit.
  SessionStats sessions = {};
};

/// What the routes measure, once a request. Lifetime: as long as an answer may be outstanding.
struct ApiMetrics {
  Histogram& ack_seconds = unmeasured();
  Histogram& query_seconds = unmeasured();
};

/// The routes of the server (docs/http-api.md): ingest to the collector, reads to the row store,
/// whose threads render the answers too; but the books, and the metrics, on a thread of their own,
/// which no query holds up.
/// Threading: all calls may run at the same time. Lifetime: everything passed must outlive it.
class Api : public HttpHandler {
 public:
  struct Parts {
    /// Null: this server takes no events, and says who does.
    Collector* collector = nullptr;
    Assets assets = {};  ///< The dashboard and the like; "/" is its first page.
    RowStore& rows;
    MomentSource& moments;  ///< For live streams.
    const Clock& clock;
    /// Why only a restart helps; empty: it need not.
    std::function<std::string()> not_live;
    /// Why what this server is for cannot be had now; empty: it can.
    std::function<std::string()> not_ready;
    std::function<ClockStatus()> clock_status;
    /// The page of /metrics, with the books or the error in their place.
    std::function<std::string(const Result<AuditReport>&)> metrics;
    const CatalogSource& catalog;
    ViewKeeper* keeper = nullptr;  ///< Of that catalog; null: others change it.
    ViewSource& source;
    GapSource& gaps;
    const ServedViews& served;
    Random& random;  ///< Names live queries, and seeds hashes.
    /// Nothing: raw events are not to be had here.
    std::optional<EventRoutes::Log> raw_events = {};
    AdminAccess& admin;
    DocumentStore& boards;
    Alerts& alerts;
    /// Whether a view that is there has what a rule asks for.
    std::function<Result<void>(const AlertRule&)> check_alert;
    ApiMetrics measured = {};
  };

  Api(ApiSettings settings, Parts parts);

  void handle(HttpRequest request, Respond respond) override;
  HttpResponse refuse(const HttpRefusal& refusal) override;

  /// Lets go what waits for others than this server. Before the HTTP server's stop.
  void break_off() { alerts_.break_off(); }

  /// Gives the answers that are left, then ends the threads. After the row store's stop.
  void stop();

  ApiStats stats() const;

 private:
  enum class Who;
  enum class Parameters;
  struct Call;
  struct Route;
  struct Found;

  static Found find(std::string_view method, std::string_view path);

  void read(const HttpRequest& request, Respond respond);
  static Right right_of(Who who);
  std::variant<Caller, HttpResponse> let_in(const Route& route, const HttpRequest& request) const;
  void show_front_page(const Call& call);
  void show_asset(const Call& call);
  void live(const Call& call);
  void ready(const Call& call);
  void metrics(const Call& call);
  void audit(const Call& call);
  void rows(const HttpRequest& request, const ReadScope& scope,
            const std::shared_ptr<const ServedView>& view, const Respond& respond);
  void follow_view(const Call& call);
  void follow_views(const Call& call);
  void search_events(const Call& call);
  void follow_events(const Call& call);
  void list_views(const Call& call);
  void read_view(const Call& call);
  void explain_view(const Call& call);
  void read_accounts(const Call& call);
  void read_gaps(const Call& call);
  void list_gap_devices(const Call& call);
  void add_view(const Call& call);
  void change_view(const Call& call);
  void rebuild_view(const Call& call);
  void drop_view(const Call& call);
  void show_session(const Call& call);
  void sign_in(const Call& call);
  void sign_out(const Call& call);
  void set_up(const Call& call);
  void show_keys(const Call& call);
  void list_boards(const Call& call);
  void read_board(const Call& call);
  void put_board(const Call& call);
  void drop_board(const Call& call);
  void list_alerts(const Call& call);
  void read_alert(const Call& call);
  void put_alert(const Call& call);
  void drop_alert(const Call& call);
  void test_alert(const Call& call);

  const ApiSettings settings_;
  const Parts parts_;
  const Gate gate_;
  std::optional<IngestRoute> ingest_;
  SessionRoutes sessions_;
  AnswerBudget answers_;
  TaskPool renderer_;
  ViewRoutes views_;
  BoardRoutes boards_;
  AlertRoutes alerts_;
  GapRoutes gaps_;
  LiveFeed live_feed_;
  LiveRoutes live_;
  std::optional<EventRoutes> events_;
};

}  // namespace hapax
