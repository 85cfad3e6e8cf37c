// SPDX-License-Identifier: Apache-2.0
#include "processing/known_names.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "core/time_math.hpp"
#include "testing/memory_state_store.hpp"

namespace hapax {
namespace {

using std::chrono::hours;

ProcessingTime on_day(std::uint32_t day, hours hour = hours(12)) {
  return ProcessingTime(hours(24) * day + hour);
}
NameDays days(std::uint32_t day) {
  return {.first = day, .last = day};
}

TEST(UtcDayTest, ChangesAtMidnight) {
  EXPECT_EQ(utc_day(on_day(20'000, hours(0))), 20'000U);
  EXPECT_EQ(utc_day(on_day(20'000, hours(0)) - Microseconds(1)), 19'999U);
  EXPECT_EQ(utc_day(ProcessingTime::min()), 1U);
  EXPECT_GT(utc_day(ProcessingTime::max()), 100'000'000U);
}

class KnownNamesTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kToday = 20'000;

  KnownNamesTest() { names_.enforce(); }

  bool admit(std::string_view name, std::string_view source = "web", std::uint32_t day = kToday) {
    return names_.admit(source, name, on_day(day));
  }
  void checkpoint() {
    StateWrite write{.manifest = {}};
    names_.freeze().add_to(write);
    ASSERT_TRUE(store_.write(write));
  }

  MemoryStateStore store_;
  KnownNames names_{3, {}};
};

TEST_F(KnownNamesTest, SoManyNamesOfASourceAreNewInADay) {
  for (const char* name : {"a", "b", "a", "c", "b"}) {
    EXPECT_TRUE(admit(name)) << name;
  }
  EXPECT_FALSE(admit("d"));
  EXPECT_FALSE(admit("d")) << "also when it comes again";
  EXPECT_TRUE(admit("a")) << "a known name passes";
  EXPECT_TRUE(admit("d", "ios")) << "another source has a limit of its own";
  EXPECT_EQ(names_.stats().refused.at("web").count, 2U);
  EXPECT_EQ(names_.stats().refused.count("ios"), 0U);
  EXPECT_EQ(names_.stats().known, 4U);
}

TEST_F(KnownNamesTest, ANameOfAnotherSourceIsNotKnown) {
  EXPECT_TRUE(admit("a"));
  for (const char* name : {"b", "c", "d"}) {
    EXPECT_TRUE(admit(name, "ios"));
  }
  EXPECT_FALSE(admit("a", "ios"));
}

TEST_F(KnownNamesTest, AnotherDayHasAnotherCount) {
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_TRUE(admit(name));
  }
  EXPECT_FALSE(admit("d"));
  EXPECT_TRUE(admit("d", "web", kToday + 1));
  EXPECT_FALSE(admit("e")) << "a request that arrived before midnight counts for its day";
  EXPECT_TRUE(admit("a", "web", kToday + 1));
  EXPECT_TRUE(admit("e", "web", kToday + 1));
  EXPECT_TRUE(admit("f", "web", kToday + 1));
  EXPECT_FALSE(admit("g", "web", kToday + 1)) << "names of yesterday are not new, these are";
}

TEST_F(KnownNamesTest, WhatIsLearnedIsKnownAndCountsOnItsFirstDay) {
  names_.learn("web", "a", days(kToday));
  names_.learn("web", "b", days(kToday));
  names_.learn("web", "old", days(kToday - 1));
  names_.learn("web", "old", days(kToday));
  EXPECT_TRUE(admit("c"));
  EXPECT_FALSE(admit("d"));
  EXPECT_TRUE(admit("a"));
  EXPECT_TRUE(admit("old"));
  names_.learn("web", "b", days(kToday - 1));  // Read later, received before.
  EXPECT_TRUE(admit("d"));
  EXPECT_FALSE(admit("e"));
}

TEST_F(KnownNamesTest, WhatWasAdmittedCountsOnceAlsoWhenItIsLearned) {
  EXPECT_TRUE(admit("a"));
  EXPECT_EQ(names_.learned(), 0U);
  names_.learn("web", "a", days(kToday));
  EXPECT_EQ(names_.learned(), 1U);
  EXPECT_TRUE(admit("b"));
  EXPECT_TRUE(admit("c"));
  EXPECT_FALSE(admit("d"));
}

TEST_F(KnownNamesTest, EveryNamePassesWhileTheLimitIsNotInForce) {
  KnownNames starting(1, {});
  EXPECT_TRUE(starting.admit("web", "a", on_day(kToday)));
  EXPECT_TRUE(starting.admit("web", "b", on_day(kToday)));
  EXPECT_FALSE(starting.stats().enforced);
  EXPECT_EQ(starting.stats().known, 0U);
  starting.enforce();
  EXPECT_TRUE(starting.admit("web", "a", on_day(kToday)));
  EXPECT_FALSE(starting.admit("web", "b", on_day(kToday)));

  KnownNames unlimited(0, {});
  unlimited.enforce();
  unlimited.learn("web", "a", days(kToday));
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(unlimited.admit("web", std::to_string(i), on_day(kToday)));
  }
  EXPECT_FALSE(unlimited.stats().enforced);
  EXPECT_EQ(unlimited.stats().known, 0U);
}

TEST_F(KnownNamesTest, ItsTableHoldsWhatWasLearnedAndItsDays) {
  names_.learn("web", "old", days(kToday - 5));
  checkpoint();
  names_.learn("web", "old", days(kToday));
  names_.learn("web", "a", days(kToday));
  names_.learn(std::string("w\0b", 3), "a", days(kToday));
  EXPECT_TRUE(admit("not in the log"));
  checkpoint();
  EXPECT_EQ(store_.table("names").size(), 3U);

  KnownNames restored(3, {});
  ASSERT_TRUE(restored.restore(store_, names_.learned()));
  EXPECT_TRUE(restored.freeze().names.empty()) << "what is stored is not written again";
  restored.enforce();
  EXPECT_TRUE(restored.admit("web", "b", on_day(kToday)));
  EXPECT_TRUE(restored.admit("web", "c", on_day(kToday)));
  EXPECT_FALSE(restored.admit("web", "d", on_day(kToday))) << "the day's count goes on";
  EXPECT_TRUE(restored.admit("web", "old", on_day(kToday)));
  EXPECT_TRUE(restored.admit("web", "a", on_day(kToday)));
  EXPECT_TRUE(restored.admit(std::string("w\0b", 3), "b", on_day(kToday)));
}

TEST_F(KnownNamesTest, ATableThatMissesNamesOrIsDamagedIsAnError) {
  names_.learn("web", "a", days(kToday));
  checkpoint();
  KnownNames missing(3, {});
  EXPECT_FALSE(missing.restore(store_, 2));
  const auto [key, value] = *store_.table("names").begin();
  StateWrite write{.manifest = {}, .tables = {{.name = "names"}}};
  write.tables[0].changes.put(key, value + "x");
  ASSERT_TRUE(store_.write(write));
  KnownNames damaged(3, {});
  EXPECT_FALSE(damaged.restore(store_, 1));
}

struct OpenNames : KnownNames {
  using KnownNames::admit_unknown;
  using KnownNames::KnownNames;
};

TEST_F(KnownNamesTest, TwoRequestsThatBothFindANameNewCountItOnce) {
  OpenNames names(1, {});
  names.enforce();
  EXPECT_TRUE(names.admit_unknown("web", "a", on_day(kToday)));
  EXPECT_TRUE(names.admit_unknown("web", "a", on_day(kToday)));
  EXPECT_FALSE(names.admit_unknown("web", "b", on_day(kToday)));
  EXPECT_EQ(names.stats().refused.at("web").count, 1U);
}

TEST_F(KnownNamesTest, RequestsAtTheSameTimeCountANameOnceAndNeverPassTheLimit) {
  constexpr int kThreads = 2;
  constexpr int kNames = 2'000;
  KnownNames names(kNames / 2, {});
  names.enforce();
  std::atomic<int> arrived = 0;
  std::atomic<int> admitted = 0;
  const auto ask_for_all = [&] {
    for (int i = 0; i < kNames; ++i) {
      ++arrived;
      for (int spins = 1; arrived < kThreads * (i + 1); ++spins) {
        if (spins % 1'000 == 0) {  // The other has no core; else both go on in the same instant.
          std::this_thread::yield();
        }
      }
      admitted += names.admit("web", std::to_string(i), on_day(kToday)) ? 1 : 0;
    }
  };
  {
    const std::jthread other(ask_for_all);
    ask_for_all();
  }
  EXPECT_EQ(names.stats().known, kNames / 2U);
  EXPECT_EQ(admitted, kThreads * kNames / 2);
}

TEST(KnownNamesMemoryTest, AMillionNamesCostWhatTheHeaderSays) {
  KnownNames names(10'000'000, {});
  names.enforce();
  for (int i = 0; i < 1'000'000; ++i) {
    names.admit("web", std::to_string(i), on_day(20'000));
  }
  EXPECT_EQ(names.stats().known, 1'000'000U);
  EXPECT_LE(names.stats().memory_bytes, std::uint64_t{32} << 20U);
}

}  // namespace
}  // namespace hapax
