// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/topic.hpp"

namespace hapax {

/// A topic in memory. Whatever is called is answered by run(), in the order of calls. Appends can
/// be held up on their way; those of one life of a connection come in their order, and none of them
/// once the next one has brought something.
/// Threading: one owner.
class MemoryTopic : public Topic {
 public:
  explicit MemoryTopic(std::uint32_t partitions, std::string id = "memory")
      : id_(std::move(id)), partitions_(partitions) {}

  std::uint32_t partition_count() const override {
    return static_cast<std::uint32_t>(partitions_.size());
  }
  const std::string& id() const override { return id_; }
  void confirm(Done done) override {
    later([same = is_there_, done = std::move(done)] {
      done(same ? Result<void>() : Error{ErrorKind::kCorrupt, "the topic is another one"});
    });
  }
  void append(PartitionId id, std::vector<TopicEntry> entries, Appended done) override {
    Partition& partition = partitions_[id.value()];
    if (partition.failed) {
      return later([done = std::move(done)] { done(unknown()); });
    }
    partition.held_up = partition.held_up || broken_;
    if (!partition.held_up) {
      const Offset end = take(partition, partition.life, entries);
      return later([done = std::move(done), end] { done(end); });
    }
    on_their_way_.push_back({id, partition.life, std::move(entries)});
    later([&partition, life = partition.life, done = std::move(done)] {
      partition.failed = partition.failed || partition.life == life;
      done(unknown());
    });
  }
  void reopen(PartitionId id) override {
    Partition& partition = partitions_[id.value()];
    if (std::exchange(partition.failed, false)) {
      partition.held_up = false;
      ++partition.life;
    }
  }
  std::unique_ptr<TopicReader> read(PartitionId id, Offset start) override {
    return std::make_unique<Reader>(partitions_[id.value()], start);
  }
  void end_offset(PartitionId id, Found done) override {
    later([end = partitions_[id.value()].end, done = std::move(done)] { done(end); });
  }
  void first_since(PartitionId id, ProcessingTime time, Found done) override {
    const Partition& partition = partitions_[id.value()];
    const auto first = std::ranges::find_if(
        partition.records, [time](const TopicRecord& one) { return one.appended_at >= time; });
    const Offset found = first == partition.records.end() ? partition.end : first->offset;
    later([found, done = std::move(done)] { done(found); });
  }
  void delete_before(PartitionId id, Offset start, Done done) override {
    Partition& partition = partitions_[id.value()];
    if (start > partition.end) {
      return later([done = std::move(done)] {
        done(Error{ErrorKind::kInvalid, "the partition ends before that offset"});
      });
    }
    partition.start = std::max(partition.start, start);
    std::erase_if(partition.records,
                  [start](const TopicRecord& record) { return record.offset < start; });
    later([done = std::move(done)] { done({}); });
  }

  /// Runs the callbacks of what was called before. Returns how many.
  std::size_t run() {
    std::deque<std::function<void()>> acts;
    acts.swap(acts_);
    for (const auto& act : acts) {
      act();
    }
    return acts.size();
  }
  /// Appends fail, and stay on their way.
  void set_broken(bool broken) { broken_ = broken; }
  void let_the_late_arrive() {
    for (const OnItsWay& late : std::exchange(on_their_way_, {})) {
      take(partitions_[late.partition.value()], late.life, late.entries);
    }
  }
  /// Somebody has deleted it, and made another one of its name.
  void make_anew() { is_there_ = false; }
  /// Where `id` begins.
  Offset start(PartitionId id) const { return partitions_[id.value()].start; }

 private:
  struct Partition {
    std::vector<TopicRecord> records;
    Offset start;
    Offset end;
    bool held_up = false;  // An append of this life, so those behind it are, too.
    bool failed = false;   // The caller was told so.
    std::uint64_t life = 1;
    std::uint64_t met_life = 0;  // The highest that has brought something.
  };
  struct OnItsWay {
    PartitionId partition;
    std::uint64_t life;
    std::vector<TopicEntry> entries;
  };

  class Reader : public TopicReader {
   public:
    Reader(const Partition& partition, Offset start) : partition_(partition), position_(start) {}

    Result<std::span<TopicRecord>> poll(std::size_t count_max) override {
      if (position_ < partition_.start) {
        return Error{ErrorKind::kCorrupt, "the records at the offsets " +
                                              std::to_string(position_.value()) + " to " +
                                              std::to_string(partition_.start.value() - 1) +
                                              " were there and are not any more: it begins at " +
                                              std::to_string(partition_.start.value())};
      }
      if (position_ > partition_.end) {
        return Error{ErrorKind::kCorrupt,
                     "nothing was ever at offset " + std::to_string(position_.value())};
      }
      given_.clear();
      for (const TopicRecord& record : partition_.records) {
        if (record.offset >= position_ && given_.size() < count_max) {
          given_.push_back(record);
        }
      }
      if (!given_.empty()) {
        position_ = advance(given_.back().offset, 1);
      }
      return std::span<TopicRecord>(given_);
    }
    Offset position() const override { return position_; }

   private:
    const Partition& partition_;
    Offset position_;
    std::vector<TopicRecord> given_;
  };

  static Error unknown() {
    return Error{ErrorKind::kUnavailable, "it is not known what became of it"};
  }
  Offset take(Partition& partition, std::uint64_t life, const std::vector<TopicEntry>& entries) {
    if (life < partition.met_life) {
      return partition.end;
    }
    partition.met_life = life;
    for (const TopicEntry& entry : entries) {
      partition.records.push_back({.offset = partition.end,
                                   .appended_at = processing_time_from_micros(++now_us_),
                                   .entry = entry});
      partition.end = advance(partition.end, 1);
    }
    return partition.end;
  }
  void later(std::function<void()> act) { acts_.push_back(std::move(act)); }

  const std::string id_;
  bool is_there_ = true;
  std::vector<Partition> partitions_;
  std::deque<std::function<void()>> acts_;
  std::vector<OnItsWay> on_their_way_;
  bool broken_ = false;
  std::int64_t now_us_ = 1'700'000'000'000'000;
};

}  // namespace hapax
