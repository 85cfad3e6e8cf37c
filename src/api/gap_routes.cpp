// SPDX-License-Identifier: Apache-2.0
#include "api/gap_routes.hpp"

#include <fmt/format.h>

#include <utility>

#include "api/render.hpp"
#include "api/source_scope.hpp"
#include "http/error_response.hpp"

namespace hapax {
namespace {

/// About what one of them occupies in an answer, and rendered.
constexpr std::size_t kRowBytes = 2048;
constexpr std::size_t kDeviceBytes = 4096;

}  // namespace

/// False: it was answered. Else render_last() follows.
bool GapRoutes::enter(const Respond& respond) {
  if (under_way_.begin()) {
    return true;
  }
  respond(error_response(
      503, "overloaded",
      fmt::format("{} queries for losses are under way; ask again later", kQueriesLimit)));
  return false;
}

void GapRoutes::gaps(const HttpRequest& request, const ReadScope& scope, const Respond& respond) {
  auto query = parse_gap_query(request.query);
  if (!query) {
    respond(error_response(query.error()));
    return;
  }
  const auto asked = query->sources.empty() ? std::nullopt : std::optional(*query->sources.begin());
  if (auto response = refused_source(scope, asked)) {
    respond(std::move(*response));
    return;
  }
  if (!asked) {
    query->sources.insert(scope.begin(), scope.end());
  }
  if (!enter(respond)) {
    return;
  }
  parts_.source.gaps(std::move(*query), [this, respond](Result<GapReport> report) {
    parts_.renderer.post([this, respond, report = std::move(report)] {
      const std::size_t rows = report ? report->rows.size() + report->sources.size() : 1;
      respond(render_last(under_way_, parts_.answers, rows * kRowBytes, [&] {
        return report ? HttpResponse{.body = gaps_json(*report)} : error_response(report.error());
      }));
    });
  });
}

void GapRoutes::devices(const HttpRequest& request, const Respond& respond) {
  auto query = parse_gap_devices_query(request.query);
  if (!query) {
    respond(error_response(query.error()));
    return;
  }
  if (!enter(respond)) {
    return;
  }
  parts_.source.gap_devices(
      *query, [this, query = *query, respond](Result<GapDevicesMoment> moment) {
        parts_.renderer.post([this, query, respond, moment = std::move(moment)] {
          respond(render_last(under_way_, parts_.answers, query.rows_max * kDeviceBytes, [&] {
            const auto page = moment ? read_gap_devices(*moment, query) : moment.error();
            return page ? HttpResponse{.body = gap_devices_json(*page, query)}
                        : error_response(page.error());
          }));
        });
      });
}

}  // namespace hapax
