// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <librdkafka/rdkafka.h>

#include <string>
#include <string_view>

#include "adapters/kafka/settings.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"

namespace hapax::kafka {

/// Whether a broker has answered that the user may not do that.
bool is_forbidden(rd_kafka_resp_err_t code);
constexpr const char* kForbiddenHint =
    "give the user the rights that docs/kafka.md lists for what runs here";

/// Hears what librdkafka says of one client, and knows why its brokers are not reached: a question
/// that is not answered says no more than that, and a password that brokers refuse is in words
/// beside it alone. Threading: any. Lifetime: `settings` must outlive it.
class Voice {
 public:
  explicit Voice(const KafkaSettings& settings) : settings_(settings) {}

  void hear(int level, std::string_view client, std::string_view facility, std::string_view text);
  /// There was an answer: what was said before does not hold any more.
  void forget();
  /// `message`, and why where it is known and `code` is not what a broker has answered.
  Error unavailable(rd_kafka_resp_err_t code, const std::string& message) const;

 private:
  const KafkaSettings& settings_;
  mutable Mutex mutex_;
  std::string trouble_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax::kafka
