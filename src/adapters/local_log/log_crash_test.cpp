// SPDX-License-Identifier: Apache-2.0
// Every point of a run at which the power may fail (reliability T1).
#include <fmt/format.h>

#include <algorithm>

#include "adapters/local_log/log_test_support.hpp"

namespace hapax {
namespace {

using Append = std::vector<PartitionRecords>;

/// What a run of the log has told others, by the number of disk operations at that time.
struct Told {
  std::size_t op_count = 0;
  std::size_t acknowledged = 0;  ///< Of LogLife::ids.
  std::size_t released = 0;      ///< Of LogLife::ids: retention may have dropped them.
  std::vector<Offset> visible;   ///< To readers.
};

/// A log that lives through appends, rolls, retention, recycling, clean and unclean restarts, all
/// by a seed, and keeps what the oracle needs.
class LogLife {
 public:
  explicit LogLife(std::uint64_t seed) : choose_(seed), log_({}, seed) {
    log_.storage.before_op([this](const DiskOp&) {
      note();
      return std::nullopt;
    });
    EXPECT_TRUE(log_.open());
  }

  void live(int steps) {
    for (int step = 0; step < steps; ++step) {
      commit_group();
      if (choose_.one_in(8)) {
        commit_control();
      }
      if (choose_.one_in(6)) {
        released_ = ids.size();
        EXPECT_TRUE(log_.retain());
      }
      if (choose_.one_in(5)) {
        EXPECT_TRUE(log_.core->files().prepare());
      }
      if (choose_.one_in(4)) {
        EXPECT_TRUE(log_.core->note_end());
      }
      if (choose_.one_in(3)) {
        EXPECT_TRUE(log_.compressor->compress_next());
      }
      if (choose_.one_in(3)) {
        EXPECT_TRUE(log_.compressor->recycle_raw());
      }
      if (choose_.one_in(9)) {
        reopen();
      }
    }
    note();
  }

  const CrashStorage& storage() const { return log_.storage; }
  /// What was told when the first `op_count` operations were done.
  const Told& told(std::size_t op_count) const {
    const auto after = std::ranges::upper_bound(told_, op_count, {}, &Told::op_count);
    return *std::prev(after);
  }

  std::vector<std::string> ids;            ///< Of all records ever submitted, in log order.
  std::vector<std::size_t> group_ends{0};  ///< Where in `ids` a group ends.

 private:
  void note() {
    const auto visible = log_.core ? log_.core->catalog().end_offsets() : last_visible_;
    last_visible_ = visible;
    told_.push_back({.op_count = log_.storage.trace().size(),
                     .acknowledged = acknowledged_,
                     .released = released_,
                     .visible = visible});
  }

  Append make_append() {
    Append append;
    for (std::uint32_t p = 0; p < log_.settings.partition_count; ++p) {
      const auto count = choose_.below(3);
      std::vector<std::string> names;
      std::vector<EventView> events(count);
      const std::string properties(choose_.below(700), 'p');
      for (auto& event : events) {
        ids.push_back(fmt::format("m{}", ids.size()));
        names.push_back(ids.back());
        event.source = "s";
        event.properties = properties;
      }
      for (std::size_t i = 0; i < count; ++i) {
        events[i].message_id = names[i];
      }
      if (count > 0) {
        append.push_back(records_of(PartitionId(p), events));
      }
    }
    return append;
  }

  void commit_group() {
    std::vector<Append> group;
    for (auto appends = 1 + choose_.below(3); appends > 0; --appends) {
      if (auto append = make_append(); !append.empty()) {
        group.push_back(std::move(append));
      }
    }
    if (!group.empty()) {
      group_ends.push_back(ids.size());
      EXPECT_TRUE(log_.core->commit(group));
      acknowledged_ = ids.size();
    }
  }

  void commit_control() {
    const auto kind = choose_.one_in(2) ? "clock" : "settings";
    const auto value = std::to_string(ids.size());
    ids.insert(ids.end(), log_.settings.partition_count, std::string(kind) + "=" + value);
    group_ends.push_back(ids.size());
    EXPECT_TRUE(log_.commit_control(kind, value));
    acknowledged_ = ids.size();
  }

  void reopen() {
    if (choose_.one_in(2)) {
      EXPECT_TRUE(log_.core->seal());
    }
    EXPECT_TRUE(log_.open());
  }

  SeededRandom choose_;
  LogHarness log_;
  std::size_t acknowledged_ = 0;
  std::size_t released_ = 0;
  std::vector<Offset> last_visible_ = std::vector<Offset>(3);
  std::vector<Told> told_;
};

/// Opens the log on what a power failure left and compares it with what was told before.
class CrashCheck {
 public:
  CrashCheck(const LogLife& life, std::size_t op_count, DiskImage image, std::uint64_t seed)
      : life_(life), told_(life.told(op_count)), choose_(seed), log_(std::move(image), seed) {}

  void check() {
    open();
    if (!testing::Test::HasFatalFailure()) {
      check_content({});
      check_offsets();
      crash_again();
    }
  }

 private:
  void open() {
    const auto opened = log_.open();
    ASSERT_TRUE(opened) << opened.error().text();
  }

