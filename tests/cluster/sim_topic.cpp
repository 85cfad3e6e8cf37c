// SPDX-License-Identifier: Apache-2.0
#include "sim_topic.hpp"

#include <algorithm>

#include "sim_stores.hpp"

namespace hapax::sim {
namespace {

/// Sees what is there, sometimes only some of it.
class SimReader : public TopicReader {
 public:
  SimReader(World& world, TopicLog& log, PartitionId partition, Offset start)
      : world_(world), log_(log), partition_(partition), position_(start) {}

  Result<std::span<TopicRecord>> poll(std::size_t count_max) override {
    if (world_.happens(world_.faults.read_error)) {
      return Error{ErrorKind::kUnavailable, "the broker does not answer"};
    }
    if (position_ < log_.start(partition_)) {
      return Error{ErrorKind::kCorrupt, kDeleted};
    }
    const std::vector<TopicRecord>& records = log_.records(partition_);
    const auto from = std::ranges::lower_bound(records, position_, {}, &TopicRecord::offset);
    auto count = std::min<std::size_t>(static_cast<std::size_t>(records.end() - from), count_max);
    const bool some = count > 0 && world_.random.one_in(4);
    if (some) {
      count = world_.random.below(count + 1);
    }
    given_.assign(from, from + static_cast<std::ptrdiff_t>(count));
    if (from + static_cast<std::ptrdiff_t>(count) == records.end()) {
      position_ = std::max(position_, log_.end(partition_));
    } else if (count > 0) {
      position_ = advance(given_.back().offset, 1);
    }
    return std::span<TopicRecord>(given_);
  }
  Offset position() const override { return position_; }

 private:
  World& world_;
  TopicLog& log_;
  PartitionId partition_;
  Offset position_;
  std::vector<TopicRecord> given_;
};

}  // namespace

bool TopicLog::append(PartitionId id, const Call& call, const std::vector<TopicEntry>& entries,
                      std::size_t count) {
  Partition& partition = partitions_[id.value()];
  Producer& producer = partition.producers[call.producer];
  if (call.epoch < producer.epoch) {
    world_.reached("a late call of a former epoch is refused");
    return false;
  }
  if (call.epoch > producer.epoch) {
    producer = {.epoch = call.epoch};
  }
  if (call.number != producer.next || producer.cut) {
    return false;
  }
  ++producer.next;
  producer.cut = count < entries.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (world_.happens(world_.faults.gap)) {
      partition.end = advance(partition.end, 1 + world_.random.below(3));
    }
    if (loses_ && loses_(id, entries[i])) {
      partition.end = advance(partition.end, 1);
      continue;
    }
    const TopicRecord& record = partition.records.emplace_back(
        TopicRecord{.offset = partition.end,
                    .appended_at = ProcessingTime(world_.now + skew_ + world_.between(-2000, 2000)),
                    .entry = entries[i]});
    partition.end = advance(partition.end, 1);
    if (watch_) {
      watch_(id, record);
    }
  }
  return true;
}

bool TopicLog::delete_before(PartitionId id, Offset start) {
  Partition& partition = partitions_[id.value()];
  if (start > partition.end) {
    return false;
  }
  if (start > partition.start) {
    partition.start = start;
    world_.reached("old records are deleted");
    if (watch_deletions_) {
      watch_deletions_(id, start);
    }
  }
  return true;
}

Offset TopicLog::first_since(PartitionId id, ProcessingTime time) const {
  const Partition& partition = partitions_[id.value()];
  const auto first = std::ranges::find_if(partition.records, [&](const TopicRecord& record) {
    return record.offset >= partition.start && record.appended_at >= time;
  });
  return first == partition.records.end() ? partition.end : first->offset;
}

