// SPDX-License-Identifier: Apache-2.0
#include "read/live_window.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace hapax {
namespace {

/// What a client has that takes in every frame.
class Client {
 public:
  void take_news(LiveWindow& window) {
    if (window.take_news(
            [&](auto group, const CellSummary& cell) { cells_[std::string(group)] = cell; },
            [&](auto group) { cells_.erase(std::string(group)); })) {
      other_ = window.other();
    }
  }
  const std::map<std::string, CellSummary>& cells() const { return cells_; }
  const LiveOther& other() const { return other_; }

 private:
  std::map<std::string, CellSummary> cells_;
  LiveOther other_;
};

/// The definition.
std::map<std::string, CellSummary> first_of(const std::map<std::string, CellSummary>& all,
                                            const LiveQuery& query) {
  std::vector<std::pair<std::string, CellSummary>> ranked(all.begin(), all.end());
  std::ranges::stable_sort(ranked, [&](const auto& left, const auto& right) {
    return query.by == LiveOrder::kUsers ? left.second.users > right.second.users
                                         : left.second.count > right.second.count;
  });
  ranked.resize(std::min(ranked.size(), query.top));
  return {ranked.begin(), ranked.end()};
}

TEST(LiveWindowTest, WhoTakesInAllNewsHasTheFirstGroupsAndTheRestInOne) {
  for (std::uint64_t seed = 1; seed <= 300 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const LiveQuery query{.top = 1 + random() % 5,
                          .by = random() % 2 == 0 ? LiveOrder::kCount : LiveOrder::kUsers};
    std::map<std::string, CellSummary> all;
    LiveWindow window;
    Client client;
    for (int step = 0; step < 60; ++step) {
      const std::string group(1, static_cast<char>('a' + random() % 9));
      CellSummary& cell = all[group];
      const std::uint64_t added = random() % 3 == 0 && cell.count > 0 ? 0 : 1 + random() % 4;
      cell.count += added;
      cell.users += added > 0 ? random() % 2 : 0;
      window.take(query, group, cell, added);
      if (random() % 4 == 0) {
        client.take_news(window);
        EXPECT_EQ(client.cells(), first_of(all, query));
        std::uint64_t count = 0;
        for (const auto& [name, one] : all) {
          count += client.cells().contains(name) ? 0 : one.count;
        }
        EXPECT_EQ(client.other(),
                  (LiveOther{.groups = all.size() - client.cells().size(), .count = count}));
        EXPECT_FALSE(window.has_news());
      }
    }
  }
}

TEST(LiveWindowTest, WhatDidNotChangeIsNoNews) {
  LiveWindow window;
  const LiveQuery query;
  window.take(query, "a", CellSummary(0, {3, 1}), 3);
  Client client;
  client.take_news(window);
  window.take(query, "a", CellSummary(0, {3, 1}), 0);
  EXPECT_FALSE(window.has_news());
}

TEST(LiveWindowTest, WhatIsToldAgainIsAllOfIt) {
  LiveWindow window;
  const LiveQuery query;
  window.take(query, "a", CellSummary(0, {3, 1}), 3);
  window.take(query, "b", CellSummary(0, {1, 1}), 1);
  Client().take_news(window);
  window.tell_all();
  Client later;
  later.take_news(window);
  EXPECT_EQ(later.cells().size(), 2U);
}

}  // namespace
}  // namespace hapax
