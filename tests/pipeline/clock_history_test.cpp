// SPDX-License-Identifier: Apache-2.0
// Histories of a clock over many starts: ahead, behind, killed before it is set right, steps, a
// frozen machine, words of an operator. Whatever comes, every event is counted once, the state is
// that of a rebuild, and no complete minute lies in the future (reliability row 49).
#include <gtest/gtest.h>

#include <array>

#include "pipeline/clock_world.hpp"
#include "testing/random_cases.hpp"
#include "testing/whole_cells.hpp"

namespace hapax {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Cells of events_per_minute, then books.
struct Outcome {
  ViewCellsByKey cells;
  std::string books;
};

Outcome outcome_of(ProcessorCore& core, MemoryStateStore& store, const ServedViews& served) {
  EXPECT_TRUE(core.checkpoint());
  Outcome outcome{.cells = whole_cells(store, *served.find("events_per_minute")), .books = {}};
  for (const SourceAudit& audit : core.audit().sources) {
    outcome.books.append(audit.source);
    for (const std::uint64_t value :
         {audit.received, audit.accepted, audit.unique, audit.duplicate, audit.conflict,
          audit.restamped, audit.on_time, audit.late, audit.counted, audit.clock_ahead,
          audit.clock_behind, audit.newest_event, audit.newest_received}) {
      outcome.books.append(" ").append(std::to_string(value));
    }
  }
  return outcome;
}

class History {
 public:
  History(std::uint64_t seed, bool with_bases)
      : random_(seed), with_bases_(with_bases), world_(1 + random_.below(3)) {
    world_.machine.synchronised = random_.one_in(2);
    world_.machine.error = world_.machine.synchronised ? Microseconds(0) : wrong();
    world_.settings.hot_ids_checkpoint = 16;
    start();
  }

  void run() {
    for (std::uint64_t steps = 20 + random_.below(60); steps > 0; --steps) {
      one_thing();
      world_.tick();
      check_now();
      if (testing::Test::HasFailure()) {
        return;
      }
    }
    world_.drain();
    EXPECT_EQ(world_.unique(), sent_.size());
    check_rebuilds();
  }

 private:
  static constexpr std::int64_t kNewestKept = 3;
  struct Sent {
    std::string id;
    ProcessingTime first;
  };

  Microseconds wrong() {
    constexpr std::array<Microseconds, 8> kErrors{
        minutes(5), hours(3), -hours(5), hours(20), days(9), days(400), -days(9), -days(56 * 365)};
    return kErrors[random_.below(kErrors.size())];
  }

  void one_thing() {
    switch (random_.below(18)) {
      case 0:
      case 1:
      case 2:
        send_new();
        break;
      case 3:
      case 4:
        send_again();
        break;
      case 5:
        world_.process_some(random_.below(6));
        break;
      case 6:
        world_.machine.advance(seconds(random_.below(90)));
        break;
      case 7:
        world_.machine.advance(hours(random_.below(30)));
        break;
      case 8:
        restart();
        break;
      case 9:
        checkpoint();
        break;
      case 10:  // The time server is reached, or lost again.
        world_.machine.synchronised = !random_.one_in(3);
        world_.machine.error = world_.machine.synchronised ? Microseconds(0) : world_.machine.error;
        break;
      case 11:
        step_or_freeze();
        break;
      case 12:
        if (random_.one_in(3)) {
          speak();
        }
        break;
      case 13:
        world_.send_bad();
        break;
      case 14:
        change_settings();
        break;
      case 15:
        world_.machine.advance(days(random_.below(3)));
        break;
      case 16:
        set_right_while_it_is_judged();
        break;
      default:
        world_.drain();
    }
  }

  void send_new() {
    const std::string id = std::to_string(sent_.size());
    world_.send(id, std::to_string(random_.below(5)), random_.one_in(2));
    sent_.push_back({id, world_.machine.truth});
  }

  /// Windows get longer only: what must be recognised always is.
  void change_settings() {
    ResultSettings& results = world_.settings.results;
    results.dedup_window += hours(random_.below(3));
    results.out_of_order_bound = seconds(5 + random_.below(20));
    EXPECT_TRUE(put_in_force(results, false, world_.log, world_.process->arrivals));
  }

  /// At the next look or start.
  void set_right_while_it_is_judged() {
    world_.machine.asked = [this] {
      world_.machine.error = Microseconds(0);
      world_.machine.synchronised = true;
    };
    if (random_.one_in(2)) {
      start();
    }
  }

  /// As long as it must be recognised.
  void send_again() {
    if (sent_.empty()) {
      return;
    }
    const Sent& sent = sent_[random_.below(sent_.size())];
    if (world_.machine.truth - sent.first < ClockWorld::kWindow - hours(1)) {
      world_.send_again(sent.id);
    }
  }

  void restart() {
    world_.crash();
    world_.machine.truth += random_.one_in(3) ? Microseconds(hours(random_.below(60)))
                                              : Microseconds(seconds(random_.below(300)));
    world_.machine.synchronised = random_.one_in(4);
    if (world_.machine.synchronised || random_.one_in(3)) {
      world_.machine.error = Microseconds(0);
    } else if (random_.one_in(2)) {
      world_.machine.error = wrong();
    }
    if (with_bases_ && random_.one_in(3)) {  // Its folder is removed.
      EXPECT_TRUE(world_.store.reset());
    }
    start();
  }