  /// The log holds what was submitted, from no later than what was released to no earlier than what
  /// was acknowledged, whole groups only, and then `added`.
  void check_content(const std::vector<std::string>& added) {
    const auto read = read_all(*log_.core, log_.storage);
    ASSERT_TRUE(read) << read.error().text();
    const auto first = record_count(start_offsets(*log_.core));
    const auto last = record_count(log_.core->catalog().end_offsets()) - added.size();
    ASSERT_LE(last, life_.ids.size()) << "a record that was never submitted";
    std::vector<std::string> expected(life_.ids.begin() + static_cast<std::ptrdiff_t>(first),
                                      life_.ids.begin() + static_cast<std::ptrdiff_t>(last));
    expected.insert(expected.end(), added.begin(), added.end());
    EXPECT_EQ(*read, expected) << "a hole, a double or another order";
    EXPECT_LE(first, told_.released) << "dropped before it was released";
    EXPECT_GE(last, told_.acknowledged) << "an acknowledged record is gone";
    EXPECT_TRUE(std::ranges::binary_search(life_.group_ends, last)) << "a part of a group";
    const auto controls = log_.core->catalog().controls();
    EXPECT_EQ(names_of(controls.at_start), in_force(first));
    EXPECT_EQ(names_of(controls.at_end), in_force(last));
  }

  static std::vector<std::string> names_of(const std::vector<std::string>& records) {
    std::vector<std::string> names;
    std::ranges::transform(records, std::back_inserter(names), name_of_record);
    return names;
  }

  /// The newest control record of each kind among the first `count` records submitted.
  std::vector<std::string> in_force(std::size_t count) const {
    std::map<std::string, std::string> newest;
    for (std::size_t i = 0; i < count; ++i) {
      if (const auto end = life_.ids[i].find('='); end != std::string::npos) {
        newest[life_.ids[i].substr(0, end)] = life_.ids[i];
      }
    }
    std::vector<std::string> names;
    for (const auto& [kind, name] : newest) {
      names.push_back(name);
    }
    return names;
  }

  static std::size_t record_count(const std::vector<Offset>& offsets) {
    std::size_t count = 0;
    for (const auto offset : offsets) {
      count += offset.value();
    }
    return count;
  }

  /// No offset that a reader has seen is given to another record.
  void check_offsets() {
    const auto ends = log_.core->catalog().end_offsets();
    for (std::size_t p = 0; p < ends.size(); ++p) {
      EXPECT_GE(ends[p], told_.visible[p]) << "partition " << p;
    }
  }

  /// Appends, and fails once more, anywhere from the recovery on.
  void crash_again() {
    std::vector<std::string> added;
    std::vector<std::size_t> acknowledged_at;
    for (int i = 0; i < 2; ++i) {
      added.push_back(fmt::format("after{}", i));
      ASSERT_TRUE(log_.commit_one(added.back(), choose_.below(3000)));
      acknowledged_at.push_back(log_.storage.trace().size());
    }
    const auto op_count = choose_.below(log_.storage.trace().size() + 1);
    LogHarness again(log_.storage.crash(op_count, choose_), choose_.next());
    const auto opened = again.open();
    ASSERT_TRUE(opened) << opened.error().text();
    const auto ids = again.ids();
    for (std::size_t i = 0; i < added.size(); ++i) {
      EXPECT_TRUE(acknowledged_at[i] > op_count || std::ranges::count(ids, added[i]) == 1)
          << "an append after a recovery is gone after the next one";
    }
    open();
    check_content(added);
  }

  const LogLife& life_;
  const Told told_;
  SeededRandom choose_;
  LogHarness log_;
};

/// Crashes `life` behind every operation: `random_count` random states each, and where few
/// operations are not synced, every subset of them.
int crash_everywhere(const LogLife& life, int random_count, std::size_t subsets_of_max) {
  int points = 0;
  SeededRandom random(7);
  const auto& storage = life.storage();
  const auto check = [&](std::size_t op_count, DiskImage image) {
    SCOPED_TRACE("operation " + std::to_string(op_count) + ", point " + std::to_string(points));
    CrashCheck(life, op_count, std::move(image), random.next()).check();
    ++points;
  };
  for (std::size_t op_count = 0; op_count <= storage.trace().size(); ++op_count) {
    for (int i = 0; i < random_count; ++i) {
      check(op_count, storage.crash(op_count, random));
    }
    const auto unsynced = storage.trace().unsynced(op_count);
    for (std::uint64_t kept = 0; unsynced <= subsets_of_max && kept >> unsynced == 0; ++kept) {
      check(op_count, storage.crash(op_count, kept));
    }
    if (testing::Test::HasFailure()) {
      break;
    }
  }
  return points;
}

TEST(LogCrashTest, RecoversFromAPowerFailureAtEveryOperation) {
  for (const std::uint64_t seed : {1, 2}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    LogLife life(seed);
    life.live(40);
    EXPECT_GE(crash_everywhere(life, 1, 3), 300);
  }
}

TEST(LogCrashSoakTest, RecoversFromAHundredThousandPowerFailures) {
  int points = 0;
  for (std::uint64_t seed = 1; points < 100'000 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    LogLife life(seed);
    life.live(120);
    points += crash_everywhere(life, 6, 10);
  }
  EXPECT_GE(points, 100'000);
  std::printf("%d crash points\n", points);
}

}  // namespace
}  // namespace hapax
