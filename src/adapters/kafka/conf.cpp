// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/conf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "adapters/kafka/producer_instance.hpp"

namespace hapax::kafka {
namespace {

/// Of a client that is not made, where the words show no value that is nobody's business.
std::string words_of(std::string_view why, const KafkaSettings& settings) {
  const bool shows_one = std::ranges::any_of(settings.properties, [&](const auto& property) {
    const auto& [name, value] = property;
    const bool is_secret =
        name.find("password") != std::string::npos || value.find('=') != std::string::npos;
    return is_secret && !value.empty() && why.find(value) != std::string_view::npos;
  });
  return shows_one ? "look at kafka.properties" : std::string(why);
}

/// What users may set: how brokers are reached, nothing of what is promised.
bool is_way_to_brokers(std::string_view name) {
  constexpr std::array kPrefixes = {"security.",       "sasl.",      "ssl.",
                                    "enable.ssl.",     "client.",    "socket.",
                                    "broker.address.", "reconnect.", "debug"};
  return std::ranges::any_of(kPrefixes,
                             [&](const char* prefix) { return name.starts_with(prefix); });
}

std::string milliseconds(std::chrono::milliseconds time) {
  return std::to_string(time.count());
}

void log(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
  static_cast<Voice*>(rd_kafka_opaque(handle))->hear(level, rd_kafka_name(handle), facility, text);
}

struct Property {
  const char* name;
  std::string value;
};

Result<void> set_all(rd_kafka_conf_t* conf, std::initializer_list<Property> properties) {
  for (const Property& property : properties) {
    HAPAX_TRY(set(conf, property.name, property.value));
  }
  return {};
}

Result<void> check(const KafkaSettings& settings) {
  if (settings.brokers.empty() || settings.name.empty()) {
    return Error{ErrorKind::kInvalid, "Kafka client: it needs the brokers' addresses and a name"};
  }
  if (settings.append_timeout >= kTransactionTimeout) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("Kafka client: append_timeout is {} ms; brokers wait for {} ms alone",
                             settings.append_timeout.count(), kTransactionTimeout.count())};
  }
  return {};
}

}  // namespace

Result<void> set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  std::array<char, 512> why{};
  if (rd_kafka_conf_set(conf, name, value.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK) {
    return {};
  }
  return Error{ErrorKind::kInvalid, fmt::format("Kafka client: {}", why.data())};
}

Result<Conf> make_conf(const KafkaSettings& settings) {
  HAPAX_TRY(check(settings));
  Conf conf(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(conf.get(), &log);
  HAPAX_TRY(set_all(conf.get(), {{"bootstrap.servers", settings.brokers},
                                 {"client.id", "hapax"},
                                 // Who was away comes back within a second, not ten.
                                 {"reconnect.backoff.ms", "50"},
                                 {"reconnect.backoff.max.ms", "1000"},
                                 // Why a connection ends is to be known: see Voice.
                                 {"log.connection.close", "true"},
                                 {"log.thread.name", "false"}}));
  for (const auto& [name, value] : settings.properties) {
    if (!is_way_to_brokers(name)) {
      return Error{
          ErrorKind::kInvalid,
          fmt::format("Kafka client: {} is not to be set: what is promised depends on it", name)};
    }
    if (!set(conf.get(), name.c_str(), value)) {  // Its words would show the value.
      return Error{ErrorKind::kInvalid,
                   fmt::format("Kafka client: {} cannot be what it is set to", name),
                   "docs/kafka.md has examples; the library's list of properties has its values"};
    }
  }
  return conf;
}

Result<Handle> make_handle(rd_kafka_type_t type, Conf conf, const KafkaSettings& settings) {
  auto voice = std::make_unique<Voice>(settings);
  rd_kafka_conf_set_opaque(conf.get(), voice.get());
  std::array<char, 512> why{};
  Handle handle(rd_kafka_new(type, conf.get(), why.data(), why.size()),
                DestroyClient{std::move(voice)});
  if (handle == nullptr) {
    const bool invalid = rd_kafka_last_error() == RD_KAFKA_RESP_ERR__INVALID_ARG;
    return Error{invalid ? ErrorKind::kInvalid : ErrorKind::kUnavailable,
                 fmt::format("cannot make a Kafka client: {}", words_of(why.data(), settings))};
  }
  (void)conf.release();  // It is the handle's now.
  return handle;
}

Result<Conf> make_producer_conf(const KafkaSettings& settings, const std::string& topic) {
  HAPAX_ASSIGN(Conf conf, make_conf(settings));
  HAPAX_TRY(set_all(
      conf.get(),
      {// Brokers refuse what is late of a former producer of this name: see producer.hpp.
       {"transactional.id", fmt::format("{}.{}", settings.name, topic)},
       {"transaction.timeout.ms", milliseconds(kTransactionTimeout)},
       {"acks", "all"},
       // Its own patience is longer than ours, which ends the producer: it must leave no gap.
       {"message.timeout.ms", milliseconds(kTransactionTimeout)},
       {"request.timeout.ms", milliseconds(settings.append_timeout)},
       {"linger.ms", milliseconds(settings.linger)},
       {"compression.type", settings.compression},
       {"message.max.bytes",
        std::to_string(settings.record_bytes_max + kKafkaRecordOverheadBytes)}}));
  return conf;
}

Result<Conf> make_reader_conf(const KafkaSettings& settings) {
  HAPAX_ASSIGN(Conf conf, make_conf(settings));
  HAPAX_TRY(set_all(conf.get(),
                    {// Transactions only fence: what one of them took is there, committed or not.
                     {"isolation.level", "read_uncommitted"},
                     // Where nothing is any more must be told, never jumped over.
                     {"auto.offset.reset", "error"},
                     // The end is told: there may be offsets without records before it.
                     {"enable.partition.eof", "true"},
                     {"enable.auto.commit", "false"},
                     {"enable.auto.offset.store", "false"},
                     {"check.crcs", "true"},
                     {"queued.max.messages.kbytes", "16384"},
                     {"fetch.error.backoff.ms", "100"},
                     // A reader that joins waits for the request that is out.
                     {"fetch.wait.max.ms", "100"}}));
  return conf;
}

}  // namespace hapax::kafka
