// SPDX-License-Identifier: Apache-2.0
// What tests in other languages do to topics of a real broker:
//   topic_admin BROKERS set TOPIC NAME VALUE
//   topic_admin BROKERS make_anew TOPIC PARTITIONS
//   topic_admin BROKERS starts TOPIC            prints where each partition begins
//   topic_admin BROKERS user NAME PASSWORD
//   topic_admin BROKERS allow|take_away USER KIND NAME OPERATION
#include <cstdio>
#include <string>
#include <vector>

#include "access_admin.hpp"
#include "adapters/kafka/kafka_topic_check.hpp"
#include "real_broker.hpp"

namespace {

/// Whether it was a word about users.
bool change_access(const std::vector<std::string>& words) {
  const std::string& what = words[1];
  if (what == "user" && words.size() == 4) {
    hapax::AccessAdmin(words[0]).add_user(words[2], words[3]);
    return true;
  }
  if ((what != "allow" && what != "take_away") || words.size() != 6) {
    return false;
  }
  hapax::AccessAdmin access(words[0]);
  const hapax::AccessAdmin::Right right{
      .user = words[2], .kind = words[3], .name = words[4], .operation = words[5]};
  what == "allow" ? access.allow(right) : access.take_away(right);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 3) {
    return 2;
  }
  if (change_access(words)) {
    return 0;
  }
  hapax::TopicAdmin admin(words[0]);
  const std::string& what = words[1];
  const std::string& topic = words[2];
  const auto check = hapax::KafkaTopicCheck::open(hapax::settings_for(words[0])).value();
  if (what == "set" && words.size() == 5) {
    admin.set(topic, words[3], words[4]);
  } else if (what == "make_anew" && words.size() == 4) {
    const std::string before = check->look(topic).value().id;
    admin.remove(topic);
    admin.create(topic, static_cast<std::uint32_t>(std::stoul(words[3])));
    while (!hapax::TopicAdmin::is_another(words[0], topic, before)) {
    }
  } else if (what == "starts") {
    const hapax::KafkaTopicFacts facts = check->look(topic).value();
    for (const hapax::KafkaTopicFacts::Partition& partition : facts.partitions) {
      std::printf("%llu\n", static_cast<unsigned long long>(partition.start.value()));
    }
  } else {
    return 2;
  }
  return 0;
}
