// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/kafka/settings.hpp"
#include "core/result.hpp"

namespace hapax {

struct KafkaTopicPlan {
  std::string name;
  std::uint32_t partitions = 1;
  std::uint32_t replicas = 3;
};

/// Makes topics as docs/kafka.md wants them, which KafkaTopicCheck checks. Nothing else makes one.
/// Threading: one owner; make() waits.
class KafkaTopicMaker {
 public:
  /// Errors: as KafkaClient::open().
  static Result<std::unique_ptr<KafkaTopicMaker>> open(KafkaSettings settings);
  ~KafkaTopicMaker();
  KafkaTopicMaker(const KafkaTopicMaker&) = delete;
  KafkaTopicMaker& operator=(const KafkaTopicMaker&) = delete;

  /// True: it is made, and brokers may need a moment until all of them know it. False: one of that
  /// name was there, and is as it was. Errors: kUnavailable, no answer, or there are fewer brokers
  /// than replicas; kInvalid, brokers refuse it.
  Result<bool> make(const KafkaTopicPlan& plan);

 private:
  struct Client;

  explicit KafkaTopicMaker(KafkaSettings settings);

  const KafkaSettings settings_;
  std::unique_ptr<Client> client_;
};

}  // namespace hapax
