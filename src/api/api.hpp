#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "api/live_feed.hpp"
#include "collector/collector.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"
#include "ports/http.hpp"
#include "ports/view_store.hpp"

namespace hapax {

struct ApiSettings {
  /// Keys that may query; empty: everybody who can connect may.
  std::set<std::string, std::less<>> read_keys;
  /// Bound of waiting for `after=`.
  std::chrono::milliseconds after_wait_max{5000};
};

/// The routes of the server (docs/http-api.md): ingest to the collector, reads to the view store.
/// Threading: all calls may run at the same time. Lifetime: everything passed must outlive it.
class Api : public HttpHandler {
 public:
  struct Parts {
    Collector& collector;
    ViewStore& views;
    EventLog& log;
    const Clock& clock;
    std::function<std::string()> metrics;  ///< The page of /metrics.
  };

  Api(ApiSettings settings, Parts parts);

  void handle(HttpRequest request, Respond respond) override;
  HttpResponse refuse(int status, const std::string& code, const std::string& message) override;

 private:
  void ingest(HttpRequest request, Respond respond);
  void read(const std::string& path, const HttpRequest& request, Respond respond);
  void query_view(const HttpRequest& request, const Respond& respond);
  void audit(const Respond& respond);
  HttpResponse live();
  HttpResponse ready() const;
  bool may_read(const HttpRequest& request) const;

  ApiSettings settings_;
  Parts parts_;
  LiveFeed live_feed_;
};

}  // namespace hapax
