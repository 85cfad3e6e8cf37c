// SPDX-License-Identifier: Apache-2.0
// Writes the events of a topic as JSON lines, for tests that are no C++:
//   topic_dump BROKERS TOPIC
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "adapters/kafka/kafka_client.hpp"
#include "cluster/record_header.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

Offset end_of(KafkaClient& client, Topic& topic, PartitionId partition) {
  std::optional<Result<Offset>> end;
  topic.end_offset(partition, [&](Result<Offset> found) { end = std::move(found); });
  while (!end) {
    client.wait(std::chrono::milliseconds(100));
    client.run_callbacks();
  }
  return end->value();
}

void print(PartitionId partition, const TopicRecord& record) {
  const RecordHeader header = decode_header(record.entry.header).value();
  if (header.kind != RecordHeader::Kind::kEvent) {
    return;
  }
  const EventView event = decode_event(record.entry.value).value();
  const nlohmann::json line = {
      {"partition", partition.value()},
      {"offset", record.offset.value()},
      {"collector", header.collector.value()},
      {"sequence", header.sequence},
      {"message_id", event.message_id},
      {"anonymous_id", event.anonymous_id},
      {"user_id", event.user_id},
      {"name", event.name},
      {"properties", event.properties},
      {"original_bytes", event.rejection ? event.rejection->original.size() : 0}};
  fmt::print("{}\n", line.dump());
}

void dump(KafkaClient& client, Topic& topic, PartitionId partition) {
  const Offset end = end_of(client, topic, partition);
  const auto reader = topic.read(partition, Offset(0));
  while (reader->position() < end) {
    const auto records = reader->poll(1000);
    if (!records && records.error().kind != ErrorKind::kUnavailable) {
      fmt::print(stderr, "{}\n", records.error().text());
      std::exit(1);
    }
    if (records) {
      for (const TopicRecord& record : *records) {
        print(partition, record);
      }
    }
    if (!records || records->empty()) {
      client.wait(std::chrono::milliseconds(100));
      client.run_callbacks();
    }
  }
}

}  // namespace
}  // namespace hapax

int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape): it may end so.
  if (argc != 3) {
    return 2;
  }
  using namespace hapax;  // NOLINT(google-build-using-namespace)
  KafkaSettings settings{.brokers = argv[1], .name = "topic_dump"};
  settings.accept_unreplicated = true;
  const auto client = KafkaClient::open(settings).value();
  const auto topic = client->open_topic(argv[2]).value();
  for (std::uint32_t i = 0; i < topic->partition_count(); ++i) {
    dump(*client, *topic, PartitionId(i));
  }
  return 0;
}
