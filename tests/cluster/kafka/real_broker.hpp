// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/kafka/settings.hpp"
#include "core/ids.hpp"

namespace hapax {

/// The broker that `tests/cluster/kafka/broker run` started for this program.
class RealBroker {
 public:
  RealBroker();

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// What leads to its second door, where a HeldWay must stand.
  std::uint16_t held_port() const { return port_ + 3; }
  std::uint16_t behind_held_port() const { return port_ + 2; }
  std::string held_address() const { return "127.0.0.1:" + std::to_string(held_port()); }

  /// As kill -9 does.
  void kill();
  /// Starts it again on what it had; returns when it is ready.
  void start();
  /// Of one that was killed: its disk loses all records of a partition, and nothing else.
  void lose_records(const std::string& topic, PartitionId partition);
  /// It stands still, and its connections with it.
  void pause();
  void resume();

 private:
  pid_t pid() const;

  std::string program_;
  std::string folder_;
  std::uint16_t port_ = 0;
};

/// A topic as docs/kafka.md wants it on a single broker, but for what is given.
using TopicConfig = std::map<std::string, std::string>;
TopicConfig good_topic_config();

/// What tests do to the broker's topics; a test that cannot do it ends at once.
class TopicAdmin {
 public:
  explicit TopicAdmin(const std::string& brokers);
  ~TopicAdmin();
  TopicAdmin(const TopicAdmin&) = delete;
  TopicAdmin& operator=(const TopicAdmin&) = delete;

  /// Returns when it can be used.
  void create(const std::string& topic, std::uint32_t partitions,
              const TopicConfig& config = good_topic_config());
  void set(const std::string& topic, const std::string& name, const std::string& value);
  void remove(const std::string& topic);
  void add_partitions(const std::string& topic, std::uint32_t count);
  /// Whether brokers know of a topic of that name that has another id.
  static bool is_another(const std::string& brokers, const std::string& topic,
                         const std::string& id);
  /// A name that no other test has.
  static std::string new_name();

 private:
  struct Client;
  std::unique_ptr<Client> client_;
};

/// Those of a client of it, with little patience.
KafkaSettings settings_for(const std::string& brokers);

}  // namespace hapax
