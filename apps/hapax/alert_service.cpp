// SPDX-License-Identifier: Apache-2.0
#include "alert_service.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <string>
#include <utility>

#include "version.hpp"

namespace hapax {
namespace {

Error wrong_setting(std::string message, std::string hint) {
  return {ErrorKind::kInvalid, std::move(message), std::move(hint)};
}

Result<std::string> smtp_password(const Settings& settings) {
  if (settings.smtp_password_file.empty()) {
    return settings.smtp_password;
  }
  std::ifstream file(settings.smtp_password_file);
  std::string line;
  if (!std::getline(file, line)) {
    return wrong_setting(fmt::format("alerts.smtp_password_file: cannot read a line of {}",
                                     settings.smtp_password_file),
                         "name a file that the server's user may read");
  }
  return line;
}

Result<CurlSettings> curl_settings(const Settings& settings) {
  if (settings.smtp_url.empty()) {
    return CurlSettings{.smtp_url = {}, .smtp_user = {}, .smtp_password = {}};
  }
  if (!is_smtp_url(settings.smtp_url)) {
    return wrong_setting(
        fmt::format("alerts.smtp_url = \"{}\" is no address of a mail server", settings.smtp_url),
        "write it as smtp://mail.example.com:587 or smtps://mail.example.com; the user goes into "
        "alerts.smtp_user");
  }
  if (!is_mail_address(settings.smtp_from)) {
    return wrong_setting(
        fmt::format("alerts.smtp_from = \"{}\" is no mail address", settings.smtp_from),
        "write the address alone, as hapax@example.com");
  }
  HAPAX_ASSIGN(std::string password, smtp_password(settings));
  return CurlSettings{.smtp_url = settings.smtp_url,
                      .smtp_user = settings.smtp_user,
                      .smtp_password = std::move(password)};
}

void say_what_is_damaged(Alerts& alerts) {
  if (!alerts.damage().empty()) {
    spdlog::warn(
        "msg=\"Which alerts were firing cannot be read; those that fire are told again.\" "
        "error=\"{}\"",
        alerts.damage());
  }
  for (const AlertEntry& entry : alerts.report().alerts) {
    if (!entry.error.empty()) {
      spdlog::warn("msg=\"An alert cannot be read, and is not looked at.\" id={} error=\"{}\"",
                   entry.document->id, entry.error);
    }
  }
}

}  // namespace

AlertService::AlertService(const Settings& settings, const Parts& parts, CurlSettings curl)
    : interval_(settings.alerts_interval),
      figures_(health_figures(parts.health)),
      views_(parts.rows, parts.served, parts.clock),
      notifier_(std::move(curl)) {}

Result<std::unique_ptr<AlertService>> AlertService::open(const Settings& settings,
                                                         const Parts& parts) {
  HAPAX_ASSIGN(CurlSettings curl, curl_settings(settings));
  curl.user_agent = std::string("hapax/") + kVersion;
  const bool has_mail = !curl.smtp_url.empty();
  std::unique_ptr<AlertService> service(new AlertService(settings, parts, std::move(curl)));
  HAPAX_ASSIGN(service->alerts_,
               Alerts::open({.storage = parts.storage,
                             .directory = settings.data_dir + "/alerts",
                             .clock = parts.clock,
                             .random = parts.random,
                             .notifier = service->notifier_,
                             .figures = kinds_of(service->figures_),
                             .read = [service = service.get()](
                                         const AlertRule& rule) { return service->read(rule); },
                             .mail_from = has_mail ? settings.smtp_from : ""}));
  say_what_is_damaged(*service->alerts_);
  return service;
}

Result<Reading> AlertService::read(const AlertRule& rule) const {
  return rule.view.empty() ? read_figure(figures_, rule) : views_.read(rule);
}

void AlertService::start() {
  threads_.emplace(*alerts_, interval_, [](const std::string& error) {
    spdlog::error("msg=\"A look at the alerts failed; it is done again.\" error=\"{}\"", error);
  });
}

void AlertService::stop() {
  if (threads_) {
    threads_->stop();
  }
}

}  // namespace hapax
