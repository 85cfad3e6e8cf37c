// SPDX-License-Identifier: Apache-2.0
// The laws of stream/measure/measure.hpp for every measure, and for several in one set, over random
// events, divided and ordered at random.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "stream/measure/measure_set.hpp"
#include "stream/measure/measure_test_support.hpp"
#include "stream/measure/measure_types.hpp"
#include "testing/random_cases.hpp"

namespace hapax {
namespace {

constexpr Microseconds kMinute{60'000'000};

struct NamedSpecs {
  std::string name;
  std::vector<MeasureSpec> specs;
};

std::vector<MeasureSpec> all_kinds() {
  using enum MeasureKind;
  return {{.kind = kCount},
          {.kind = kSum, .input = 1},
          {.kind = kAvg},
          {.kind = kUniques, .exact_max = 20},
          {.kind = kMin, .input = 1},
          {.kind = kMax},
          {.kind = kFirst},
          {.kind = kTop, .input = 1, .k = 3, .values_max = 5},
          {.kind = kLast},
          {.kind = kQuantile, .p = 0.9},
          {.kind = kRate}};
}

std::vector<NamedSpecs> cases() {
  using enum MeasureKind;
  return {{"Nothing", {}},
          {"Count", {{.kind = kCount}}},
          {"Rate", {{.kind = kRate}}},
          {"Sum", {{.kind = kSum}}},
          {"Avg", {{.kind = kAvg}}},
          {"Min", {{.kind = kMin}}},
          {"Max", {{.kind = kMax}}},
          {"First", {{.kind = kFirst}}},
          {"Last", {{.kind = kLast}}},
          {"Uniques", {{.kind = kUniques}}},
          {"UniquesEstimated", {{.kind = kUniques, .exact_max = 0}}},
          {"UniquesOfFew", {{.kind = kUniques, .exact_max = 3}}},
          {"UniquesAroundTheSwitch", {{.kind = kUniques, .exact_max = 50}}},
          {"Quantile", {{.kind = kQuantile, .p = 0.5}}},
          {"Top", {{.kind = kTop}}},
          {"TopOfFew", {{.kind = kTop, .k = 3, .values_max = 4}}},
          {"TopOfOne", {{.kind = kTop, .values_max = 1}}},
          {"Retractable", {{.kind = kSum}, {.kind = kQuantile}, {.kind = kCount}}},
          {"AllKinds", all_kinds()}};
}

std::string encoded_summary(const MeasureSet& set) {
  std::string bytes;
  ByteWriter out(bytes);
  set.encode_summary(out);
  return bytes;
}

bool decode_delta(const std::string& bytes, MeasureSet& into) {
  ByteReader in(bytes);
  return into.decode_delta(in) && in.ok() && in.at_end();
}

class MeasureLaws : public testing::TestWithParam<NamedSpecs> {
 protected:
  /// Calls `check(history, random)` for many histories.
  template <typename Check>
  void for_random_histories(const Check& check) {
    for (int seed = 1; seed <= random_cases(60) && !HasFailure(); ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      SeededRandom random(seed);
      check(random_history(random), random);
    }
  }
  /// The events in so many parts, each anywhere.
  static std::vector<History> divide(const History& history, std::size_t parts,
                                     SeededRandom& random) {
    std::vector<History> divided(parts);
    for (const TestEvent& event : history) {
      divided[random.below(parts)].push_back(event);
    }
    return divided;
  }
  static void shuffle(auto& items, SeededRandom& random) {
    std::ranges::shuffle(items, std::mt19937_64(random.next()));
  }

