// SPDX-License-Identifier: Apache-2.0
// States that move between owners, in a bucket of a real store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "cluster/state_keeper.hpp"
#include "real_store.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;

// Behind a kill SeaweedFS takes its time until it takes objects.
constexpr std::chrono::seconds kPatience{120};
constexpr std::chrono::milliseconds kPoll{5};

/// A server that owns the state, or once did.
class Owner {
 public:
  explicit Owner(const RealStore& store, std::chrono::seconds stall_timeout)
      : objects_(opened(store, stall_timeout)),
        keeper_({.objects = *objects_, .random = real_random(), .line = line_},
                {.state = "events-0",
                 .kind = RestorationLine::Kind::kEvents,
                 .saves_per_collection = 2,
                 .topics = {}}) {}

  void step() {
    keeper_.step();
    objects_->poll(kPoll);
  }
  bool step_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done() && !keeper_.failure() && std::chrono::steady_clock::now() < end) {
      step();
    }
    return done();
  }
  bool take_over() {
    return step_until([this] { return keeper_.is_here(); });
  }
  /// Until it is saved, or known that somebody else has taken over.
  bool save(StateImage image) {
    keeper_.save(std::move(image));
    return step_until([this] { return keeper_.is_idle() || keeper_.is_deposed(); });
  }
  StateKeeper& keeper() { return keeper_; }
  const Manifest& current() { return keeper_.current(); }

  std::vector<std::string> list(const std::string& prefix) {
    std::optional<Result<std::vector<std::string>>> names;
    objects_->list(prefix, [&names](auto listed) { names = std::move(listed); });
    EXPECT_TRUE(step_until([&names] { return names.has_value(); }));
    return names->value();
  }
  Result<bool> create(const std::string& name) {
    std::optional<Result<bool>> answer;
    objects_->create(name, "late", [&answer](auto created) { answer = std::move(created); });
    EXPECT_TRUE(step_until([&answer] { return answer.has_value(); }));
    return *answer;
  }

 private:
  static std::unique_ptr<S3Objects> opened(const RealStore& store,
                                           std::chrono::seconds stall_timeout) {
    S3Settings settings = store.settings();
    settings.stall_timeout = stall_timeout;
    return S3Objects::open(settings, real_clock(), real_random()).value();
  }

  std::unique_ptr<S3Objects> objects_;
  RestorationLine line_;
  StateKeeper keeper_;
};

class RealStoreStateTest : public testing::Test {
 protected:
  /// One that has taken over.
  Owner& owner(std::chrono::seconds stall_timeout = std::chrono::seconds(20)) {
    owners_.push_back(std::make_unique<Owner>(store_, stall_timeout));
    EXPECT_TRUE(owners_.back()->take_over());
    return *owners_.back();
  }
  static StateImage image(int number, std::vector<std::string> kept = {}) {
    return {.kept = std::move(kept),
            .fresh = {fmt::format("file a of {}", number), fmt::format("file b of {}", number)},
            .payload = std::to_string(number)};
  }

  RealStore store_;
  std::vector<std::unique_ptr<Owner>> owners_;
};

TEST_F(RealStoreStateTest, WhoTakesOverFindsWhatWasSavedLast) {
  Owner& first = owner();
  EXPECT_EQ(first.current().payload, "");
  ASSERT_TRUE(first.save(image(1)));
  const std::vector<std::string> kept{first.current().files.front()};
  ASSERT_TRUE(first.save(image(2, kept)));
  Owner& second = owner();
  EXPECT_EQ(second.current().payload, "2");
  EXPECT_EQ(second.current().epoch, first.current().epoch + 1);
  EXPECT_THAT(second.keeper().take_files().files,
              ElementsAre("file a of 1", "file a of 2", "file b of 2"));
}

TEST_F(RealStoreStateTest, WhoWasTakenOverLearnsItBySaving) {
  Owner& first = owner();
  ASSERT_TRUE(first.save(image(1)));
  Owner& second = owner();
  ASSERT_TRUE(first.save(image(2)));
  EXPECT_TRUE(first.keeper().is_deposed());
  ASSERT_TRUE(second.save(image(3)));
  EXPECT_TRUE(second.keeper().is_idle());
  EXPECT_EQ(owner().current().payload, "3");
}

