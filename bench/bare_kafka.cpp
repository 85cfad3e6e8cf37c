// SPDX-License-Identifier: Apache-2.0
// librdkafka with nothing around it, beside the roles of a cluster: what it takes to read the
// records of a topic, and to append the same ones to another.
//   bare_kafka consume BROKERS TOPIC           reads all of it
//   bare_kafka produce BROKERS TOPIC TO        appends what it reads to TO, partition by partition
//   bare_kafka plain BROKERS TOPIC TO          likewise, each event as "id <tab> name <tab> ms"
// The topics have as many partitions. Prints what it took as JSON.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/record_header.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

using Settings = std::vector<std::pair<const char*, std::string>>;

constexpr int kPollMs = 100;
constexpr int kAnswerMs = 10'000;

/// Bytes on the wire, as librdkafka has counted them until its last word.
struct Wire {
  double sent = 0;
  double received = 0;
};

struct Handles {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
template <typename Handle>
using Owned = std::unique_ptr<Handle, Handles>;

struct Record {
  std::int32_t partition;
  std::string header;
  std::string value;
};

[[noreturn]] void end(const std::string& why) {
  fmt::print(stderr, "bare_kafka: {}\n", why);
  std::exit(1);
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int count_wire(rd_kafka_t* /*client*/, char* json, std::size_t size, void* opaque) {
  const auto said = nlohmann::json::parse(std::string_view(json, size));
  *static_cast<Wire*>(opaque) = {.sent = said.at("tx_bytes").get<double>(),
                                 .received = said.at("rx_bytes").get<double>()};
  return 0;
}

Owned<rd_kafka_t> open(rd_kafka_type_t type, const Settings& settings, Wire& wire,
                       void (*reported)(rd_kafka_t*, const rd_kafka_message_t*, void*)) {
  std::array<char, 512> why{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK) {
      end(why.data());
    }
  }
  rd_kafka_conf_set_opaque(conf, &wire);
  rd_kafka_conf_set_stats_cb(conf, &count_wire);
  if (reported != nullptr) {
    rd_kafka_conf_set_dr_msg_cb(conf, reported);
  }
  Owned<rd_kafka_t> client(rd_kafka_new(type, conf, why.data(), why.size()));
  if (client == nullptr) {
    end(why.data());
  }
  return client;
}

std::int32_t partitions_of(rd_kafka_t* client, const char* topic) {
  const Owned<rd_kafka_topic_t> handle(rd_kafka_topic_new(client, topic, nullptr));
  const struct rd_kafka_metadata* metadata = nullptr;
  const auto error = rd_kafka_metadata(client, 0, handle.get(), &metadata, kAnswerMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    end(rd_kafka_err2str(error));
  }
  const std::int32_t count = metadata->topics[0].partition_cnt;
  rd_kafka_metadata_destroy(metadata);
  return count;
}

std::string header_of(const rd_kafka_message_t& message) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  const char* name = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      rd_kafka_header_get_all(headers, 0, &name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return {};
  }
  return {static_cast<const char*>(value), size};
}

/// All records of `topic`, from its beginning to its end.
Wire consume(const char* brokers, const char* topic,
             const std::function<void(const rd_kafka_message_t&)>& take) {
  Wire wire;
  const auto client = open(RD_KAFKA_CONSUMER,
                           {{"bootstrap.servers", brokers},
                            {"group.id", "bare"},
                            {"enable.auto.commit", "false"},
                            {"enable.partition.eof", "true"},
                            {"auto.offset.reset", "error"},
                            {"statistics.interval.ms", "100"}},
                           wire, nullptr);
  rd_kafka_poll_set_consumer(client.get());
  const std::int32_t count = partitions_of(client.get(), topic);
  rd_kafka_topic_partition_list_t* all = rd_kafka_topic_partition_list_new(count);
  for (std::int32_t i = 0; i < count; ++i) {
    rd_kafka_topic_partition_list_add(all, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(client.get(), all);
  rd_kafka_topic_partition_list_destroy(all);
  for (std::int32_t ended = 0; ended < count;) {
    const Owned<rd_kafka_message_t> message(rd_kafka_consumer_poll(client.get(), kPollMs));
    if (message == nullptr) {
      continue;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ++ended;
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      end(rd_kafka_message_errstr(message.get()));
    } else {
      take(*message);
    }
  }
  rd_kafka_consumer_poll(client.get(), 2 * kPollMs);  // Its last word on the wire.
  return wire;
}

void check_delivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* /*opaque*/) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    end(rd_kafka_err2str(message->err));
  }
}

