// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>

#include "adapters/kafka/voice.hpp"

namespace hapax::kafka {

/// Calls the function that gives a thing of librdkafka back.
template <auto Function>
struct Destroy {
  template <typename Thing>
  void operator()(Thing* thing) const {
    Function(thing);
  }
};

/// Gives a client back, and with it who hears what it says, when its threads are gone.
struct DestroyClient {
  std::unique_ptr<Voice> voice = {};
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};

using Handle = std::unique_ptr<rd_kafka_t, DestroyClient>;
/// Of one that make_handle() has made.
inline Voice& voice_of(const Handle& handle) {
  return *handle.get_deleter().voice;
}

using Conf = std::unique_ptr<rd_kafka_conf_t, Destroy<rd_kafka_conf_destroy>>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, Destroy<rd_kafka_topic_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroy<rd_kafka_message_destroy>>;
using Failure = std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>>;
using Options = std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<rd_kafka_AdminOptions_destroy>>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                   Destroy<rd_kafka_topic_partition_list_destroy>>;

/// The name of a record's header that holds ours.
constexpr const char* kHeaderName = "hapax";

}  // namespace hapax::kafka
