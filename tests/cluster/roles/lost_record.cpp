// SPDX-License-Identifier: Apache-2.0
// Makes a topic lose an acknowledged record, as its readers see it, for tests that are no C++:
//   lost_record BROKERS TOPIC_OF_CONTROL PARTITIONS
// A life of a collector joins, says that one record of it is in partition 0, and leaves.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <optional>

#include "adapters/kafka/kafka_client.hpp"
#include "cluster/control_note.hpp"

namespace hapax {
namespace {

constexpr CollectorId kCollector{0x1057};

void append(KafkaClient& client, Topic& control, const ControlNote& note) {
  std::optional<Result<Offset>> done;
  std::vector<TopicEntry> entries;
  entries.push_back({.header = {}, .value = encode_note(note)});
  control.append(PartitionId(0), std::move(entries),
                 [&](Result<Offset> end) { done = std::move(end); });
  while (!done) {
    client.wait(std::chrono::milliseconds(100));
    client.run_callbacks();
  }
  if (!*done) {
    fmt::print(stderr, "{}\n", done->error().text());
    std::exit(1);
  }
}

CollectorReport report_of_one(std::size_t partitions) {
  CollectorReport report{.collector = kCollector,
                         .oldest_unsettled = ProcessingTime::max(),
                         .accounts = std::vector<CollectorAccount>(partitions)};
  CollectorAccount& account = report.accounts.front();
  account.settled = 1;
  account.acknowledged.add({.low = 1, .high = 2});
  return report;
}

}  // namespace
}  // namespace hapax

int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape): it may end so.
  if (argc != 4) {
    return 2;
  }
  using namespace hapax;  // NOLINT(google-build-using-namespace)
  KafkaSettings settings{.brokers = argv[1], .name = "lost_record"};
  settings.accept_unreplicated = true;
  const auto client = KafkaClient::open(settings).value();
  const auto control = client->open_topic(argv[2]).value();
  append(*client, *control, CollectorJoined{kCollector});
  append(*client, *control, report_of_one(std::strtoul(argv[3], nullptr, 10)));
  append(*client, *control, CollectorGone{.collector = kCollector, .by_itself = true});
  return 0;
}
