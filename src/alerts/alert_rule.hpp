// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace hapax {

constexpr std::size_t kAlertsMax = 64;
constexpr std::size_t kAlertBytesMax = 16U << 10U;

enum class AlertWhen : std::uint8_t { kAbove, kBelow, kAbsent };
enum class AlertWindow : std::uint8_t {
  kPresent,   ///< The one that began last.
  kComplete,  ///< The last one that is over by the watermark.
};

/// What is watched, when that is bad, and who is told (docs/alerts.md).
struct AlertRule {
  static constexpr std::size_t kNameBytesMax = 200;
  static constexpr std::size_t kQueryBytesMax = 4096;
  static constexpr std::size_t kUrlBytesMax = 2048;
  static constexpr std::size_t kSecretBytesMin = 16;
  static constexpr std::size_t kSecretBytesMax = 256;
  static constexpr std::size_t kEmailsMax = 16;
  static constexpr std::uint32_t kForMax = 1000;

  std::string name = {};
  std::string view = {};     ///< Empty: a figure is watched.
  std::string query = {};    ///< Filters of groups, and `window`: passes check_query_form().
  std::string measure = {};  ///< Of the view.
  AlertWindow window = AlertWindow::kPresent;
  std::string figure = {};  ///< Empty: a view is watched.
  std::string source = {};  ///< Of a figure that has sources; empty: all.
  AlertWhen when = AlertWhen::kAbove;
  double threshold = 0;           ///< Finite.
  std::uint32_t evaluations = 1;  ///< How many in a row must find it so; 1 to kForMax.
  /// While it fires it is told again so often; nothing: once. A minute at least.
  std::optional<Microseconds> repeat = {};
  std::string webhook_url = {};     ///< Empty: no webhook.
  std::string webhook_secret = {};  ///< With which messages are signed.
  std::vector<std::string> emails = {};

  friend bool operator==(const AlertRule&, const AlertRule&) = default;
};

enum class Channel : std::uint8_t { kWebhook, kEmail };
constexpr std::array<Channel, 2> kChannels{Channel::kWebhook, Channel::kEmail};
constexpr std::size_t index_of(Channel channel) {
  return static_cast<std::size_t>(channel);
}

/// Whether `rule` tells anybody over it.
inline bool has_channel(const AlertRule& rule, Channel channel) {
  return channel == Channel::kWebhook ? !rule.webhook_url.empty() : !rule.emails.empty();
}

/// What a rule may watch beside views.
struct FigureKind {
  std::string_view name;
  std::string_view meaning;  ///< A sentence, with the unit.
  bool has_sources = false;
  AlertWhen when = AlertWhen::kAbove;    ///< Unless the rule says otherwise.
  std::optional<double> threshold = {};  ///< Likewise; nothing: it has to.
};

/// Reads a rule, a JSON object; `id` is for errors. Also takes what an answer adds to one. Errors:
/// kInvalid, with the place, the reason and what is meant instead.
Result<AlertRule> parse_alert(std::string_view text, std::string_view id,
                              std::span<const FigureKind> figures);

enum class Secrets : std::uint8_t {
  kShown,
  kHidden,  ///< kHiddenText stands for the secret, and for the path of the webhook's address.
};
constexpr std::string_view kHiddenText = "***";

/// The one text of a rule, which parse_alert() reads back.
std::string alert_json(const AlertRule& rule, Secrets secrets);

/// `rule` with what it hides as `before` says it: whoever sends back what was shown changes no
/// secret. Errors: kInvalid, it hides what `before` does not have.
Result<AlertRule> with_secrets_of(const AlertRule* before, AlertRule rule, std::string_view id);

/// "https://hooks.example/***" of an address; nothing of it when it has no path.
std::string hidden_url(std::string_view url);

/// Whether a mail can go to `text`: a plain address, without anything that a mail's headers or a
/// mail server could take for something else.
bool is_mail_address(std::string_view text);

std::string_view text_of(AlertWhen when);

}  // namespace hapax
