// SPDX-License-Identifier: Apache-2.0
#include "api/view_routes.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <variant>
#include <vector>

#include "api/render.hpp"
#include "api/source_scope.hpp"
#include "api/view_accounts.hpp"
#include "api/view_entry.hpp"
#include "core/nearest.hpp"
#include "http/error_response.hpp"
#include "http/query_string.hpp"
#include "read/read_errors.hpp"
#include "views/catalog/catalog_change.hpp"

namespace hapax {
namespace {

using History = ViewKeeper::History;

/// About what a view occupies in an answer, and rendered, without its spec.
constexpr std::size_t kEntryBytes = 4096;

std::size_t answer_bytes(const ViewCatalog& catalog) {
  return kEntryBytes + catalog.views.size() * (kEntryBytes + kSpecBytesMax);
}

Result<History> parse_history(std::string_view query) {
  constexpr std::array<std::string_view, 1> kKnown{"drop_history"};
  HAPAX_TRY(check_parameters(query, kKnown));
  const std::string said = query_parameter(query, kKnown[0]).value_or("false");
  if (said != "true" && said != "false") {
    return Error{ErrorKind::kInvalid, "drop_history=" + said + " is neither true nor false"};
  }
  return said == "true" ? History::kMayDrop : History::kKept;
}

/// The spec that a body holds, and that can be counted; or what to answer.
std::variant<ViewSpec, HttpResponse> read_spec(const HttpRequest& request) {
  if (!request.content_encoding.empty() && request.content_encoding != "identity") {
    return error_response(415, "unsupported_encoding", "send the view as plain JSON");
  }
  if (request.body.size() > kSpecBytesMax) {
    return error_response(413, "body_too_large",
                          fmt::format("the body has {} bytes, a view has at most {}",
                                      request.body.size(), kSpecBytesMax));
  }
  auto spec = parse_view_json(request.body);
  if (!spec) {
    return error_response(spec.error());
  }
  if (const auto counted = with_added({}, *spec); !counted) {
    return error_response(counted.error());
  }
  return std::move(*spec);
}

/// Of a change; what is asked for contradicts what is there.
HttpResponse refused(const Error& error) {
  return error.kind == ErrorKind::kInvalid ? error_response(409, "conflict", error.text())
                                           : error_response(error);
}

/// Whether `view` is to be counted from the start.
bool is_new(const CatalogView& view, const ViewCatalog& before) {
  const CatalogView* there = before.find(view.spec.name);
  return there == nullptr || there->id != view.id;
}

}  // namespace

void ViewRoutes::list(const Respond& respond) {
  with_reports(respond, [catalog = parts_.catalog.current()](const auto& reports) {
    return views_json(*catalog, reports);
  });
}

void ViewRoutes::explain(const std::string& name, const Respond& respond) {
  const auto catalog = parts_.catalog.current();
  if (catalog->find(name) == nullptr) {
    respond(unknown(name));
    return;
  }
  const auto served = parts_.served.find(name);
  if (!served || served->id != catalog->find(name)->id) {  // It is being made.
    explain(name, catalog, std::nullopt, respond);
    return;
  }
  parts_.store.extent(served, [this, name, catalog, respond](Result<RowExtent> extent) {
    explain(name, catalog, extent ? std::optional(std::move(*extent)) : std::nullopt, respond);
  });
}

void ViewRoutes::explain(const std::string& name, std::shared_ptr<const ViewCatalog> catalog,
                         std::optional<RowExtent> extent, const Respond& respond) {
  with_reports(respond, [catalog = std::move(catalog), name,
                         extent = std::move(extent)](const auto& reports) {
    const CatalogView& view = *catalog->find(name);
    return explain_json(view, report_of(view, reports), extent);
  });
}

void ViewRoutes::with_reports(const Respond& respond,
                              std::function<std::string(const std::vector<ViewReport>&)> make) {
  const std::size_t bytes = answer_bytes(*parts_.catalog.current());
  parts_.source.views(
      [this, respond, bytes, make = std::move(make)](Result<std::vector<ViewReport>> reports) {
        parts_.renderer.post([this, respond, bytes, make, reports = std::move(reports)] {
          respond(render(parts_.answers, bytes, [&] {
            return reports ? HttpResponse{.body = make(*reports)} : error_response(reports.error());
          }));
        });
      });
}

void ViewRoutes::read(const std::string& name, const HttpRequest& request, const ReadScope& scope,
                      const Respond& respond) {
  with_served(name, scope, respond,
              [&](auto view) { parts_.rows(request, scope, std::move(view), respond); });
}

void ViewRoutes::follow(const std::string& name, const HttpRequest& request, const ReadScope& scope,
                        const Respond& respond) {
  with_served(name, scope, respond,
              [&](auto view) { parts_.live(request, scope, std::move(view), respond); });
}

void ViewRoutes::with_served(const std::string& name, const ReadScope& scope,
                             const Respond& respond,
                             const std::function<void(std::shared_ptr<const ServedView>)>& answer) {
  if (auto served = parts_.served.find(name)) {
    answer(std::move(served));
  } else if (parts_.catalog.current()->find(name) != nullptr) {
    respond(error_response(503, "view_not_ready",
                           fmt::format("the log so far is still being counted into \"{0}\"; "
                                       "/api/views/{0}/explain says how far it is",
                                       name)));
  } else if (!scope.empty()) {  // It may not list them.
    respond(error_response(404, "unknown_view",
                           fmt::format("there is no view \"{}\"; whoever gave the key knows which "
                                       "views there are",
                                       name)));
  } else {
    respond(unknown(name));
  }
}

void ViewRoutes::accounts(const std::string& name, const HttpRequest& request,
                          const ReadScope& scope, const Respond& respond) {
  with_served(name, scope, respond, [&](std::shared_ptr<const ServedView> view) {
    auto query = parse_accounts_query(request.query);
    if (!query) {
      respond(error_response(query.error()));
    } else if (auto response = refused_source(scope, query->source)) {
      respond(std::move(*response));
    } else {
      answer_accounts(std::move(view), std::move(*query), scope, respond);
    }
  });
}

void ViewRoutes::answer_accounts(std::shared_ptr<const ServedView> view, AccountsQuery query,
                                 const ReadScope& scope, const Respond& respond) {
  const std::string id = view->id;
  parts_.source.books(id, [this, view = std::move(view), query = std::move(query), scope,
                           respond](Result<ViewBooks> books) {
    parts_.renderer.post([this, view, query, scope, respond, books = std::move(books)] {
      if (!books) {
        respond(view_error(books.error()));
        return;
      }
      respond(render(parts_.answers, accounts_bytes(*books, query), [&] {
        auto json = accounts_json(*books, query, scope, view->shape->spec.name);
        return json ? HttpResponse{.body = std::move(*json)} : error_response(json.error());
      }));
    });
  });
}

void ViewRoutes::add(const HttpRequest& request, const Respond& respond) {
  if (!may_change(respond)) {
    return;
  }
  const auto history = parse_history(request.query);
  if (!history) {
    respond(error_response(history.error()));
    return;
  }
  auto read = read_spec(request);
  if (auto* response = std::get_if<HttpResponse>(&read)) {
    respond(std::move(*response));
    return;
  }
  const auto& spec = std::get<ViewSpec>(read);
  make({.name = spec.name,
        .change = [spec](const ViewCatalog& catalog) { return with_added(catalog, spec); },
        .history = *history},
       respond);
}

void ViewRoutes::change(const std::string& name, const HttpRequest& request,
                        const Respond& respond) {
  if (!may_change(respond)) {
    return;
  }
  const auto history = parse_history(request.query);
  if (!history) {
    respond(error_response(history.error()));
    return;
  }
  if (parts_.catalog.current()->find(name) == nullptr) {
    respond(unknown(name));
    return;
  }
  auto read = read_spec(request);
  if (auto* response = std::get_if<HttpResponse>(&read)) {
    respond(std::move(*response));
    return;
  }
  const auto& spec = std::get<ViewSpec>(read);
  if (spec.name != name) {
    respond(error_response(
        400, "invalid_request",
        fmt::format("the path names the view \"{}\", the body \"{}\"", name, spec.name)));
    return;
  }
  make({.name = name,
        .change = [spec](const ViewCatalog& catalog) { return with_changed(catalog, spec); },
        .history = *history},
       respond);
}

void ViewRoutes::rebuild(const std::string& name, const HttpRequest& request,
                         const Respond& respond) {
  if (!may_change(respond)) {
    return;
  }
  const auto history = parse_history(request.query);
  if (!history) {
    respond(error_response(history.error()));
  } else if (parts_.catalog.current()->find(name) == nullptr) {
    respond(unknown(name));
  } else {
    make({.name = name,
          .change = [name](const ViewCatalog& catalog) { return with_rebuilt(catalog, name); },
          .history = *history},
         respond);
  }
}

void ViewRoutes::drop(const std::string& name, const Respond& respond) {
  if (!may_change(respond)) {
    return;
  }
  if (parts_.catalog.current()->find(name) == nullptr) {
    respond(unknown(name));
    return;
  }
  make({.name = name,
        .change = [name](const ViewCatalog& catalog) { return with_dropped(catalog, name); },
        .history = History::kKept},
       respond);
}

/// Else it is answered.
bool ViewRoutes::may_change(const Respond& respond) const {
  if (parts_.keeper == nullptr) {
    respond(error_response(409, "conflict",
                           "this server reads the views that its cluster counts; they are declared "
                           "there"));
  }
  return parts_.keeper != nullptr;
}

void ViewRoutes::make(Wanted wanted, const Respond& respond) {
  changes_.post([this, wanted = std::move(wanted), respond] {
    const auto changed = parts_.keeper->change(wanted.change, wanted.history);
    respond(changed ? made(wanted.name, *changed) : refused(changed.error()));
  });
}

HttpResponse ViewRoutes::made(const std::string& name, const ViewKeeper::Changed& changed) const {
  const CatalogView* view = changed.after->find(name);
  if (view == nullptr) {
    return {.body = R"({"name":")" + name + R"(","dropped":true})"};
  }
  const bool is_counted_anew = is_new(*view, *changed.before);
  const auto served = parts_.served.find(name);
  const bool is_live = !is_counted_anew && served && served->id == view->id;
  const ViewReport report{.id = view->id,
                          .state = is_live ? ViewState::kLive : ViewState::kWaiting};
  const char* message =
      is_counted_anew ? "It is declared, durably. The log so far is now counted into it; it can be "
                        "read once that is done, and explain says how far it is."
                      : "";
  return {.status = changed.before->find(name) == nullptr ? 201 : 200,
          .body = changed_json(*view, report, message)};
}

HttpResponse ViewRoutes::unknown(const std::string& name) const {
  const auto catalog = parts_.catalog.current();
  std::vector<std::string_view> known;
  for (const CatalogView& view : catalog->views) {
    known.push_back(view.spec.name);
  }
  const auto meant = nearest(name, known);
  return error_response(404, "unknown_view",
                        fmt::format("there is no view \"{}\"; {}", name,
                                    meant ? fmt::format("did you mean \"{}\"?", *meant)
                                          : "GET /api/views, or hapax view list, lists all"));
}

}  // namespace hapax
