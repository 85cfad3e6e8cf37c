// SPDX-License-Identifier: Apache-2.0
#include "alerts/alert_channels.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "views/spec/spec_line.hpp"

namespace hapax {
namespace {

Result<void> check_url(std::string_view url, const SpecPlace& place) {
  const bool is_http = url.starts_with("http://") || url.starts_with("https://");
  const std::string_view rest = url.substr(std::min(url.size(), url.find("//") + 2));
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  if (!is_http || host.empty() || url.find(' ') != std::string_view::npos) {
    return place.error("this is no address of a web server", "write it as https://host/path");
  }
  if (host.find('@') != std::string_view::npos) {
    return place.error("names and passwords are not sent", "put a secret into the path");
  }
  return {};
}

Result<void> check_secret(std::string_view secret, const SpecPlace& place) {
  if (secret.empty() || secret == kHiddenText || secret.size() >= AlertRule::kSecretBytesMin) {
    return {};
  }
  return place.error(fmt::format("this is shorter than {} bytes", AlertRule::kSecretBytesMin),
                     "leave it out: then one is made, and the answer has it");
}

Result<void> read_webhook(const SpecNode& node, const SpecPlace& place, AlertRule& rule) {
  constexpr std::string_view kKeys[] = {"url", "secret"};
  const auto* table = node.as<SpecTable>();
  if (table == nullptr) {
    return place.error("this must be an object", R"(write it as {"url":"https://..."})");
  }
  HAPAX_TRY(check_keys(*table, kKeys, place));
  HAPAX_ASSIGN(rule.webhook_url, read_line(find_member(*table, "url"),
                                           {.example = "https://hooks.example/x",
                                            .bytes_max = AlertRule::kUrlBytesMax},
                                           place.member("url")));
  HAPAX_TRY(check_url(rule.webhook_url, place.member("url")));
  HAPAX_ASSIGN(rule.webhook_secret,
               read_line(find_member(*table, "secret"),
                         {.example = "8f2c...", .bytes_max = AlertRule::kSecretBytesMax},
                         place.member("secret")));
  return check_secret(rule.webhook_secret, place.member("secret"));
}

Result<void> read_emails(const SpecNode& node, const SpecPlace& place, AlertRule& rule) {
  const auto* list = node.as<SpecList>();
  if (list == nullptr || list->size() > AlertRule::kEmailsMax) {
    return place.error(
        fmt::format("this must be a list of at most {} addresses", AlertRule::kEmailsMax),
        R"(write it as ["ops@example.com"])");
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto* address = (*list)[i].as<std::string>();
    if (address == nullptr || !is_mail_address(*address)) {
      return place.element(i).error("this is no mail address",
                                    "write the address alone, as \"ops@example.com\"");
    }
    rule.emails.push_back(*address);
  }
  return {};
}

}  // namespace

Result<void> read_channels(const SpecTable& table, const SpecPlace& place, AlertRule& rule) {
  if (const SpecNode* webhook = find_member(table, "webhook")) {
    HAPAX_TRY(read_webhook(*webhook, place.member("webhook"), rule));
  }
  const SpecNode* emails = find_member(table, "email");
  return emails != nullptr ? read_emails(*emails, place.member("email"), rule) : Result<void>();
}

bool is_mail_address(std::string_view text) {
  constexpr std::size_t kBytesMax = 254;
  constexpr std::string_view kMarks = ".!#$%&'*+/=?^_`{|}~-";
  const std::size_t at = text.find('@');
  if (text.size() > kBytesMax || at == std::string_view::npos || at == 0 || text.front() == '-') {
    return false;
  }
  const auto is_word = [](char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9');
  };
  const std::string_view domain = text.substr(at + 1);
  return std::ranges::all_of(
             text.substr(0, at),
             [&](char c) { return is_word(c) || kMarks.find(c) != std::string_view::npos; }) &&
         !domain.empty() && is_word(domain.front()) && is_word(domain.back()) &&
         std::ranges::all_of(domain, [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

}  // namespace hapax
