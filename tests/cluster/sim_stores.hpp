// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/object_store.hpp"
#include "ports/side_work.hpp"
#include "ports/view_store.hpp"
#include "sim_world.hpp"

namespace hapax::sim {

/// A call to a store: done at once when it arrives, with faults on both ways. `act` does it and
/// returns the answer, which is given to `done`, as an error when it was lost. A call that changes
/// nothing is at most lost.
template <typename Act, typename Done>
void call(World& world, const LifePtr& life, bool changes, Act act, Done done) {
  const Error lost{ErrorKind::kUnavailable, "no answer in time"};
  if (world.happens(world.faults.call_lost)) {
    return world.deliver(life, world.between(1000, 50'000), [done, lost] { done(lost); });
  }
  if (changes && world.happens(world.faults.call_late)) {
    world.deliver(life, world.between(1000, 50'000), [done, lost] { done(lost); });
    return world.after(world.between(50'000, 20'000'000), [act] { static_cast<void>(act()); });
  }
  const bool answer_lost = world.happens(world.faults.answer_lost);
  world.after(world.between(200, 8000), [&world, life, act, done, answer_lost, lost] {
    auto answer = act();
    world.deliver(life, world.between(200, 8000), [done, answer, answer_lost, lost] {
      if (answer_lost) {
        done(lost);
      } else {
        done(answer);
      }
    });
  });
}

using Objects = std::map<std::string, std::string>;

class SimObjects : public ObjectStore {
 public:
  SimObjects(World& world, Objects& objects, LifePtr life)
      : world_(world), objects_(objects), life_(std::move(life)) {}

  void put(const std::string& name, std::string bytes, Done done) override {
    call(
        world_, life_, true,
        [objects = &objects_, name, bytes]() -> Result<void> {
          (*objects)[name] = bytes;
          return {};
        },
        std::move(done));
  }
  void create(const std::string& name, std::string bytes, Created done) override {
    call(
        world_, life_, true,
        [world = &world_, objects = &objects_, name, bytes]() -> Result<bool> {
          const auto [there, created] = objects->try_emplace(name, bytes);
          if (!created) {
            world->reached(there->second == bytes ? "a creation meets itself"
                                                  : "a creation meets another");
          }
          return created;
        },
        std::move(done));
  }
  void get(const std::string& name, Got done) override {
    call(
        world_, life_, false,
        [objects = &objects_, name]() -> Result<std::optional<std::string>> {
          const auto found = objects->find(name);
          return found == objects->end() ? std::optional<std::string>() : found->second;
        },
        std::move(done));
  }
  void list(const std::string& prefix, Listed done) override {
    call(
        world_, life_, false,
        [objects = &objects_, prefix]() -> Result<std::vector<std::string>> {
          std::vector<std::string> names;
          for (auto at = objects->lower_bound(prefix);
               at != objects->end() && at->first.starts_with(prefix); ++at) {
            names.push_back(at->first);
          }
          return names;
        },
        std::move(done));
  }
  void remove(const std::string& name, Done done) override {
    call(
        world_, life_, true,
        [world = &world_, objects = &objects_, name]() -> Result<void> {
          world->reached(objects->erase(name) > 0 ? "garbage is removed" : "garbage was gone");
          return {};
        },
        std::move(done));
  }

 private:
  World& world_;
  Objects& objects_;
  LifePtr life_;
};

/// What readers find of a partition.
struct Published {
  std::uint64_t version = 0;
  std::string manifest = {};
  std::map<std::string, std::string> rows = {};  ///< Of all tables.
};

struct Views {
  std::map<PartitionId, Published> partitions;
  std::function<void(PartitionId, const Published&)> watch;
};

class SimViews : public ViewStore {
 public:
  SimViews(World& world, Views& views, LifePtr life)
      : world_(world), views_(views), life_(std::move(life)) {}

  void publish(PartitionId partition, PartitionUpdate update, Done done) override {
    call(
        world_, life_, true,
        [world = &world_, views = &views_, partition, update]() -> Result<void> {
          return take(*world, *views, partition, update);
        },
        std::move(done));
  }
  void version(PartitionId partition, Found found) override {
    call(
        world_, life_, false,
        [views = &views_, partition]() -> Result<std::uint64_t> {
          return views->partitions[partition].version;
        },
        std::move(found));
  }

 private:
  static Result<void> take(World& world, Views& views, PartitionId partition,
                           const PartitionUpdate& update) {
    Published& there = views.partitions[partition];
    if (there.version >= update.version) {
      world.reached("an update comes late");
      return {};
    }
    if (there.version < update.since) {
      world.fail("an update leaves something out");
      return Error{ErrorKind::kInvalid, "it stands below"};
    }
    if (update.since == 0) {
      there.rows.clear();
    }
    for (const StateWrite::Table& table : update.change.tables) {
      table.changes.for_each([&](std::string_view key, std::optional<std::string_view> value) {
        if (value) {
          there.rows[std::string(key)] = *value;
        } else {
          there.rows.erase(std::string(key));
        }
        return true;
      });
    }
    there.version = update.version;
    there.manifest = update.change.manifest;
    views.watch(partition, there);
    return {};
  }

  World& world_;
  Views& views_;
  LifePtr life_;
};

/// What is done beside takes its time, while the owner goes on.
class SimSideWork : public SideWork {
 public:
  SimSideWork(World& world, LifePtr life) : world_(world), life_(std::move(life)) {}

  void run(Work work, Done done) override {
    world_.deliver(life_, world_.between(0, 100'000),
                   [work = std::move(work), done = std::move(done)] { done(work()); });
  }

 private:
  World& world_;
  LifePtr life_;
};

}  // namespace hapax::sim
