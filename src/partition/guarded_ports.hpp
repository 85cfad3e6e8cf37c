// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "partition/guarded_calls.hpp"
#include "ports/object_store.hpp"
#include "ports/side_work.hpp"
#include "ports/topic.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// A topic as one of several sees it who use it and may go before it does.
/// Threading: one owner. Lifetime: `topic` must outlive it.
class GuardedTopic : public Topic {
 public:
  explicit GuardedTopic(Topic& topic) : topic_(topic) {}

  std::uint32_t partition_count() const override { return topic_.partition_count(); }
  const std::string& id() const override { return topic_.id(); }
  void confirm(Done done) override { topic_.confirm(calls_.guarded(std::move(done))); }
  void append(PartitionId partition, std::vector<TopicEntry> entries, Appended done) override {
    topic_.append(partition, std::move(entries), calls_.guarded(std::move(done)));
  }
  void reopen(PartitionId partition) override { topic_.reopen(partition); }
  std::unique_ptr<TopicReader> read(PartitionId partition, Offset start) override {
    return topic_.read(partition, start);
  }
  void end_offset(PartitionId partition, Found done) override {
    topic_.end_offset(partition, calls_.guarded(std::move(done)));
  }
  void first_since(PartitionId partition, ProcessingTime time, Found done) override {
    topic_.first_since(partition, time, calls_.guarded(std::move(done)));
  }
  void delete_before(PartitionId partition, Offset start, Done done) override {
    topic_.delete_before(partition, start, calls_.guarded(std::move(done)));
  }
  const std::optional<Error>& trouble() const { return calls_.trouble(); }

 private:
  Topic& topic_;
  GuardedCalls calls_;
};

/// The first of what was wrong with some calls.
inline std::optional<Error> trouble_of(std::initializer_list<std::optional<Error>> troubles) {
  const auto first = std::find_if(troubles.begin(), troubles.end(),
                                  [](const auto& trouble) { return trouble.has_value(); });
  return first == troubles.end() ? std::nullopt : *first;
}

/// The same of a store of objects. What fails is told late, each kind of call by itself: to be
/// told, step().
class GuardedObjects : public ObjectStore {
 public:
  GuardedObjects(ObjectStore& objects, const Clock& clock)
      : objects_(objects),
        puts_(clock, trouble_),
        creates_(clock, trouble_),
        gets_(clock, trouble_),
        lists_(clock, trouble_),
        removes_(clock, trouble_) {}

  void put(const std::string& name, std::string bytes, Done done) override {
    objects_.put(name, std::move(bytes), puts_.guarded(std::move(done)));
  }
  void create(const std::string& name, std::string bytes, Created done) override {
    objects_.create(name, std::move(bytes), creates_.guarded(std::move(done)));
  }
  void get(const std::string& name, Got done) override {
    objects_.get(name, gets_.guarded(std::move(done)));
  }
  void list(const std::string& prefix, Listed done) override {
    objects_.list(prefix, lists_.guarded(std::move(done)));
  }
  void remove(const std::string& name, Done done) override {
    objects_.remove(name, removes_.guarded(std::move(done)));
  }

  void step() {
    for (PacedCalls* calls : {&puts_, &creates_, &gets_, &lists_, &removes_}) {
      calls->step();
    }
  }
  const std::optional<Error>& trouble() const { return trouble_; }

 private:
  ObjectStore& objects_;
  std::optional<Error> trouble_;  // As of the newest answer.
  PacedCalls puts_;
  PacedCalls creates_;
  PacedCalls gets_;
  PacedCalls lists_;
  PacedCalls removes_;
};

/// The same of a view store.
class GuardedViews : public ViewStore {
 public:
  GuardedViews(ViewStore& views, const Clock& clock)
      : views_(views), publications_(clock, trouble_), versions_(clock, trouble_) {}

  void publish(PartitionId partition, PartitionUpdate update, Done done) override {
    views_.publish(partition, std::move(update), publications_.guarded(std::move(done)));
  }
  void version(PartitionId partition, Found found) override {
    views_.version(partition, versions_.guarded(std::move(found)));
  }

  void step() {
    publications_.step();
    versions_.step();
  }
  const std::optional<Error>& trouble() const { return trouble_; }

 private:
  ViewStore& views_;
  std::optional<Error> trouble_;
  PacedCalls publications_;
  PacedCalls versions_;
};

/// The same of what is done beside: a work that has begun goes on without its caller.
class GuardedSideWork : public SideWork {
 public:
  explicit GuardedSideWork(SideWork& side) : side_(side) {}

  /// Work of a caller that is gone before its turn comes is not done.
  void run(Work work, Done done) override {
    Work wanted = [alive = calls_.alive(), work = std::move(work)]() -> Result<void> {
      return alive.expired() ? Error{ErrorKind::kClosed, "nobody wants it any more"} : work();
    };
    side_.run(std::move(wanted), calls_.guarded(std::move(done)));
  }

 private:
  SideWork& side_;
  GuardedCalls calls_;
};

}  // namespace hapax
