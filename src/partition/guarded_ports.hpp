// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "ports/object_store.hpp"
#include "ports/side_work.hpp"
#include "ports/topic.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// Who calls: whether it is still there, and what it was told last that was not done.
struct GuardedCaller {
  std::shared_ptr<const bool> alive = std::make_shared<const bool>(true);
  std::optional<Error> trouble = {};
};

/// `done`, unless the caller is gone by then.
template <typename Answer>
std::function<void(Answer)> guarded(GuardedCaller& caller, std::function<void(Answer)> done) {
  return [&caller, alive = std::weak_ptr(caller.alive), done = std::move(done)](Answer answer) {
    if (!alive.expired()) {
      caller.trouble = answer ? std::nullopt : std::optional(answer.error());
      done(std::move(answer));
    }
  };
}

/// A topic as one of several sees it who use it and may go before it does.
/// Threading: one owner. Lifetime: `topic` must outlive it, and the
/// caller what it calls.
class GuardedTopic : public Topic {
 public:
  GuardedTopic(Topic& topic, GuardedCaller& caller) : topic_(topic), caller_(caller) {}

  std::uint32_t partition_count() const override { return topic_.partition_count(); }
  const std::string& id() const override { return topic_.id(); }
  void confirm(Done done) override { topic_.confirm(guarded(caller_, std::move(done))); }
  void append(PartitionId partition, std::vector<TopicEntry> entries, Appended done) override {
    topic_.append(partition, std::move(entries), guarded(caller_, std::move(done)));
  }
  void reopen(PartitionId partition) override { topic_.reopen(partition); }
  std::unique_ptr<TopicReader> read(PartitionId partition, Offset start) override {
    return topic_.read(partition, start);
  }
  void end_offset(PartitionId partition, Found done) override {
    topic_.end_offset(partition, guarded(caller_, std::move(done)));
  }
  void first_since(PartitionId partition, ProcessingTime time, Found done) override {
    topic_.first_since(partition, time, guarded(caller_, std::move(done)));
  }
  void delete_before(PartitionId partition, Offset start, Done done) override {
    topic_.delete_before(partition, start, guarded(caller_, std::move(done)));
  }

 private:
  Topic& topic_;
  GuardedCaller& caller_;
};

/// The same of a store of objects.
class GuardedObjects : public ObjectStore {
 public:
  GuardedObjects(ObjectStore& objects, GuardedCaller& caller)
      : objects_(objects), caller_(caller) {}

  void put(const std::string& name, std::string bytes, Done done) override {
    objects_.put(name, std::move(bytes), guarded(caller_, std::move(done)));
  }
  void create(const std::string& name, std::string bytes, Created done) override {
    objects_.create(name, std::move(bytes), guarded(caller_, std::move(done)));
  }
  void get(const std::string& name, Got done) override {
    objects_.get(name, guarded(caller_, std::move(done)));
  }
  void list(const std::string& prefix, Listed done) override {
    objects_.list(prefix, guarded(caller_, std::move(done)));
  }
  void remove(const std::string& name, Done done) override {
    objects_.remove(name, guarded(caller_, std::move(done)));
  }

 private:
  ObjectStore& objects_;
  GuardedCaller& caller_;
};

/// The same of a view store.
class GuardedViews : public ViewStore {
 public:
  GuardedViews(ViewStore& views, GuardedCaller& caller) : views_(views), caller_(caller) {}

  void publish(PartitionId partition, PartitionUpdate update, Done done) override {
    views_.publish(partition, std::move(update), guarded(caller_, std::move(done)));
  }
  void version(PartitionId partition, Found found) override {
    views_.version(partition, guarded(caller_, std::move(found)));
  }

 private:
  ViewStore& views_;
  GuardedCaller& caller_;
};

/// The same of what is done beside: a work that has begun goes on without its caller.
class GuardedSideWork : public SideWork {
 public:
  GuardedSideWork(SideWork& side, GuardedCaller& caller) : side_(side), caller_(caller) {}

  /// Work of a caller that is gone before its turn comes is not done.
  void run(Work work, Done done) override {
    Work wanted = [alive = std::weak_ptr(caller_.alive), work = std::move(work)]() -> Result<void> {
      return alive.expired() ? Error{ErrorKind::kClosed, "nobody wants it any more"} : work();
    };
    side_.run(std::move(wanted), guarded(caller_, std::move(done)));
  }

 private:
  SideWork& side_;
  GuardedCaller& caller_;
};

}  // namespace hapax
