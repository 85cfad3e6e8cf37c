// SPDX-License-Identifier: Apache-2.0
#include "adapters/curl/curl_notifier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "adapters/curl/curl_call.hpp"

namespace hapax {
namespace {

/// libcurl's own state, once a process, before any thread uses it.
void begin_curl() {
  static const CURLcode begun = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)begun;
}

std::string_view host_of(std::string_view url) {
  const std::string_view rest = url.substr(std::min(url.size(), url.find("//") + 2));
  return rest.substr(0, rest.starts_with('[') ? rest.find(']') + 1 : rest.find_first_of(":/"));
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

/// What of a mail is not read yet.
std::size_t read_on(char* into, std::size_t size, std::size_t count, void* from) {
  auto& rest = *static_cast<std::string_view*>(from);
  const std::size_t bytes = std::min(rest.size(), size * count);
  rest.copy(into, bytes);
  rest.remove_prefix(bytes);
  return bytes;
}

}  // namespace

CurlNotifier::CurlNotifier(CurlSettings settings) : settings_(std::move(settings)) {
  begin_curl();
}

Result<void> CurlNotifier::post(const WebhookPost& post, std::stop_token stop) {
  CurlCall call(settings_, post.url, "http,https", std::move(stop));
  CurlList headers;
  headers.append("Content-Type: application/json");
  headers.append("Expect:");
  for (const auto& [name, value] : post.headers) {
    headers.append(fmt::format("{}: {}", name, value));
  }
  call.set(CURLOPT_HTTPHEADER, headers.list);
  call.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));
  call.set(CURLOPT_POSTFIELDS, post.body.c_str());
  HAPAX_TRY(call.run());
  if (call.status() < 200 || call.status() > 299) {
    return Error{ErrorKind::kUnavailable,
                 fmt::format("it answered {}{}{}", call.status(), call.answer().empty() ? "" : ": ",
                             call.answer())};
  }
  return {};
}

Result<void> CurlNotifier::send(const Mail& mail, std::stop_token stop) {
  if (settings_.smtp_url.empty()) {
    return Error{ErrorKind::kInvalid, "no mail can be sent: there is no mail server",
                 "set alerts.smtp_url and alerts.smtp_from"};
  }
  CurlCall call(settings_, settings_.smtp_url, "smtp,smtps", std::move(stop));
  CurlList readers;
  for (const std::string& address : mail.to) {
    readers.append("<" + address + ">");
  }
  const std::string from = "<" + mail.from + ">";
  const bool needs_tls =
      !settings_.smtp_user.empty() && !is_this_machine(host_of(settings_.smtp_url));
  std::string_view rest = mail.message;
  call.set(CURLOPT_MAIL_FROM, from.c_str());
  call.set(CURLOPT_MAIL_RCPT, readers.list);
  call.set(CURLOPT_USE_SSL, static_cast<long>(needs_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  if (!settings_.smtp_user.empty()) {
    call.set(CURLOPT_USERNAME, settings_.smtp_user.c_str());
    call.set(CURLOPT_PASSWORD, settings_.smtp_password.c_str());
  }
  call.set(CURLOPT_UPLOAD, 1L);
  call.set(CURLOPT_READFUNCTION, &read_on);
  call.set(CURLOPT_READDATA, &rest);
  return call.run();
}

bool is_smtp_url(std::string_view url) {
  const bool is_smtp = url.starts_with("smtp://") || url.starts_with("smtps://");
  const auto is_plain = [](char c) { return c > 0x20 && c < 0x7F && c != '@' && c != '/'; };
  const std::string_view rest = url.substr(std::min(url.size(), url.find("//") + 2));
  return is_smtp && !rest.empty() && std::ranges::all_of(rest, is_plain);
}

}  // namespace hapax
