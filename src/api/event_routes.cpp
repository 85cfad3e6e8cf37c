// SPDX-License-Identifier: Apache-2.0
#include "api/event_routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/render.hpp"
#include "core/timestamp.hpp"
#include "events/event_entry.hpp"
#include "http/error_response.hpp"
#include "http/query_string.hpp"
#include "read/request_parameters.hpp"
#include "record/receipt.hpp"

namespace hapax {
namespace {

constexpr std::size_t kLimitDefault = 100;
constexpr std::size_t kLimitMax = 1000;
constexpr std::size_t kFrameBytes = 4096;  ///< Of an answer, about, without its entries.

/// Records, the entries made of them, and the answer made of those.
std::size_t answer_bytes(const EventSearchSettings& settings) {
  return 3 * std::max(settings.page_bytes, kEventEntryBytesMax);
}

std::vector<std::string_view> known_parameters(bool is_search) {
  constexpr std::array<std::string_view, 4> kOfSearch{"from", "to", "limit", "cursor"};
  std::vector<std::string_view> known(kEventFilterParameters.begin(), kEventFilterParameters.end());
  if (is_search) {
    known.insert(known.end(), kOfSearch.begin(), kOfSearch.end());
  }
  return known;
}

Error invalid(std::string what, std::string hint) {
  return {ErrorKind::kInvalid, std::move(what), std::move(hint)};
}

/// A place of the log as clients carry it: a receipt that has all partitions.
std::string cursor_of(LogId log, const std::vector<Offset>& before) {
  Receipt receipt{.log = log};
  for (std::uint32_t p = 0; p < before.size(); ++p) {
    receipt.ends.push_back({PartitionId(p), before[p]});
  }
  return encode_receipt(receipt);
}

Result<std::vector<Offset>> parse_cursor(const std::string& text, const LogSource& log) {
  const std::size_t partitions = log.partition_count();
  const auto receipt = decode_receipt(text);
  if (!receipt || receipt->log != log.log_id() || receipt->ends.size() != partitions ||
      receipt->ends.back().partition.value() + 1 != partitions) {
    return invalid("the cursor was mistyped, or is of another server, or of an earlier version",
                   "send back `next` of an answer unchanged, or begin without a cursor");
  }
  std::vector<Offset> before;
  for (const Receipt::End& end : receipt->ends) {
    before.push_back(end.end);
  }
  return before;
}

Result<std::optional<EventTime>> time_parameter(const std::string& query, std::string_view name) {
  const auto text = query_parameter(query, name);
  if (!text) {
    return std::optional<EventTime>();
  }
  HAPAX_ASSIGN(const EventTime time, parse_query_time(name, *text));
  return std::optional(time);
}

std::string page_json(LogId log, const EventPage& page) {
  std::size_t bytes = 0;
  for (const std::string& entry : page.entries) {
    bytes += entry.size() + 1;
  }
  std::string json = R"({"events":[)";
  json.reserve(bytes + kFrameBytes);
  for (const std::string& entry : page.entries) {
    json.append(json.back() == '[' ? "" : ",").append(entry);
  }
  json.append(R"(],"next":)");
  json.append(page.next ? "\"" + cursor_of(log, *page.next) + "\"" : "null");
  fmt::format_to(std::back_inserter(json),
                 R"(,"searched":{{"records":{},"back_to":{},"complete":{},)", page.records_searched,
                 page.searched_back_to ? "\"" + to_iso8601(*page.searched_back_to) + "\"" : "null",
                 !page.next.has_value());
  fmt::format_to(std::back_inserter(json), R"("beginning_dropped":{}}}}})",
                 page.is_beginning_dropped);
  return json;
}

}  // namespace

EventRoutes::EventRoutes(const EventRoutesSettings& settings, const Parts& parts)
    : settings_(settings),
      parts_(parts),
      search_(settings.search, parts.log.source, parts.log.verdicts, parts.clock, parts.seed),
      searches_(settings.searches_limit),
      feed_(settings.feed, parts.log.source, parts.log.verdicts, parts.clock, parts.seed) {}

void EventRoutes::stop() {
  stopping_.request_stop();
  pool_.stop();
  feed_.stop();
}

Result<EventQuery> EventRoutes::parse(const std::string& query) const {
  HAPAX_TRY(check_parameters(query, known_parameters(true)));
  EventQuery parsed;
  HAPAX_ASSIGN(parsed.filter, parse_raw_event_filter(query));
  HAPAX_ASSIGN(parsed.from, time_parameter(query, "from"));
  HAPAX_ASSIGN(parsed.to, time_parameter(query, "to"));
  if (parsed.from && parsed.to && *parsed.to < *parsed.from) {
    return invalid("parameter to is before from", "name the earlier time as from");
  }
  HAPAX_ASSIGN(parsed.limit, count_parameter(query, "limit", kLimitDefault, kLimitMax));
  if (const auto cursor = query_parameter(query, "cursor")) {
    HAPAX_ASSIGN(parsed.before, parse_cursor(*cursor, parts_.log.source));
  }
  return parsed;
}

void EventRoutes::search(const HttpRequest& request, const Respond& respond) {
  auto query = parse(request.query);
  if (!query) {
    respond(error_response(query.error()));
    return;
  }
  if (!searches_.begin()) {
    respond(error_response(503, "overloaded",
                           fmt::format("{} searches for events are waiting; ask again later",
                                       settings_.searches_limit)));
    return;
  }
  pool_.post([this, query = std::move(*query), respond] {
    respond(render_last(searches_, parts_.answers, answer_bytes(settings_.search),
                        [&] { return answer(query); }));
  });
}

HttpResponse EventRoutes::answer(const EventQuery& query) {
  const auto page = search_.page(query, stopping_.get_token());
  return page ? HttpResponse{.body = page_json(parts_.log.source.log_id(), *page)}
              : error_response(page.error());
}

void EventRoutes::follow(const HttpRequest& request, const Respond& respond) {
  const auto known = check_parameters(request.query, known_parameters(false));
  auto filter = known ? parse_raw_event_filter(request.query) : known.error();
  if (!filter) {
    respond(error_response(filter.error()));
  } else {
    feed_.open(std::move(*filter), respond);
  }
}

}  // namespace hapax
