// SPDX-License-Identifier: Apache-2.0
#include "alerts/alert_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>

#include "bytes/base64.hpp"
#include "core/timestamp.hpp"
#include "hash/hmac.hpp"
#include "json/json_text.hpp"
#include "views/spec/spec_text.hpp"

namespace hapax {
namespace {

std::string time_text(ProcessingTime time) {
  return to_iso8601(as_event_time(time));
}

std::string value_text(const Reading& value) {
  return value && std::isfinite(*value) ? number_text(*value) : "null";
}

std::string watched(const AlertRule& rule) {
  if (!rule.view.empty()) {
    return fmt::format("{} of {}{}{}", rule.measure, rule.view, rule.query.empty() ? "" : "?",
                       rule.query);
  }
  return rule.figure + (rule.source.empty() ? "" : " of " + rule.source);
}

std::string condition(const AlertRule& rule) {
  return rule.when == AlertWhen::kAbsent
             ? std::string("absent")
             : fmt::format("{} {}", text_of(rule.when), number_text(rule.threshold));
}

std::string state_of(NoticeKind kind) {
  return kind == NoticeKind::kRepeat ? "firing" : std::string(text_of(kind));
}

/// Standard base64 in lines of 76 characters (RFC 2045, 6.8).
std::string base64_lines(std::string_view bytes) {
  constexpr std::size_t kLine = 57;
  std::string lines;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kLine))) {
    lines += encode_base64(bytes.substr(0, kLine)) + "\r\n";
  }
  return lines;
}

/// As encoded words (RFC 2047): letters and digits of base64 alone, whatever `text` is.
std::string header_text(std::string_view text) {
  constexpr std::size_t kWord = 39;  // Of at most 75 characters, encoded.
  std::string words;
  while (!text.empty()) {
    std::size_t end = std::min(text.size(), kWord);
    const auto is_inside = [&](std::size_t at) {
      return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
    };
    while (end > 1 && is_inside(end)) {
      --end;
    }
    words += (words.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") +
             encode_base64(text.substr(0, end)) + "?=";
    text.remove_prefix(end);
  }
  return words;
}

/// "Fri, 27 Nov 2026 10:00:00 +0000" (RFC 5322, 3.3).
std::string mail_date(ProcessingTime time) {
  constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_time<Microseconds> moment(time.time_since_epoch());
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(moment - day));
  return fmt::format(
      "{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday(day).c_encoding()],
      static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
      clock.seconds().count());
}

std::string joined_addresses(const std::vector<std::string>& addresses) {
  std::string text;
  for (const std::string& address : addresses) {
    text += (text.empty() ? "" : ",\r\n ") + address;
  }
  return text;
}

std::string body_of(const AlertRule& rule, const Notice& notice) {
  const Firing& firing = notice.firing;
  std::string text = sentence_of(rule, notice) + "\n\n";
  text +=
      fmt::format("alert:     {} ({})\nwatches:   {}\ncondition: {}\nvalue:     {}\n", rule.name,
                  firing.alert, watched(rule), condition(rule), value_text(notice.value));
  text += fmt::format("since:     {}\n", time_text(firing.since));
  text += firing.until ? fmt::format("until:     {}\n", time_text(*firing.until)) : "";
  return text + fmt::format("delivery:  {}\n", delivery_id(notice));
}

}  // namespace

std::string delivery_id(const Notice& notice) {
  const std::string id = fmt::format("{}-{}", notice.firing.id, text_of(notice.kind));
  return notice.kind == NoticeKind::kRepeat ? fmt::format("{}-{}", id, to_micros(notice.at)) : id;
}

std::string sentence_of(const AlertRule& rule, const Notice& notice) {
  const std::string found = notice.value ? value_text(notice.value) : std::string("absent");
  switch (notice.kind) {
    case NoticeKind::kFiring:
      return fmt::format("FIRING: {}: {} is {}, {}", rule.name, watched(rule), found,
                         rule.when == AlertWhen::kAbsent ? "it has no events" : condition(rule));
    case NoticeKind::kRepeat:
      return fmt::format("STILL FIRING: {}: {} is {} since {}", rule.name, watched(rule), found,
                         time_text(notice.firing.since));
    case NoticeKind::kResolved:
      return fmt::format("RESOLVED: {}: {} is {}; it fired from {}", rule.name, watched(rule),
                         found, time_text(notice.firing.since));
    case NoticeKind::kTest:
      return fmt::format("TEST: {}: this is what a message of this alert looks like", rule.name);
  }
  return "";
}

WebhookPost webhook_of(const AlertRule& rule, const Notice& notice, ProcessingTime now) {
  const Firing& firing = notice.firing;
  WebhookPost post{.url = rule.webhook_url};
  std::string& body = post.body;
  body = "{\"delivery\":";
  append_json_string(delivery_id(notice), body);
  append_json_member("alert", firing.alert, body);
  append_json_member("name", rule.name, body);
  append_json_member("state", state_of(notice.kind), body);
  append_json_member("text", sentence_of(rule, notice), body);
  append_json_member("watches", watched(rule), body);
  append_json_member("condition", condition(rule), body);
  body += ",\"value\":" + value_text(notice.value);
  append_json_member("firing", firing.id, body);
  append_json_member("since", time_text(firing.since), body);
  body += ",\"until\":";
  firing.until ? append_json_string(time_text(*firing.until), body) : void(body += "null");
  append_json_member("at", time_text(notice.at), body);
  body += "}";
  const auto seconds =
      std::to_string(std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
  post.headers = {
      {"Hapax-Delivery", delivery_id(notice)},
      {"Hapax-Signature", fmt::format("t={},v1={}", seconds,
                                      hmac_sha256_hex(rule.webhook_secret, seconds + "." + body))}};
  return post;
}

Mail mail_of(const AlertRule& rule, const Notice& notice, const std::string& from) {
  const std::string domain = from.substr(std::min(from.size(), from.find('@') + 1));
  Mail mail{.from = from, .to = rule.emails};
  mail.message = fmt::format(
      "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}@{}>\r\n"
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n",
      from, joined_addresses(rule.emails), header_text(sentence_of(rule, notice)),
      mail_date(notice.at), delivery_id(notice), domain);
  mail.message += base64_lines(body_of(rule, notice));
  return mail;
}

}  // namespace hapax