  const MeasurePlan plan_{GetParam().specs, 17};
};

INSTANTIATE_TEST_SUITE_P(Measures, MeasureLaws, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

TEST_P(MeasureLaws, TheOrderOfUpdatesDoesNotMatter) {
  for_random_histories([&](const History& history, SeededRandom& random) {
    History shuffled = history;
    shuffle(shuffled, random);
    EXPECT_EQ(encoded(set_of(plan_, shuffled)), encoded(set_of(plan_, history)));
  });
}

TEST_P(MeasureLaws, CombiningPartsComesToTheWholeHoweverItIsDividedGroupedAndStored) {
  for_random_histories([&](const History& history, SeededRandom& random) {
    std::vector<MeasureSet> sets;
    for (const History& part : divide(history, 1 + random.below(6), random)) {
      sets.push_back(set_of(plan_, part));
    }
    while (sets.size() > 1) {  // Any two, in either order, one of them perhaps from its bytes.
      shuffle(sets, random);
      MeasureSet last = sets.back();
      sets.pop_back();
      MeasureSet& into = sets[random.below(sets.size())];
      if (random.one_in(2)) {
        into.combine(last);
      } else {
        EXPECT_TRUE(decode_all(encoded(last), into));
      }
    }
    const MeasureSet whole = set_of(plan_, history);
    EXPECT_EQ(encoded(sets[0]), encoded(whole));
    EXPECT_EQ(sets[0].finalize(kMinute), whole.finalize(kMinute));
  });
}

TEST_P(MeasureLaws, TheStateOfNoEventChangesNothing) {
  for_random_histories([&](const History& history, SeededRandom&) {
    MeasureSet left(plan_);
    left.combine(set_of(plan_, history));
    MeasureSet right = set_of(plan_, history);
    right.combine(MeasureSet(plan_));
    EXPECT_EQ(encoded(left), encoded(right));
    EXPECT_EQ(encoded(left), encoded(set_of(plan_, history)));
  });
}

TEST_P(MeasureLaws, TheSeedShowsInNoByteAndNoResult) {
  for_random_histories([&](const History& history, SeededRandom& random) {
    const MeasurePlan other(GetParam().specs, random.next());
    EXPECT_EQ(encoded(set_of(other, history)), encoded(set_of(plan_, history)));
    EXPECT_EQ(set_of(other, history).finalize(kMinute), set_of(plan_, history).finalize(kMinute));
  });
}

TEST_P(MeasureLaws, ACopyIsASetOfItsOwn) {
  for_random_histories([&](const History& history, SeededRandom&) {
    MeasureSet set = set_of(plan_, history);
    MeasureSet copy = set;
    EXPECT_EQ(encoded(copy), encoded(set));
    copy.update(event_with_two(std::string_view("new")));
    EXPECT_EQ(encoded(set), encoded(set_of(plan_, history)));
    set = std::move(copy);
    History longer = history;
    longer.push_back(event_with_two(std::string_view("new")));
    EXPECT_EQ(encoded(set), encoded(set_of(plan_, longer)));
  });
}

TEST_P(MeasureLaws, WhatIsTakenBackNeverCame) {
  if (!plan_.retracts()) {
    return;
  }
  for_random_histories([&](const History& history, SeededRandom& random) {
    const auto parts = divide(history, 2, random);
    MeasureSet set = set_of(plan_, history);
    std::string stored = encoded(set);
    set.take_delta();
    for (const TestEvent& event : parts[1]) {
      set.retract(event);
    }
    const MeasureSet rest = set_of(plan_, parts[0]);
    EXPECT_EQ(encoded(set), encoded(rest));
    EXPECT_EQ(set.finalize(kMinute), rest.finalize(kMinute));
  });
}

// Summaries and deltas, as checkpoints take them.
TEST_P(MeasureLaws, TheLastSummaryWithAllDeltasIsTheSetOfNow) {
  for_random_histories([&](const History& history, SeededRandom& random) {
    MeasureSet now(plan_);
    std::vector<std::string> deltas;
    for (const History& part : divide(history, 1 + random.below(6), random)) {
      if (random.one_in(2)) {
        now.combine(set_of(plan_, part));
      } else {
        std::ranges::for_each(part, [&](const TestEvent& event) { now.update(event); });
      }
      deltas.push_back(encoded(now.take_delta()));
    }
    EXPECT_EQ(now.take_delta().size(), 0U);
    MeasureSet loaded(plan_);
    const std::string summary = encoded_summary(now);
    ByteReader in(summary);
    const auto results = loaded.decode_summary(in, kMinute);
    ASSERT_TRUE(results && in.ok() && in.at_end());
    EXPECT_EQ(*results, now.finalize(kMinute));
    shuffle(deltas, random);
    for (const std::string& bytes : deltas) {
      EXPECT_TRUE(decode_delta(bytes, loaded));
    }
    EXPECT_EQ(encoded(loaded), encoded(now));
    EXPECT_EQ(loaded.finalize(kMinute), now.finalize(kMinute));
    EXPECT_EQ(loaded.take_delta().size(), 0U) << "what is stored is not new";
  });
}

TEST_P(MeasureLaws, DeltasDecodedIntoOneAreADeltaOfAllOfIt) {
  for_random_histories([&](const History& history, SeededRandom& random) {
    MeasureDelta together(plan_);
    std::size_t size = 0;
    for (const History& part : divide(history, 1 + random.below(6), random)) {
      MeasureDelta delta = set_of(plan_, part).take_delta();
      size += delta.size();
      EXPECT_TRUE(decode_all(encoded(delta), together));
    }
    EXPECT_LE(together.size(), size);
    EXPECT_EQ(encoded(together), encoded(set_of(plan_, history).take_delta()));
  });
}

TEST_P(MeasureLaws, WhatIsTakenBackAfterACheckpointIsInTheNextDelta) {
  if (!plan_.retracts() || !plan_.grows()) {
    return;
  }
  for_random_histories([&](const History& history, SeededRandom& random) {
    const auto parts = divide(history, 2, random);
    MeasureSet now = set_of(plan_, history);
    const std::string first = encoded(now.take_delta());
    std::ranges::for_each(parts[1], [&](const TestEvent& event) { now.retract(event); });
    const std::string second = encoded(now.take_delta());
    MeasureSet loaded(plan_);
    const std::string summary = encoded_summary(now);
    ByteReader in(summary);
    EXPECT_TRUE(loaded.decode_summary(in, kMinute).has_value());
    EXPECT_TRUE(decode_delta(second, loaded) && decode_delta(first, loaded));
    EXPECT_EQ(encoded(loaded), encoded(now));
  });
}

TEST_P(MeasureLaws, ADamagedEncodingIsNoticed) {
  SeededRandom random(1);
  const MeasureSet set = set_of(plan_, random_history(random));
  const std::string bytes = encoded(set);
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 64) {
    MeasureSet into(plan_);
    EXPECT_FALSE(decode_all(bytes.substr(0, size), into)) << size;
  }
  const std::string summary = encoded_summary(set);
  for (std::size_t size = 0; size < summary.size(); size += 1 + size / 64) {
    MeasureSet into(plan_);
    const std::string cut = summary.substr(0, size);
    ByteReader in(cut);
    EXPECT_FALSE(into.decode_summary(in, kMinute).has_value()) << size;
  }
  std::string newer = bytes;
  newer[0] = 2;
  MeasureSet into(plan_);
  EXPECT_FALSE(decode_all(newer, into)) << "another version";
}

TEST_P(MeasureLaws, DamagedBytesAreRefusedOrAreAState) {
  for_random_histories([&](const History& history, SeededRandom& random) {
    std::string bytes = encoded(set_of(plan_, history));
    for (int i = 0; i < 3; ++i) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    }
    MeasureSet set(plan_);
    if (decode_all(bytes, set)) {
      MeasureSet again(plan_);
      EXPECT_TRUE(decode_all(encoded(set), again));
      EXPECT_EQ(encoded(again), encoded(set));
      set.finalize(kMinute);
    }
  });
}

TEST(MeasureTraitsTest, SayWhatTheStatesCanDo) {
  for (const MeasureSpec& spec : all_kinds()) {
    const MeasureTraits traits = measure_traits(spec.kind);
    SCOPED_TRACE(traits.name);
    with_measure_type(spec.kind, [&]<typename M>(std::type_identity<M>) {
      EXPECT_EQ(traits.grows, GrowingMeasure<M>);
      EXPECT_EQ(traits.retracts, RetractableMeasure<M>);
    });
  }
}

TEST(MeasureSetTest, ACellWithOneCountIsSmall) {
  const MeasurePlan plan(std::vector{MeasureSpec{}});
  EXPECT_EQ(MeasureSet(plan).bytes(), 0U);
  EXPECT_LE(sizeof(MeasureSet), 24U);
}

}  // namespace
}  // namespace hapax
