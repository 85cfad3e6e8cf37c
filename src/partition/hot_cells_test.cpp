// SPDX-License-Identifier: Apache-2.0
// Readers see of a partition what its events up to one offset come to, which never goes back,
// whatever becomes of its owners, of what they tell and of what they publish.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "partition/counted_events.hpp"
#include "partition/counted_events_test_support.hpp"
#include "published/views/tables_of_parts.hpp"
#include "testing/memory_portable_store.hpp"
#include "testing/memory_view_store.hpp"
#include "testing/random_cases.hpp"
#include "testing/whole_cells.hpp"
#include "views/runtime/row_snapshot.hpp"

namespace hapax {
namespace {

/// What owners of the partition have kept: the last manifest.
struct KeptState {
  std::uint64_t number = 0;
  std::uint64_t epoch = 0;
  std::string payload;
  std::vector<std::string> files;
  CountedPlace place = {.counted = {}, .complete = ProcessingTime::min()};
  std::map<std::string, std::string> objects;
};

/// An owner that does not know whether it is one still.
class Owner {
 public:
  Owner(const OneMachine& one, KeptState& kept, PublishedTables& readers)
      : one_(one),
        kept_(kept),
        readers_(readers),
        settings_{.results = one.processor.settings.results,
                  .view = one.processor.settings.view,
                  .id_key = one.processor.settings.id_key},
        state_(kPartition, settings_, one.processor.views.catalog, store_),
        epoch_(++kept.epoch),
        number_(++kept.number),
        place_(kept.place) {
    std::vector<std::string> files;
    for (const std::string& name : kept.files) {
      files.push_back(kept.objects[name]);
    }
    EXPECT_TRUE(state_.restore(kept.payload, kept.files, std::move(files)));
    has_kept_ = !kept.payload.empty();
  }

  void count(std::size_t events) {
    for (; events > 0 && place_.counted.value() < one_.records.size(); --events) {
      const TopicRecord& record = one_.records[place_.counted.value()];
      ASSERT_TRUE(state_.count(record, one_.verdicts[place_.counted.value()]));
      place_ = {.counted = advance(place_.counted, 1),
                .complete = std::max(place_.complete, state_.read(record).value().received_at)};
    }
  }
  void freeze() {
    if (!frozen_) {
      state_.settle(place_, {});
      frozen_ = std::pair(state_.freeze(number_ + 1).value(), place_);
    }
  }
  /// False: it is deposed.
  bool commit() {
    if (!frozen_) {
      return true;
    }
    if (kept_.number != number_) {
      return false;
    }
    auto& [image, place] = *frozen_;
    kept_.number = ++number_;
    kept_.files = image.kept;
    for (std::string& bytes : image.fresh) {
      kept_.files.push_back(std::to_string(kept_.objects.size()));
      kept_.objects[kept_.files.back()] = std::move(bytes);
    }
    kept_.payload = image.payload;
    kept_.place = place;
    state_.kept(kept_.files);
    has_kept_ = true;
    frozen_.reset();
    return true;
  }
  void publish() {
    const auto now = readers_.now();
    const std::uint64_t at = now->empty() ? 0 : now->front().published.version;
    if (frozen_ || !has_kept_ || at >= number_) {
      return;
    }
    state_.published(at);
    PartitionUpdate update = state_.update_from(at).value();
    update.version = number_;
    ASSERT_TRUE(readers_.publish(kPartition, update));
  }
  /// What a reader is told, who is lost or not; that there is nothing, where it is too much.
  HotUpdate tell(bool is_lost, const CountedEvents::TellLimits& limits) {
    const bool begins = !is_telling_ || is_lost;
    std::optional<CountedEvents::Told> told = state_.tell(place_, limits, begins).value();
    is_telling_ = told.has_value();
    HotUpdate update{.partition = kPartition, .epoch = epoch_, .number = ++told_};
    update.is_untold = !told;
    if (told) {
      update.since = begins ? std::optional(told->since) : std::nullopt;
      update.change = std::move(told->change);
    }
    return update;
  }
  void forget_readers() {
    state_.end_telling();
    is_telling_ = false;
  }
  Offset counted() const { return place_.counted; }

