// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/object_store.hpp"
#include "ports/topic.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// Whether who calls is still there.
using Alive = std::weak_ptr<const bool>;

/// `done`, unless who called is gone by then.
template <typename Answer>
std::function<void(Answer)> guarded(const Alive& alive, std::function<void(Answer)> done) {
  return [alive, done = std::move(done)](Answer answer) {
    if (!alive.expired()) {
      done(std::move(answer));
    }
  };
}

/// A topic as one of several sees it who use it and may go before it does.
/// Threading: one owner. Lifetime: `topic` must outlive it.
class GuardedTopic : public Topic {
 public:
  GuardedTopic(Topic& topic, Alive alive) : topic_(topic), alive_(std::move(alive)) {}

  std::uint32_t partition_count() const override { return topic_.partition_count(); }
  void append(PartitionId partition, std::vector<TopicEntry> entries, Appended done) override {
    topic_.append(partition, std::move(entries), guarded(alive_, std::move(done)));
  }
  void reopen(PartitionId partition) override { topic_.reopen(partition); }
  std::unique_ptr<TopicReader> read(PartitionId partition, Offset start) override {
    return topic_.read(partition, start);
  }
  void end_offset(PartitionId partition, Found done) override {
    topic_.end_offset(partition, guarded(alive_, std::move(done)));
  }

 private:
  Topic& topic_;
  const Alive alive_;
};

/// The same of a store of objects.
class GuardedObjects : public ObjectStore {
 public:
  GuardedObjects(ObjectStore& objects, Alive alive) : objects_(objects), alive_(std::move(alive)) {}

  void put(const std::string& name, std::string bytes, Done done) override {
    objects_.put(name, std::move(bytes), guarded(alive_, std::move(done)));
  }
  void create(const std::string& name, std::string bytes, Created done) override {
    objects_.create(name, std::move(bytes), guarded(alive_, std::move(done)));
  }
  void get(const std::string& name, Got done) override {
    objects_.get(name, guarded(alive_, std::move(done)));
  }
  void list(const std::string& prefix, Listed done) override {
    objects_.list(prefix, guarded(alive_, std::move(done)));
  }
  void remove(const std::string& name, Done done) override {
    objects_.remove(name, guarded(alive_, std::move(done)));
  }

 private:
  ObjectStore& objects_;
  const Alive alive_;
};

/// The same of a view store.
class GuardedViews : public ViewStore {
 public:
  GuardedViews(ViewStore& views, Alive alive) : views_(views), alive_(std::move(alive)) {}

  void publish(PartitionId partition, PartitionUpdate update, Done done) override {
    views_.publish(partition, std::move(update), guarded(alive_, std::move(done)));
  }
  void version(PartitionId partition, Found found) override {
    views_.version(partition, guarded(alive_, std::move(found)));
  }

 private:
  ViewStore& views_;
  const Alive alive_;
};

}  // namespace hapax
