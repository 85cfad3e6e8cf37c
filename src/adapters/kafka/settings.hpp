// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace hapax {

struct KafkaSettings {
  std::string brokers;  ///< host:port,host:port: some of the cluster's, which name the others.
  /// Of this process among all that append to the cluster's topics. Two that live and have the same
  /// one fence each other; one that is started again with that of its former life fences it.
  std::string name;
  /// Of librdkafka, for the way to the brokers: security.protocol, sasl.*, ssl.*, client.*,
  /// socket.*, broker.address.*. Others are refused: what is promised depends on them.
  std::map<std::string, std::string> properties = {};

  /// An append that is not durable after it has failed. Less than a minute.
  std::chrono::milliseconds append_timeout{10'000};
  /// Of a question to the brokers.
  std::chrono::milliseconds ask_timeout{10'000};
  /// Records wait so long for others to go with them.
  std::chrono::milliseconds linger{2};
  /// Header and value of a record together.
  std::size_t record_bytes_max = 1'000'000;
  std::string compression = "lz4";
  /// A machine that is lost may take acknowledged records with it. The user's own choice.
  bool accept_unreplicated = false;

  /// Takes what librdkafka has to say, from threads of its own.
  std::function<void(const std::string& line)> log = {};
};

/// What a record costs beside its header and value, in the batch that takes it to the broker.
constexpr std::size_t kKafkaRecordOverheadBytes = 1024;

}  // namespace hapax