  void start() {
    world_.start();
    was_doubted_ = world_.clock().is_doubted;
  }

  void checkpoint() {
    if (!world_.process->core->superseded()) {
      EXPECT_TRUE(world_.process->core->checkpoint());
      if (with_bases_) {
        keep_base_and_retain();
      }
    }
  }

  void keep_base_and_retain() {
    if (world_.process->core->base_wanted() && random_.one_in(2)) {
      EXPECT_TRUE(world_.store.keep_base());
      world_.process->core->commit_base();
    }
    keep_newest();
    world_.log.retain();
  }

  /// A log keeps its last file, whose records tell the next start how late it was.
  void keep_newest() {
    const SubscriberId newest = world_.log.subscribe({.name = "newest"});
    std::vector<Receipt::End> ends;
    for (const Offset end : world_.log.end_offsets()) {
      ends.push_back({PartitionId(static_cast<std::uint32_t>(ends.size())),
                      Offset(std::max<std::int64_t>(end.value() - kNewestKept, 0))});
    }
    world_.log.release(newest, ends);
  }

  void step_or_freeze() {
    if (random_.one_in(2)) {
      world_.machine.error = world_.machine.synchronised ? Microseconds(0) : wrong();
    } else {  // The host stops the machine, whose clock may be set right afterwards.
      world_.machine.truth += hours(random_.below(20));
      world_.machine.error -= world_.machine.synchronised ? Microseconds(0) : hours(2);
    }
  }

  /// An operator who knows the time.
  void speak() {
    const Microseconds shift = world_.machine.truth - world_.process->clock.now();
    if (std::chrono::abs(shift) < minutes(1)) {
      EXPECT_TRUE(world_.process->keeper->accept());
    } else if (world_.clock().is_doubted) {
      EXPECT_TRUE(world_.process->keeper->correct(shift));
    }
  }

  void check_now() {
    const bool is_doubted = world_.clock().is_doubted;
    believed_ = believed_ || (was_doubted_ && !is_doubted && !world_.machine.synchronised);
    was_doubted_ = is_doubted;
    if (!believed_ && !world_.process->core->superseded()) {
      EXPECT_LE(world_.process->core->stats().watermark,
                as_event_time(world_.machine.truth + world_.keeper_settings.limits.jump_max));
    }
  }

  /// By dedup, and by the verdicts of the first run, which no correction may have changed.
  void check_rebuilds() {
    const Outcome live = outcome_of(*world_.process->core, world_.store, world_.views.served);
    for (const auto order :
         {ScriptedLog::ReadOrder::kRoundRobin, ScriptedLog::ReadOrder::kPartitionByPartition}) {
      world_.log.set_read_order(order);
      MemoryVerdicts none(world_.log.partition_count());
      check_rebuild(none, live);
      MemoryVerdicts stored(world_.log.partition_count());
      stored.put_back(world_.verdicts.disk.image());
      stored.open();
      check_rebuild(stored, live);
    }
  }

  void check_rebuild(MemoryVerdicts& verdicts, const Outcome& live) {
    MemoryStateStore store = world_.store;
    EXPECT_TRUE(store.reset());
    const auto core =
        ProcessorCore::open(world_.settings,
                            {world_.log, store, world_.process->arrivals, *verdicts.log,
                             world_.views.catalog, world_.views.served})
            .value();
    drain(*core);
    EXPECT_FALSE(core->superseded());
    EXPECT_EQ(verdicts.log->stats().begun_anew, 0U);
    const Outcome rebuilt = outcome_of(*core, store, world_.views.served);
    EXPECT_EQ(rebuilt.cells, live.cells);
    EXPECT_EQ(rebuilt.books, live.books);
  }

  SeededRandom random_;
  const bool with_bases_;  ///< And with retention, which drops all that it may.
  ClockWorld world_;
  std::vector<Sent> sent_;
  bool was_doubted_ = false;
  bool believed_ = false;  ///< A clock was believed that nobody knew to be right.
};

void check_histories(std::uint64_t from, std::uint64_t to, bool with_bases = false) {
  for (std::uint64_t seed = from; seed < to; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History(seed, with_bases).run();
    if (testing::Test::HasFailure()) {
      return;
    }
  }
}

TEST(ClockHistoryTest, CountsEachEventOnceAndLikeARebuild) {
  check_histories(0, random_cases(500));
}

TEST(ClockHistorySoakTest, CountsEachEventOnceAndLikeARebuild) {
  check_histories(1'000, 101'000);
}

TEST(ClockHistoryTest, CountsTheSameFromBaseAndLogWhateverRetentionHasDropped) {
  check_histories(0, random_cases(300), true);
}

TEST(ClockHistorySoakTest, CountsTheSameFromBaseAndLogWhateverRetentionHasDropped) {
  check_histories(1'000, 51'000, true);
}

}  // namespace
}  // namespace hapax