 private:
  const OneMachine& one_;
  KeptState& kept_;
  PublishedTables& readers_;
  const CountedEventsSettings settings_;
  MemoryPortableStore store_;
  CountedEvents state_;
  const std::uint64_t epoch_;
  std::uint64_t number_;
  CountedPlace place_;
  bool has_kept_ = false;
  std::optional<std::pair<StateImage, CountedPlace>> frozen_;
  bool is_telling_ = false;
  std::uint64_t told_ = 0;
};

using CellsByView = std::map<std::string, ViewCellsByKey>;

/// What the events below each offset come to.
std::vector<CellsByView> expected_of(const OneMachine& one) {
  KeptState kept;
  PublishedTables readers;
  Owner owner(one, kept, readers);
  std::vector<CellsByView> expected;
  for (std::size_t at = 0; at <= one.records.size(); ++at) {
    owner.freeze();
    EXPECT_TRUE(owner.commit());
    owner.publish();
    MemoryStateStore store = store_of(readers);
    CellsByView& cells = expected.emplace_back();
    for (const auto& [name, view] : one.processor.views.served.all()) {
      cells[name] = whole_cells(store, *view);
    }
    owner.count(1);
  }
  return expected;
}

/// Who reads what is published and told.
class Reader {
 public:
  Reader(const OneMachine& one, const std::vector<CellsByView>& expected, PublishedTables& readers)
      : one_(one), expected_(expected), reader_(readers), tables_(reader_) {}

  /// False: it was of no use.
  bool take(const HotUpdate& update) { return tables_.take(update).value(); }
  void look() {
    Result<PartsNow> now = tables_.now();
    ASSERT_TRUE(now);
    if (now->partitions.empty() || now->partitions[0].version == 0) {
      return;
    }
    const PublishedManifest& manifest = *now->partitions[0].manifest;
    EXPECT_GE(manifest.partition.processed, at_) << "a number went back";
    at_ = manifest.partition.processed;
    was_provisional_ = was_provisional_ || now->is_provisional;
    now_ = std::move(*now);
  }
  /// Of the last look, perhaps long after it. It may be further by then, with what is stored or
  /// lies over that; but all of it is of one offset.
  void read() {
    if (!now_.hot) {
      return;
    }
    CellsByView found;
    for (const auto& [name, view] : one_.processor.views.served.all()) {
      found[name] = cells_of(
          RowSnapshot::of_parts(view->shape, "view." + view->id, tables_.snapshot(now_.hot)));
    }
    const auto from = expected_.begin() + static_cast<std::ptrdiff_t>(at_.value());
    EXPECT_TRUE(std::find(from, expected_.end(), found) != expected_.end())
        << "no offset from " << at_.value() << " on comes to what is read";
  }
  Offset at() const { return at_; }
  bool was_provisional() const { return was_provisional_; }

 private:
  static ViewCellsByKey cells_of(const RowSnapshot& rows) {
    ViewCellsByKey found;
    const Result<void> done = rows.read("", [&](RowCursor& cells) -> Result<void> {
      for (cells.seek(""); cells.valid(); cells.next()) {
        if (holds_nothing(cells.value())) {
          continue;
        }
        ViewCell cell(rows.shape().measures);
        HAPAX_TRY(cells.combine_into(cell));
        ByteWriter out(found[std::string(cells.key())]);
        out.put_u64(cell.revision);
        cell.measures.encode(out);
      }
      return {};
    });
    EXPECT_TRUE(done) << done.error().text();
    return found;
  }

  const OneMachine& one_;
  const std::vector<CellsByView>& expected_;
  MemoryViewReader reader_;
  TablesOfParts tables_;
  PartsNow now_;
  Offset at_ = {};
  bool was_provisional_ = false;
};

/// One partition, its owners, of which some do not know that they are none any more, and a reader.
class HotWorld {
 public:
  HotWorld(std::uint64_t seed, const OneMachine& one, const std::vector<CellsByView>& expected)
      : random_(seed), one_(one), reader_(one, expected, readers_) {
    owners_.push_back(std::make_unique<Owner>(one_, kept_, readers_));
  }

