// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "alerts/alert_rule.hpp"
#include "json/json_text.hpp"
#include "views/spec/spec_reader.hpp"
#include "views/spec/spec_text.hpp"

namespace hapax {
namespace {

void append_watched(const AlertRule& rule, std::string& text) {
  if (rule.view.empty()) {
    append_json_member("figure", rule.figure, text);
    if (!rule.source.empty()) {
      append_json_member("source", rule.source, text);
    }
    return;
  }
  append_json_member("view", rule.view, text);
  append_json_member("query", rule.query, text);
  append_json_member("measure", rule.measure, text);
  append_json_member("window", rule.window == AlertWindow::kPresent ? "present" : "complete", text);
}

void append_channels(const AlertRule& rule, Secrets secrets, std::string& text) {
  const bool is_shown = secrets == Secrets::kShown;
  if (!rule.webhook_url.empty()) {
    text += ",\"webhook\":{\"url\":";
    append_json_string(is_shown ? rule.webhook_url : hidden_url(rule.webhook_url), text);
    append_json_member("secret", is_shown ? std::string_view(rule.webhook_secret) : kHiddenText,
                       text);
    text += "}";
  }
  if (!rule.emails.empty()) {
    text += ",\"email\":[";
    for (const std::string& address : rule.emails) {
      text += &address == &rule.emails.front() ? "" : ",";
      append_json_string(address, text);
    }
    text += "]";
  }
}

}  // namespace

std::string_view text_of(AlertWhen when) {
  switch (when) {
    case AlertWhen::kAbove:
      return "above";
    case AlertWhen::kBelow:
      return "below";
    case AlertWhen::kAbsent:
      return "absent";
  }
  return "";
}

std::string alert_json(const AlertRule& rule, Secrets secrets) {
  std::string text = "{\"name\":";
  append_json_string(rule.name, text);
  append_watched(rule, text);
  append_json_member("when", text_of(rule.when), text);
  if (rule.when != AlertWhen::kAbsent) {
    text += ",\"threshold\":" + number_text(rule.threshold);
  }
  text += fmt::format(",\"for\":{}", rule.evaluations);
  if (rule.repeat) {
    append_json_member("repeat", period_text(*rule.repeat), text);
  }
  append_channels(rule, secrets, text);
  return text + "}";
}

std::string hidden_url(std::string_view url) {
  const std::size_t host = url.find("//") + 2;
  const std::size_t path = url.find_first_of("/?#", host);
  const bool has_path = path != std::string_view::npos && path + 1 < url.size();
  return has_path ? std::string(url.substr(0, path)).append("/").append(kHiddenText)
                  : std::string(url);
}

Result<AlertRule> with_secrets_of(const AlertRule* before, AlertRule rule, std::string_view id) {
  const SpecPlace place = SpecPlace(fmt::format("alert \"{}\"", id)).member("webhook");
  const bool hides_url = rule.webhook_url.ends_with(std::string("/").append(kHiddenText));
  if (hides_url) {
    if (before == nullptr || hidden_url(before->webhook_url) != rule.webhook_url) {
      return place.member("url").error("this stands for no address that is known",
                                       "write the whole address");
    }
    rule.webhook_url = before->webhook_url;
  }
  const bool wants_kept = rule.webhook_secret.empty() || rule.webhook_secret == kHiddenText;
  if (!rule.webhook_url.empty() && wants_kept) {
    rule.webhook_secret = before != nullptr ? before->webhook_secret : std::string();
  }
  return rule;
}

}  // namespace hapax
