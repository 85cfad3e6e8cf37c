// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/voice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hapax::kafka {
namespace {

/// The words of syslog that librdkafka has its levels from.
constexpr int kErrorLevel = 3;
/// A connection that could not be made, or has ended.
constexpr std::string_view kFailed = "FAIL";
/// A transaction that will come to nothing: of its records the library says that they were purged.
constexpr std::string_view kTransactionFailed = "TXNERR";

/// Of the library's own codes, none of which a broker answers.
bool is_local(rd_kafka_resp_err_t code) {
  return code < RD_KAFKA_RESP_ERR_UNKNOWN;
}

/// Who comes without TLS where it is wanted, or with it where it is not, is hung up on at its first
/// word, and told nothing.
std::string_view guess(std::string_view trouble) {
  const auto has = [&](std::string_view word) {
    return trouble.find(word) != std::string_view::npos;
  };
  const bool is_first_word = has("in state APIVERSION_QUERY") || has("in state SSL_HANDSHAKE");
  return has("Disconnected") && is_first_word
             ? "; is it security.protocol? A broker hangs up on who comes without TLS where it is "
               "wanted, or with it where it is not"
             : "";
}

}  // namespace

bool is_forbidden(rd_kafka_resp_err_t code) {
  constexpr std::array kForbidden = {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                                     RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
                                     RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
                                     RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED};
  return std::ranges::find(kForbidden, code) != kForbidden.end();
}

void Voice::hear(int level, std::string_view client, std::string_view facility,
                 std::string_view text) {
  if (facility == kFailed || facility == kTransactionFailed) {
    const MutexLock lock(mutex_);
    trouble_ = text;
  }
  // Connections end all the time; who waits for one that does not come is told.
  const bool is_usual = facility == kFailed && level > kErrorLevel;
  if (settings_.log && !is_usual) {
    settings_.log(fmt::format("{}: {}: {}", client, facility, text));
  }
}

void Voice::forget() {
  const MutexLock lock(mutex_);
  trouble_.clear();
}

Error Voice::unavailable(rd_kafka_resp_err_t code, const std::string& message) const {
  if (is_forbidden(code)) {
    return Error{ErrorKind::kUnavailable, message, kForbiddenHint};
  }
  const MutexLock lock(mutex_);
  if (trouble_.empty() || !is_local(code)) {
    return Error{ErrorKind::kUnavailable, message};
  }
  return Error{ErrorKind::kUnavailable, fmt::format("{}; {}{}", message, trouble_, guess(trouble_)),
               "look at kafka.brokers, and at security.*, sasl.* and ssl.* of kafka.properties; "
               "docs/kafka.md has what each refusal means"};
}

}  // namespace hapax::kafka