void SimTopic::append(PartitionId partition, std::vector<TopicEntry> entries, Appended done) {
  Connection& connection = connections_[partition.value()];
  const auto waiting =
      std::make_shared<Waiting>(Waiting{.epoch = connection.epoch, .done = std::move(done)});
  connection.waiting.push_back(waiting);
  if (connection.failed) {
    return answer(Microseconds(1), partition, waiting, false, {});
  }
  const TopicLog::Call call{
      .producer = producer_, .epoch = connection.epoch, .number = connection.next++};
  connection.arrival = std::max(connection.arrival, world_.now + world_.between(100, 3000));
  Microseconds travel = connection.arrival - world_.now;
  std::size_t count = entries.size();
  bool arrives = true;
  bool told = false;
  if (world_.now < connection.down_until || world_.happens(world_.faults.append_lost)) {
    arrives = false;
  } else if (world_.happens(world_.faults.append_cut)) {
    count = world_.random.below(count);
  } else if (world_.happens(world_.faults.append_late)) {
    travel += world_.between(10'000, 2'000'000);
  } else {
    told = !world_.happens(world_.faults.append_answer_lost);
  }
  if (!told) {
    connection.failed = true;
    if (world_.random.one_in(3)) {
      connection.down_until =
          std::max(connection.down_until, world_.now + world_.between(1000, 200'000));
    }
    answer(world_.between(3000, 30'000), partition, waiting, false, {});
  }
  if (!arrives) {
    return;
  }
  // On its way it needs nobody.
  world_.after(travel, [this, life = life_, log = &log_, world = &world_, partition, call, count,
                        told, entries = std::move(entries), waiting] {
    const bool appended = log->append(partition, call, entries, count);
    if (told && life->alive) {
      answer(world->between(100, 3000), partition, waiting, appended, log->end(partition));
    }
  });
}

void SimTopic::answer(Microseconds delay, PartitionId partition, std::shared_ptr<Waiting> call,
                      bool succeeded, Offset end) {
  world_.deliver(life_, delay, [this, partition, call = std::move(call), succeeded, end] {
    call->succeeded = succeeded;
    call->end = end;
    Connection& connection = connections_[partition.value()];
    while (!connection.waiting.empty() && connection.waiting.front()->succeeded) {
      const std::shared_ptr<Waiting> first = connection.waiting.front();
      connection.waiting.pop_front();
      const bool failed_before = connection.failed && connection.epoch == first->epoch;
      if (*first->succeeded && !failed_before) {
        first->done(first->end);
      } else {
        connection.failed = connection.failed || connection.epoch == first->epoch;
        first->done(Error{ErrorKind::kUnavailable, "no answer in time"});
      }
    }
  });
}

void SimTopic::reopen(PartitionId partition) {
  Connection& connection = connections_[partition.value()];
  ++connection.epoch;
  connection.next = 0;
  connection.failed = false;
}

std::unique_ptr<TopicReader> SimTopic::read(PartitionId partition, Offset start) {
  return std::make_unique<SimReader>(world_, log_, partition, start);
}

/// `look` is done at the brokers, some time after the call and before its answer.
template <typename Answer>
void SimTopic::ask(std::function<Answer()> look, std::function<void(Answer)> done) {
  const Microseconds there = world_.between(50, 2000);
  const bool lost = world_.happens(world_.faults.call_lost);
  world_.after(
      there, [life = life_, world = &world_, lost, look = std::move(look), done = std::move(done)] {
        if (!life->alive) {
          return;
        }
        const Answer found = look();
        const Microseconds back = world->between(50, world->random.one_in(4) ? 100'000 : 2000);
        world->deliver(life, back, [done, found, lost] {
          done(lost ? Answer(Error{ErrorKind::kUnavailable, "no answer in time"}) : found);
        });
      });
}

void SimTopic::end_offset(PartitionId partition, Found done) {
  ask<Result<Offset>>([log = &log_, partition] { return log->end(partition); }, std::move(done));
}

void SimTopic::first_since(PartitionId partition, ProcessingTime time, Found done) {
  ask<Result<Offset>>([log = &log_, partition, time] { return log->first_since(partition, time); },
                      std::move(done));
}

void SimTopic::confirm(Done done) {
  ask<Result<void>>([] { return Result<void>(); }, std::move(done));
}

/// On its way it needs nobody, and may come late.
void SimTopic::delete_before(PartitionId partition, Offset start, Done done) {
  call(
      world_, life_, true,
      [log = &log_, partition, start]() -> Result<void> {
        return log->delete_before(partition, start)
                   ? Result<void>()
                   : Error{ErrorKind::kInvalid, "it ends before that offset"};
      },
      std::move(done));
}

}  // namespace hapax::sim