  void step() {
    Owner& owner = *owners_[random_.below(owners_.size())];
    switch (random_.below(10)) {
      case 0:
      case 1:
        owner.count(random_.below(12));
        break;
      case 2:
        owner.freeze();
        break;
      case 3:
        if (!owner.commit()) {
          let_go(owner);
        }
        break;
      case 4:
        owner.publish();
        break;
      case 5:
      case 6:
        tell(owner);
        break;
      case 7:
        reader_.look();
        reader_.read();
        break;
      case 8:
        reader_.read();
        break;
      default:
        if (random_.one_in(12)) {
          take_over();
        } else if (random_.one_in(12)) {
          owner.forget_readers();
        }
    }
  }
  /// The owner that is one ends it.
  void end() {
    take_over();
    Owner& owner = *owners_.back();
    owner.count(one_.records.size());
    owner.freeze();
    ASSERT_TRUE(owner.commit());
    tell(owner);
    reader_.look();
    owner.publish();
    reader_.look();
    reader_.read();
    EXPECT_EQ(reader_.at(), Offset(one_.records.size()));
  }
  bool was_provisional() const { return reader_.was_provisional(); }
  bool was_untold() const { return was_untold_; }

 private:
  void tell(Owner& owner) {
    const bool is_limited = random_.one_in(4);
    const CountedEvents::TellLimits limits{
        .cells_max = is_limited ? random_.below(40) : 1'000'000,
        .bytes_max = is_limited ? random_.below(4'000) : 1'000'000};
    const HotUpdate update = owner.tell(is_lost_[&owner], limits);
    was_untold_ = was_untold_ || update.is_untold;
    const bool arrives = !random_.one_in(8);
    is_lost_[&owner] = !arrives || !reader_.take(update);
  }
  /// The former one may go on for a while, or not.
  void take_over() {
    if (owners_.size() > 2 || random_.one_in(2)) {
      let_go(*owners_.front());
    }
    owners_.push_back(std::make_unique<Owner>(one_, kept_, readers_));
    is_lost_.erase(owners_.back().get());
  }
  void let_go(Owner& owner) {
    std::erase_if(owners_, [&](const auto& one) { return one.get() == &owner; });
    if (owners_.empty()) {
      owners_.push_back(std::make_unique<Owner>(one_, kept_, readers_));
      is_lost_.erase(owners_.back().get());
    }
  }

  SeededRandom random_;
  const OneMachine& one_;
  KeptState kept_;
  PublishedTables readers_;
  Reader reader_;
  std::vector<std::unique_ptr<Owner>> owners_;
  std::map<const Owner*, bool> is_lost_;
  bool was_untold_ = false;
};

void run(std::uint64_t seed, std::size_t worlds) {
  SCOPED_TRACE(seed);
  SeededRandom random(seed);
  OneMachine one;
  receive_some(random, 250, one);
  const std::vector<CellsByView> expected = expected_of(one);
  std::size_t provisional = 0;
  std::size_t untold = 0;
  for (std::size_t i = 0; i < worlds && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    HotWorld world(seed * 1'000 + i, one, expected);
    for (int step = 0; step < 600 && !testing::Test::HasFailure(); ++step) {
      world.step();
    }
    world.end();
    provisional += world.was_provisional() ? 1 : 0;
    untold += world.was_untold() ? 1 : 0;
  }
  EXPECT_GT(2 * provisional, worlds);
  EXPECT_GT(2 * untold, worlds);
}

TEST(HotCellsTest, WhatIsReadIsThePartitionAtOneOffsetAndNeverGoesBack) {
  for (int seed = 0; seed < random_cases(3); ++seed) {
    run(seed, 20);
  }
}

TEST(HotCellsSoakTest, ManySeeds) {
  for (std::uint64_t seed = 100; seed < 300; ++seed) {
    run(seed, 50);
  }
}

}  // namespace
}  // namespace hapax