void send(rd_kafka_t* client, const char* topic, const Record& record) {
  std::array<rd_kafka_vu_t, 5> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  parts[0].u.cstr = topic;
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = record.partition;
  parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[2].u.i = RD_KAFKA_MSG_F_COPY;
  parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[3].u.mem.ptr = const_cast<char*>(record.value.data());  // NOLINT: it is only read.
  parts[3].u.mem.size = record.value.size();
  parts[4].vtype = RD_KAFKA_VTYPE_HEADER;
  parts[4].u.header = {
      .name = "h", .val = record.header.data(), .size = static_cast<ssize_t>(record.header.size())};
  for (;;) {
    rd_kafka_error_t* const failure = rd_kafka_produceva(client, parts.data(), parts.size());
    if (failure == nullptr) {
      break;
    }
    if (rd_kafka_error_code(failure) != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      end(rd_kafka_error_string(failure));
    }
    rd_kafka_error_destroy(failure);
    rd_kafka_poll(client, 1);
  }
  rd_kafka_poll(client, 0);
}

/// As adapters/kafka appends, but that one owner needs no transactions.
Wire produce(const char* brokers, const char* topic, const std::vector<Record>& records) {
  Wire wire;
  const auto client = open(RD_KAFKA_PRODUCER,
                           {{"bootstrap.servers", brokers},
                            {"enable.idempotence", "true"},
                            {"acks", "all"},
                            {"linger.ms", "2"},
                            {"compression.type", "lz4"},
                            {"statistics.interval.ms", "100"}},
                           wire, &check_delivery);
  for (const Record& record : records) {
    send(client.get(), topic, record);
  }
  if (rd_kafka_flush(client.get(), 60 * kAnswerMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    end("not all was appended");
  }
  rd_kafka_poll(client.get(), 2 * kPollMs);
  return wire;
}

/// Nothing of what is no event.
std::string plain(std::string_view header, std::string_view value) {
  const auto read = decode_header(header);
  if (!read || read->kind != RecordHeader::Kind::kEvent) {
    return {};
  }
  const auto event = decode_event(value);
  return event ? fmt::format("{}\t{}\t{}", event->message_id, event->name,
                             std::chrono::duration_cast<std::chrono::milliseconds>(
                                 event->event_time.time_since_epoch())
                                 .count())
               : std::string();
}

void print(std::uint64_t records, std::uint64_t bytes, double cpu, const Wire& wire) {
  fmt::print("{}\n", nlohmann::json{{"records", records},
                                    {"bytes", bytes},
                                    {"cpu_seconds", cpu},
                                    {"sent_bytes", wire.sent},
                                    {"received_bytes", wire.received}}
                         .dump());
}

void print_consuming(const char* brokers, const char* topic) {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  const double before = cpu_seconds();
  const Wire wire = consume(brokers, topic, [&](const rd_kafka_message_t& message) {
    ++records;
    bytes += message.len;
  });
  print(records, bytes, cpu_seconds() - before, wire);
}

void print_producing(const char* brokers, const char* topic, const char* to, bool as_plain) {
  std::vector<Record> records;
  std::uint64_t bytes = 0;
  consume(brokers, topic, [&](const rd_kafka_message_t& message) {
    const std::string_view value(static_cast<const char*>(message.payload), message.len);
    Record record{.partition = message.partition, .header = header_of(message), .value = {}};
    record.value = as_plain ? plain(record.header, value) : std::string(value);
    if (as_plain) {
      record.header.clear();
    }
    bytes += record.value.size();
    if (!record.value.empty()) {
      records.push_back(std::move(record));
    }
  });
  const double before = cpu_seconds();
  const Wire wire = produce(brokers, to, records);
  print(records.size(), bytes, cpu_seconds() - before, wire);
}

}  // namespace
}  // namespace hapax

int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape): it may end so.
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "consume" && argc == 4) {
    hapax::print_consuming(argv[2], argv[3]);
    return 0;
  }
  if ((what == "produce" || what == "plain") && argc == 5) {
    hapax::print_producing(argv[2], argv[3], argv[4], what == "plain");
    return 0;
  }
  fmt::print(stderr, "usage: bare_kafka consume BROKERS TOPIC | produce|plain BROKERS TOPIC TO\n");
  return 2;
}
