// SPDX-License-Identifier: Apache-2.0
#include "bench_client/web_requests.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <utility>

#include "core/timestamp.hpp"

namespace hapax::bench {
namespace {

/// One that sets sentAt at each try to send, so that servers may trust it.
constexpr std::string_view kLibrary =
    R"("library":{"name":"analytics.js","version":"next-1.84.3"})";
constexpr std::array<std::string_view, 4> kLanguages{"de-DE", "en-GB", "en-US", "fr-FR"};

std::string page_path(std::uint32_t page) {
  return page == 0 ? "/" : fmt::format("/p/{}", page);
}

void append_action(const WebEvent& event, std::string& out) {
  const auto to = std::back_inserter(out);
  const auto at = to_micros(event.at);
  switch (event.action) {
    case WebAction::kPage:
      fmt::format_to(to, R"("type":"page","name":"Page","properties":{{"at":{}}})", at);
      break;
    case WebAction::kProductAdded:
      fmt::format_to(to,
                     R"("type":"track","event":"Product Added","properties":{{"at":{},)"
                     R"("sku":"s-{}","price":{}.{:02}}})",
                     at, event.page, event.page % 90 + 10, event.page % 100);
      break;
    case WebAction::kOrderCompleted:
      fmt::format_to(to,
                     R"("type":"track","event":"Order Completed","properties":{{"at":{},)"
                     R"("total":{}.{:02},"currency":"EUR"}})",
                     at, event.page % 900 + 10, event.page % 100);
      break;
    case WebAction::kSurveyAnswered:
      fmt::format_to(to,
                     R"("type":"track","event":"Survey Answered","properties":{{"at":{},)"
                     R"("question":"q-{}","option":"o-{}"}})",
                     at, event.page / 4, event.page % 4);
      break;
  }
}

void append_context(const WebEvent& event, std::string& out) {
  const auto to = std::back_inserter(out);
  const auto& visit = event.visit;
  const std::string path =
      event.action == WebAction::kPage ? page_path(event.page) : std::string("/shop");
  fmt::format_to(to, R"(,"context":{{{0},"page":{{"path":"{1}","url":"https://shop.example{1}")",
                 kLibrary, path);
  if (event.enters && visit.referrer > 0) {
    fmt::format_to(to, R"(,"referrer":"https://site-{}.example/")", visit.referrer);
  }
  out += '}';
  if (visit.campaign > 0) {
    fmt::format_to(to, R"(,"campaign":{{"source":"s-{}","medium":"{}","name":"c-{}"}})",
                   visit.campaign % 3, visit.campaign % 2 == 0 ? "email" : "cpc", visit.campaign);
  }
  fmt::format_to(to, R"(,"locale":"{}"}})", kLanguages[visit.visitor % kLanguages.size()]);
}

/// What the device's clock shows when it is `time`.
std::string shown(const WebEvent& event, EventTime time) {
  return to_iso8601(time + event.visit.device.clock_error);
}

}  // namespace

void append_web_event(const WebEvent& event, const MessageIds& ids, ProcessingTime now,
                      std::string& out) {
  const auto to = std::back_inserter(out);
  const auto& visit = event.visit;
  std::array<char, MessageIds::kTextBytes> id{};
  const auto text = [&id] { return std::string_view(id.data(), id.size()); };
  ids.write(2 * event.number, id.data());
  fmt::format_to(to, R"({{"messageId":"{}",)", text());
  append_action(event, out);
  fmt::format_to(to, R"(,"timestamp":"{}")", shown(event, event.at));
  if (visit.device.tells_sent_at) {
    fmt::format_to(to, R"(,"sentAt":"{}")", shown(event, as_event_time(now)));
  }
  ids.write(2 * visit.device.number + 1, id.data());
  fmt::format_to(to, R"(,"anonymousId":"{}")", text());
  if (visit.knows_user) {
    fmt::format_to(to, R"(,"userId":"u-{}")", visit.visitor);
  }
  append_context(event, out);
  out += '}';
}

WebRequests::WebRequests(Settings settings, const MessageIds& ids)
    : settings_(std::move(settings)),
      ids_(ids),
      world_(settings_.world),
      compressor_(GzipRequests::kLevel),
      requests_(settings_.connections) {}

RequestBytes WebRequests::next(std::size_t connection, ProcessingTime now) {
  text_ = R"({"batch":[)";
  for (std::size_t i = 0; i < settings_.events; ++i) {
    const auto event = world_.next();
    repeats_ += event.again ? 1 : 0;
    text_ += i == 0 ? "" : ",";
    append_web_event(event, ids_, now, text_);
  }
  fmt::format_to(std::back_inserter(text_), R"(],"writeKey":"{}"}})", settings_.write_key);
  auto& request = requests_[connection];
  if (settings_.gzip) {
    request.body.clear();
    compressor_.append(text_, request.body);
  } else {
    request.body.swap(text_);
  }
  request.head = post_head(settings_.target, request.body.size(),
                           settings_.gzip ? "Content-Encoding: gzip\r\n" : "");
  return {.head = request.head, .body = request.body};
}

}  // namespace hapax::bench
