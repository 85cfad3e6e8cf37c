// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "ports/notifier.hpp"

namespace hapax {

struct CurlSettings {
  std::string smtp_url;   ///< smtp://host:port or smtps://host:port; empty: no mail.
  std::string smtp_user;  ///< Empty: the server asks for none.
  std::string smtp_password;
  std::string user_agent = "hapax";
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{10'000};  ///< Of a whole delivery.
};

/// Webhooks and mail by libcurl, a connection of its own each. No redirection is followed. A
/// password goes over TLS only, but to this machine.
/// Threading: all calls may run at the same time.
class CurlNotifier : public Notifier {
 public:
  explicit CurlNotifier(CurlSettings settings);

  Result<void> post(const WebhookPost& post, std::stop_token stop) override;
  Result<void> send(const Mail& mail, std::stop_token stop) override;

 private:
  const CurlSettings settings_;
};

/// Whether that is an address of a mail server: smtp:// or smtps://, a host, perhaps a port.
bool is_smtp_url(std::string_view url);

}  // namespace hapax
