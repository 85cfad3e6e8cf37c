// SPDX-License-Identifier: Apache-2.0
#include "partition/side_thread.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace hapax {
namespace {

template <typename IsDone>
void poll_until(SideThread& side, const IsDone& is_done) {
  while (!is_done()) {
    side.poll();
    std::this_thread::yield();
  }
}

TEST(SideThreadTest, WorksBesideItsOwnerWhoIsTold) {
  SideThread side;
  std::thread::id worked_by;
  std::optional<std::thread::id> told_by;
  side.run(
      [&worked_by]() -> Result<void> {
        worked_by = std::this_thread::get_id();
        return {};
      },
      [&told_by](const Result<void>& done) {
        EXPECT_TRUE(done);
        told_by = std::this_thread::get_id();
      });
  poll_until(side, [&] { return told_by.has_value(); });
  EXPECT_NE(worked_by, std::this_thread::get_id());
  EXPECT_EQ(*told_by, std::this_thread::get_id());
}

TEST(SideThreadTest, LetsGoOfAWorkBeforeItTellsAndBeforeTheNext) {
  SideThread side;
  auto used = std::make_shared<int>(0);
  std::vector<long> owners;
  const auto look = [&owners, &used](const Result<void>&) { owners.push_back(used.use_count()); };
  for (int i = 0; i < 2; ++i) {
    side.run([used]() -> Result<void> { return {}; }, look);
    poll_until(side, [&] { return owners.size() == static_cast<std::size_t>(i + 1); });
  }
  EXPECT_EQ(owners, (std::vector<long>{1, 1}));
}

TEST(SideThreadTest, AnExceptionIsAnError) {
  SideThread side;
  std::optional<Result<void>> outcome;
  side.run([]() -> Result<void> { throw std::bad_alloc(); },
           [&outcome](Result<void> done) { outcome = std::move(done); });
  poll_until(side, [&] { return outcome.has_value(); });
  ASSERT_FALSE(*outcome);
  EXPECT_EQ(outcome->error().kind, ErrorKind::kExhausted);
}

}  // namespace
}  // namespace hapax
