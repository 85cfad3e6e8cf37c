// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/cell_store.hpp"
#include "ports/object_store.hpp"
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

/// What readers find.
struct Cells {
  std::map<std::pair<PartitionId, std::string>, CellRow> rows;
  std::map<PartitionId, PublishedProgress> progress;
  std::function<void(PartitionId, const PublishedProgress&)> watch;
  std::function<bool(const CellRow& from, const CellRow& to)> went_back;
};

class SimCells : public CellStore {
 public:
  SimCells(World& world, Cells& cells, LifePtr life)
      : world_(world), cells_(cells), life_(std::move(life)) {}

  void write_rows(PartitionId partition, std::vector<CellRow> rows, Done done) override {
    call(
        world_, life_, true,
        [world = &world_, cells = &cells_, partition, rows]() -> Result<void> {
          for (const CellRow& row : rows) {
            CellRow& there = cells->rows[{partition, row.key}];
            if (there.version > row.version) {
              world->reached("an old row comes late");
            } else {
              if (cells->went_back && cells->went_back(there, row)) {
                world->fail("row " + row.key + " goes back");
              }
              if (there.version == row.version && there.value != row.value) {
                world->fail("two values of one version of row " + row.key);
              }
              there = row;
            }
          }
          return {};
        },
        std::move(done));
  }
  void write_progress(PartitionId partition, PublishedProgress progress, Done done) override {
    call(
        world_, life_, true,
        [world = &world_, cells = &cells_, partition, progress]() -> Result<void> {
          PublishedProgress& there = cells->progress[partition];
          if (there.version > progress.version) {
            world->reached("old progress comes late");
            return {};
          }
          there = progress;
          cells->watch(partition, progress);
          return {};
        },
        std::move(done));
  }
  void read_progress(PartitionId partition, Read done) override {
    call(
        world_, life_, false,
        [cells = &cells_, partition]() -> Result<std::optional<PublishedProgress>> {
          const auto found = cells->progress.find(partition);
          return found == cells->progress.end() ? std::optional<PublishedProgress>()
                                                : found->second;
        },
        std::move(done));
  }

 private:
  World& world_;
  Cells& cells_;
  LifePtr life_;
};

}  // namespace hapax::sim
