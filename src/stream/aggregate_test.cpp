// SPDX-License-Identifier: Apache-2.0
// The laws of stream/aggregate.hpp, over random events, divided and ordered at random.
#include "stream/aggregate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "stream/count.hpp"
#include "stream/exact_users.hpp"

namespace hapax {
namespace {

using Random = std::mt19937_64;
using Events = std::vector<KeyedEvent>;

Events random_events(Random& random) {
  Events events(random() % 200);
  const std::uint64_t users = 1 + random() % 300;
  for (KeyedEvent& event : events) {
    event.identity = (random() % users) * 0x9E3779B97F4A7C15;  // 0 among them.
  }
  return events;
}

template <Aggregate A>
A state_of(const Events& events, std::uint64_t seed = 0) {
  A state = A::init(seed);
  for (const KeyedEvent& event : events) {
    state.update(event);
  }
  return state;
}

template <Aggregate A>
std::string encoded(const A& state) {
  std::string bytes;
  ByteWriter out(bytes);
  state.encode(out);
  return bytes;
}

template <typename Delta>
std::string encoded_delta(Delta delta) {
  std::string bytes;
  ByteWriter out(bytes);
  delta.encode(out);
  return bytes;
}

template <typename State>
void decode_all(const std::string& bytes, State& into) {
  ByteReader in(bytes);
  into.decode(in);
  EXPECT_TRUE(in.ok() && in.at_end());
}

/// The events in so many parts, each anywhere.
std::vector<Events> divide(const Events& events, std::size_t parts, Random& random) {
  std::vector<Events> divided(parts);
  for (const KeyedEvent& event : events) {
    divided[random() % parts].push_back(event);
  }
  return divided;
}

template <typename A>
class AggregateLaws : public testing::Test {
 protected:
  /// Calls `check(events, random)` for many sets of events.
  template <typename Check>
  void for_random_events(const Check& check) {
    for (std::uint64_t seed = 1; seed <= 100 && !this->HasFailure(); ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      Random random(seed);
      check(random_events(random), random);
    }
  }
};

using Both = Aggregates<Count, ExactUsers>;
static_assert(Aggregate<Both> && !Retractable<Both> && !Growing<Both>);
using Kinds = testing::Types<Count, ExactUsers, Both>;
TYPED_TEST_SUITE(AggregateLaws, Kinds);

TYPED_TEST(AggregateLaws, TheOrderOfUpdatesDoesNotMatter) {
  this->for_random_events([](const Events& events, Random& random) {
    Events shuffled = events;
    std::ranges::shuffle(shuffled, random);
    EXPECT_EQ(encoded(state_of<TypeParam>(shuffled)), encoded(state_of<TypeParam>(events)));
  });
}

TYPED_TEST(AggregateLaws, CombiningPartsComesToTheWholeHoweverItIsDividedAndGrouped) {
  this->for_random_events([](const Events& events, Random& random) {
    std::vector<TypeParam> states;
    for (const Events& part : divide(events, 1 + random() % 6, random)) {
      states.push_back(state_of<TypeParam>(part));
    }
    while (states.size() > 1) {  // Any two, in either order, until one is left.
      std::ranges::shuffle(states, random);
      const TypeParam last = states.back();
      states.pop_back();
      states[random() % states.size()].combine(last);
    }
    const TypeParam whole = state_of<TypeParam>(events);
    EXPECT_EQ(encoded(states[0]), encoded(whole));
    EXPECT_EQ(states[0].finalize(), whole.finalize());
  });
}

TYPED_TEST(AggregateLaws, TheStateOfNoEventChangesNothing) {
  this->for_random_events([](const Events& events, Random&) {
    TypeParam left = TypeParam::init(0);
    left.combine(state_of<TypeParam>(events));
    TypeParam right = state_of<TypeParam>(events);
    right.combine(TypeParam::init(0));
    EXPECT_EQ(encoded(left), encoded(right));
    EXPECT_EQ(encoded(left), encoded(state_of<TypeParam>(events)));
  });
}

TYPED_TEST(AggregateLaws, DecodingTakesInWhatCombiningWould) {
  this->for_random_events([](const Events& events, Random& random) {
    const auto parts = divide(events, 2, random);
    TypeParam decoded = TypeParam::init(0);
    decode_all(encoded(state_of<TypeParam>(events)), decoded);
    EXPECT_EQ(encoded(decoded), encoded(state_of<TypeParam>(events)));
    TypeParam combined = state_of<TypeParam>(parts[0]);
    decode_all(encoded(state_of<TypeParam>(parts[1])), combined);
    EXPECT_EQ(encoded(combined), encoded(decoded));
  });
}

TYPED_TEST(AggregateLaws, TheSeedShowsInNoByte) {
  this->for_random_events([](const Events& events, Random& random) {
    const TypeParam one = state_of<TypeParam>(events, random());
    TypeParam other = state_of<TypeParam>(events, random());
    EXPECT_EQ(encoded(one), encoded(other));
    EXPECT_EQ(one.finalize(), other.finalize());
  });
}

TYPED_TEST(AggregateLaws, WhatIsTakenBackNeverCame) {
  if constexpr (Retractable<TypeParam>) {
    this->for_random_events([](const Events& events, Random& random) {
      const auto parts = divide(events, 2, random);
      TypeParam state = state_of<TypeParam>(events);
      for (const KeyedEvent& event : parts[1]) {
        state.retract(event);
      }
      EXPECT_EQ(encoded(state), encoded(state_of<TypeParam>(parts[0])));
    });
  }
}

// Deltas of growing aggregates, as checkpoints take them.
TYPED_TEST(AggregateLaws, TheStoredStateWithItsDeltasIsTheStateOfNow) {
  if constexpr (Growing<TypeParam>) {
    this->for_random_events([](const Events& events, Random& random) {
      const auto parts = divide(events, 1 + random() % 6, random);
      TypeParam now = state_of<TypeParam>(parts[0]);
      std::vector<std::string> stored = {encoded(now)};
      now.take_delta();
      for (std::size_t i = 1; i < parts.size(); ++i) {
        now.combine(state_of<TypeParam>(parts[i]));
        stored.push_back(encoded_delta(now.take_delta()));
      }
      std::ranges::shuffle(stored, random);
      TypeParam decoded = TypeParam::init(0);
      for (const std::string& bytes : stored) {
        decode_all(bytes, decoded);
      }
      EXPECT_EQ(encoded(decoded), encoded(now));
      EXPECT_EQ(decoded.take_delta().size(), 0U) << "what is stored is not new";
    });
  }
}

TYPED_TEST(AggregateLaws, DeltasDecodedIntoOneAreADeltaOfAllOfIt) {
  if constexpr (Growing<TypeParam>) {
    this->for_random_events([](const Events& events, Random& random) {
      typename TypeParam::Delta together;
      std::size_t size = 0;
      for (const Events& part : divide(events, 1 + random() % 6, random)) {
        auto delta = state_of<TypeParam>(part).take_delta();
        size += delta.size();
        decode_all(encoded_delta(delta), together);
      }
      EXPECT_EQ(together.size(), size);
      EXPECT_EQ(encoded_delta(together), encoded_delta(state_of<TypeParam>(events).take_delta()));
    });
  }
}

TEST(AggregatesTest, TheSummaryWithAllDeltasIsTheWhole) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    const Events events = random_events(random);
    Both now = Both::init(0);
    std::vector<std::string> deltas;
    for (const Events& part : divide(events, 1 + random() % 6, random)) {
      now.combine(state_of<Both>(part));
      deltas.push_back(encoded_delta(now.take_deltas()));
    }
    std::string summary;
    ByteWriter out(summary);
    now.encode_summary(out);
    Both decoded = Both::init(0);
    ByteReader in(summary);
    EXPECT_EQ(decoded.decode_summary(in), now.finalize());
    EXPECT_TRUE(in.ok() && in.at_end());
    for (const std::string& bytes : deltas) {
      ByteReader delta(bytes);
      decoded.decode_deltas(delta);
      EXPECT_TRUE(delta.ok() && delta.at_end());
    }
    EXPECT_EQ(encoded(decoded), encoded(now));
  }
}

TEST(ExactUsersTest, CountsEachIdentityOnce) {
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    const Events events = random_events(random);
    std::set<std::uint64_t> expected;
    for (const KeyedEvent& event : events) {
      expected.insert(event.identity);
    }
    EXPECT_EQ(state_of<ExactUsers>(events).finalize(), expected.size());
  }
}

TEST(ExactUsersTest, ADamagedEncodingIsNoticed) {
  const std::string bytes = encoded(state_of<ExactUsers>(Events(1)));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ExactUsers users = ExactUsers::init(0);
    ByteReader in(std::string_view(bytes).substr(0, size));
    users.decode(in);
    EXPECT_FALSE(in.ok());
  }
}

}  // namespace
}  // namespace hapax
