// SPDX-License-Identifier: Apache-2.0
#include "api/alert_routes.hpp"

#include <algorithm>
#include <utility>

#include "api/alert_json.hpp"
#include "api/document_changes.hpp"
#include "api/render.hpp"
#include "http/error_response.hpp"

namespace hapax {
namespace {

constexpr DocumentKind kKind{"alert", "/api/alerts", kAlertsMax, kAlertBytesMax};
/// About what the list occupies: rules with what is known of them, and firings.
constexpr std::size_t kListBytes = kFiringsKept * 1024;
constexpr std::size_t kEntryBytes = 8192;

HttpResponse stored_response(const DocumentStore::Changed& stored) {
  HttpResponse response{.status = status_of(stored), .body = stored_alert_json(*stored.now)};
  response.headers.push_back(revision_header(*stored.now));
  return response;
}

}  // namespace

void AlertRoutes::stop() {
  break_off();
  tests_.stop();
  changes_.stop();
}

void AlertRoutes::list(const Respond& respond) {
  parts_.renderer.post([this, respond] {
    const std::size_t bytes =
        kListBytes + parts_.alerts.documents().current()->size() * kEntryBytes;
    respond(render(parts_.answers, bytes, [&] {
      return HttpResponse{.body = alerts_json(parts_.alerts.report(), parts_.alerts.figures(),
                                              parts_.alerts.can_mail())};
    }));
  });
}

void AlertRoutes::read(const std::string& id, const Respond& respond) {
  parts_.renderer.post([this, id, respond] {
    const AlertsReport report = parts_.alerts.report();
    const auto is_it = [&](const AlertEntry& entry) { return entry.document->id == id; };
    const auto found = std::ranges::find_if(report.alerts, is_it);
    if (found == report.alerts.end()) {
      respond(unknown_document(kKind, id, *parts_.alerts.documents().current()));
      return;
    }
    HttpResponse response{.body = alert_entry_json(*found)};
    response.headers.push_back(revision_header(*found->document));
    respond(std::move(response));
  });
}

void AlertRoutes::put(const std::string& id, const HttpRequest& request, const Respond& respond) {
  if (auto refused = refused_document(kKind, id, request)) {
    respond(std::move(*refused));
    return;
  }
  const auto expected = expected_of(request);
  if (!expected) {
    respond(error_response(expected.error()));
    return;
  }
  const auto rule = parts_.alerts.parse(request.body, id);
  if (!rule) {
    respond(error_response(rule.error()));
    return;
  }
  if (const auto checked = rule->view.empty() ? Result<void>() : parts_.check(*rule); !checked) {
    respond(error_response(checked.error()));
    return;
  }
  if (!rule->emails.empty() && !parts_.alerts.can_mail()) {
    respond(error_response(400, "invalid_request",
                           "this server sends no mail; set alerts.smtp_url and alerts.smtp_from, "
                           "or leave \"email\" out"));
    return;
  }
  changes_.post([this, id, rule = *rule, expected = *expected, respond] {
    respond(answer_of(kKind, id, parts_.alerts.put(id, rule, expected), stored_response));
  });
}

void AlertRoutes::drop(const std::string& id, const HttpRequest& request, const Respond& respond) {
  const auto expected = expected_of(request);
  if (!expected) {
    respond(error_response(expected.error()));
    return;
  }
  changes_.post([this, id, expected = *expected, respond] {
    respond(answer_of(kKind, id, parts_.alerts.remove(id, expected),
                      [&](const auto&) { return dropped_document(id); }));
  });
}

void AlertRoutes::test(const std::string& id, const Respond& respond) {
  const auto rule = parts_.alerts.rule_of(id);
  if (!rule) {
    respond(unknown_document(kKind, id, *parts_.alerts.documents().current()));
    return;
  }
  if (rule->webhook_url.empty() && rule->emails.empty()) {
    respond(error_response(409, "conflict",
                           "the alert tells nobody: give it a \"webhook\" or an \"email\" first"));
    return;
  }
  if (!tests_under_way_.begin()) {
    respond(error_response(503, "overloaded", "too many test messages are under way"));
    return;
  }
  tests_.post([this, id, rule = *rule, respond] {
    respond(render_last(tests_under_way_, parts_.answers, kEntryBytes, [&] {
      const auto tested = parts_.alerts.test(id, rule, stopping_.get_token());
      return HttpResponse{.body = tested_json(tested)};
    }));
  });
}

}  // namespace hapax
