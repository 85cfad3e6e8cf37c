// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/kafka_topic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace hapax::kafka {

Result<std::unique_ptr<Topic>> KafkaTopic::open(const KafkaSettings& settings, Known known,
                                                Shared shared) {
  std::unique_ptr<KafkaTopic> topic(new KafkaTopic(settings, std::move(known), shared));
  HAPAX_ASSIGN(topic->producer_, Producer::open(settings, topic->name_, topic->listener()));
  return std::unique_ptr<Topic>(std::move(topic));
}

KafkaTopic::KafkaTopic(const KafkaSettings& settings, Known known, Shared shared)
    : settings_(settings),
      name_(std::move(known.name)),
      id_(std::move(known.id)),
      shared_(shared),
      connections_(known.partitions),
      readers_(settings, name_, shared.wake_up, shared.questions) {}

/// Called on the producer's thread: it only leaves word.
Producer::Listener KafkaTopic::listener() {
  return {.appended =
              [this](const Producer::Call& call, Offset end) {
                later([this, partition = call.partition, number = call.number, end] {
                  appended(partition, number, end);
                });
              },
          .failed =
              [this](std::uint64_t generation, const Error& error) {
                later([this, generation, error] { failed(generation, error); });
              }};
}

void KafkaTopic::later(std::function<void()> act) {
  shared_.callbacks.post([alive = std::weak_ptr(alive_), act = std::move(act)] {
    if (!alive.expired()) {
      act();
    }
  });
}

void KafkaTopic::append(PartitionId partition, std::vector<TopicEntry> entries, Appended done) {
  assert(!entries.empty());  // Nothing would ever be reported of it.
  Connection& connection = connections_[partition.value()];
  const std::uint64_t number = next_number_++;
  Waiting& waiting = connection.waiting.emplace_back(
      Waiting{.number = number, .generation = connection.generation, .done = std::move(done)});
  const auto too_large = std::ranges::find_if(entries, [this](const TopicEntry& entry) {
    return entry.header.size() + entry.value.size() > settings_.record_bytes_max;
  });
  if (connection.failed) {
    waiting.outcome =
        Error{ErrorKind::kUnavailable, fmt::format("topic {}: an append before failed", name_),
              "append again after reopen()"};
  } else if (too_large != entries.end()) {
    connection.failed = true;
    waiting.outcome = Error{
        ErrorKind::kUnavailable,
        fmt::format("topic {}: a record of {} bytes is larger than one may be, {}", name_,
                    too_large->header.size() + too_large->value.size(), settings_.record_bytes_max),
        "it would fail again"};
  } else {
    return producer_->append({.number = number,
                              .generation = connection.generation,
                              .partition = partition,
                              .entries = std::move(entries)});
  }
  later([this, partition] { answer(partition); });
}

void KafkaTopic::reopen(PartitionId partition) {
  Connection& connection = connections_[partition.value()];
  connection.generation = generation_;
  connection.failed = false;
}

std::unique_ptr<TopicReader> KafkaTopic::read(PartitionId partition, Offset start) {
  return readers_.read(partition, start);
}

template <typename Answer>
std::function<void(Answer)> KafkaTopic::guarded(std::function<void(Answer)> done) {
  return [alive = std::weak_ptr(alive_), done = std::move(done)](Answer answer) {
    if (!alive.expired()) {
      done(std::move(answer));
    }
  };
}

void KafkaTopic::end_offset(PartitionId partition, Found done) {
  shared_.questions.ask(name_, partition, Questions::Place::kEnd, guarded(std::move(done)));
}

/// The end is asked first: a record that comes between the two questions is not before it.
void KafkaTopic::first_since(PartitionId partition, ProcessingTime time, Found done) {
  end_offset(partition, [this, partition, time, done = std::move(done)](Result<Offset> end) {
    if (!end) {
      return done(std::move(end));
    }
    using Since = Result<std::optional<Offset>>;
    shared_.questions.ask_since(
        name_, partition, time,
        guarded(std::function<void(Since)>([end = *end, done](const Since& found) {
          done(found ? Result<Offset>(found->value_or(end)) : found.error());
        })));
  });
}

void KafkaTopic::delete_before(PartitionId partition, Offset start, Done done) {
  shared_.questions.delete_before(name_, partition, start, guarded(std::move(done)));
}

void KafkaTopic::confirm(Done done) {
  to_confirm_.push_back(std::move(done));
  ask_id();
}

void KafkaTopic::ask_id() {
  if (asking_id_ || to_confirm_.empty()) {
    return;
  }
  asking_id_ = true;
  const auto answered = [this,
                         asked = std::exchange(to_confirm_, {})](const Result<std::string>& id) {
    asking_id_ = false;
    const Result<void> same = compare(id);
    for (const Done& done : asked) {
      done(same);
    }
    ask_id();
  };
  shared_.questions.ask_id(name_, guarded(Questions::FoundId(answered)));
}

Result<void> KafkaTopic::compare(const Result<std::string>& id) const {
  if (!id) {
    return id.error();
  }
  return *id == id_ ? Result<void>()
                    : Error{ErrorKind::kCorrupt,
                            fmt::format("topic {} is another one: its id is {}, and it was {}",
                                        name_, *id, id_),
                            "it was deleted and made again: what was in it is gone; see "
                            "docs/kafka.md"};
}

void KafkaTopic::appended(PartitionId partition, std::uint64_t number, Offset end) {
  auto& waiting = connections_[partition.value()].waiting;
  const auto call = std::ranges::lower_bound(waiting, number, {}, &Waiting::number);
  if (call != waiting.end() && call->number == number && !call->outcome) {
    call->outcome = end;
    answer(partition);
  }
}

void KafkaTopic::failed(std::uint64_t generation, const Error& error) {
  generation_ = generation + 1;
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    Connection& connection = connections_[i];
    connection.failed = connection.failed || connection.generation == generation;
    for (Waiting& waiting : connection.waiting) {
      if (waiting.generation == generation && !waiting.outcome) {
        waiting.outcome = error;
      }
    }
  }
  for (std::uint32_t i = 0; i < connections_.size(); ++i) {
    answer(PartitionId(i));  // May append or reopen, so all must have failed before.
  }
}

void KafkaTopic::answer(PartitionId partition) {
  auto& waiting = connections_[partition.value()].waiting;
  while (!waiting.empty() && waiting.front().outcome) {
    const Waiting first = std::move(waiting.front());
    waiting.pop_front();
    first.done(*first.outcome);
  }
}

}  // namespace hapax::kafka