TEST_F(RealStoreStateTest, OfOwnersThatStartAtOnceTheLastOneOwns) {
  constexpr int kOwners = 4;
  for (int i = 0; i < kOwners; ++i) {
    owners_.push_back(std::make_unique<Owner>(store_, std::chrono::seconds(20)));
  }
  const auto all_are_here = [this] {
    return std::ranges::all_of(owners_, [](const auto& each) { return each->keeper().is_here(); });
  };
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!all_are_here() && std::chrono::steady_clock::now() < end) {
    for (const auto& each : owners_) {
      each->step();
    }
  }
  ASSERT_TRUE(all_are_here());
  int owning = 0;
  for (const auto& each : owners_) {
    ASSERT_TRUE(each->save(image(1)));
    owning += each->keeper().is_idle() ? 1 : 0;
  }
  EXPECT_EQ(owning, 1);
}

TEST_F(RealStoreStateTest, RemovesWhatIsNotNamedAndKeepsNumbersTaken) {
  constexpr int kSaves = 7;
  Owner& first = owner();
  for (int i = 1; i <= kSaves; ++i) {
    ASSERT_TRUE(first.save(image(i)));
    first.step();  // It begins to collect if there is nothing to be saved.
    ASSERT_TRUE(first.step_until([&first] { return first.keeper().is_idle(); }));
  }
  // What was saved after the last collection waits for the next.
  EXPECT_LE(first.list("events-0/file/").size(), 4U);
  EXPECT_THAT(first.list("events-0/file/"), testing::IsSupersetOf(first.current().files));
  const auto manifests = first.list("events-0/manifest/");
  EXPECT_EQ(manifests.size(), first.current().number);
  EXPECT_FALSE(first.create(manifests.front()).value());
}

TEST_F(RealStoreStateTest, AKillOfTheStoreBetweenTwoSavesLosesNothing) {
  Owner& first = owner();
  ASSERT_TRUE(first.save(image(1)));
  store_.kill();
  first.keeper().save(image(2));
  for (int i = 0; i < 100; ++i) {
    first.step();
  }
  EXPECT_FALSE(first.keeper().is_idle());
  EXPECT_FALSE(first.keeper().failure().has_value());
  store_.start();
  ASSERT_TRUE(first.step_until([&first] { return first.keeper().is_idle(); }));
  EXPECT_EQ(first.current().payload, "2");
  Owner& second = owner();
  EXPECT_EQ(second.current().payload, "2");
  EXPECT_THAT(second.keeper().take_files().files, ElementsAre("file a of 2", "file b of 2"));
}

/// Wherever it is with a save.
TEST_F(RealStoreStateTest, KillsOfTheStoreInTheMiddleOfSavesLoseNothing) {
  constexpr int kKills = 2;
  Owner& first = owner();
  int saved = 0;
  for (int round = 0; round < kKills; ++round) {
    std::thread killer([this] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50 + real_random().next() % 200));
      store_.kill();
      store_.start();
    });
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(first.save(image(++saved)));
    }
    killer.join();
    ASSERT_TRUE(first.save(image(++saved)));
    ASSERT_TRUE(first.keeper().is_idle()) << "nobody else has taken over";
    ASSERT_EQ(first.current().payload, std::to_string(saved));
  }
  Owner& second = owner();
  EXPECT_EQ(second.current().payload, std::to_string(saved));
  EXPECT_EQ(second.keeper().take_files().files.size(), 2U);
}

/// What it was asked for then may be done after its client gave it up.
TEST_F(RealStoreStateTest, ASaveThatTheStoreDoesLateCountsOnce) {
  Owner& first = owner(std::chrono::seconds(1));
  ASSERT_TRUE(first.save(image(1)));
  const std::uint64_t number = first.current().number;
  first.keeper().save({.kept = {}, .fresh = {}, .payload = "2"});
  store_.pause();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(4);
  while (std::chrono::steady_clock::now() < end) {
    first.step();
  }
  EXPECT_FALSE(first.keeper().is_idle());
  store_.resume();
  ASSERT_TRUE(first.step_until([&first] { return first.keeper().is_idle(); }));
  EXPECT_EQ(first.current().number, number + 1);
  EXPECT_EQ(owner().current().payload, "2");
}

}  // namespace
}  // namespace hapax
