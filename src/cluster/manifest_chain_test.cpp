// SPDX-License-Identifier: Apache-2.0
#include "cluster/manifest_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/state_keeper.hpp"
#include "testing/held_objects.hpp"
#include "testing/memory_topic.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

using Phase = ManifestChain::Phase;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;
using testing::Not;

/// One who owns the state, or once did.
struct Owner {
  Owner(HeldObjects::Objects& objects, Random& random)
      : store(objects), chain(store, "events-0", random, [this](const Manifest& newest) {
          return newest.payload == refused ? Error{ErrorKind::kCorrupt, "of others"}
                                           : Result<void>();
        }) {}

  /// One step, and its call is answered.
  void step() {
    chain.step();
    while (store.waiting() > 0) {
      store.answer();
    }
  }
  void run() {
    while (chain.phase() != Phase::kOwned && chain.phase() != Phase::kDeposed &&
           chain.phase() != Phase::kFailed) {
      step();
    }
  }
  void commit(std::vector<std::string> files, std::string payload) {
    chain.commit(std::move(files), std::move(payload));
    run();
  }
  std::string upload() {
    std::string name = chain.file_name();
    store.put(name, "bytes", [](const Result<void>&) {});
    store.answer();
    return name;
  }

  std::string refused = "not to be gone on with";
  HeldObjects store;
  ManifestChain chain;
};

class ManifestChainTest : public testing::Test {
 protected:
  Owner& owner() {
    owners_.push_back(std::make_unique<Owner>(objects_, random_));
    owners_.back()->run();
    return *owners_.back();
  }

  HeldObjects::Objects objects_;
  SeededRandom random_{1};
  std::vector<std::unique_ptr<Owner>> owners_;
};

TEST_F(ManifestChainTest, WhoTakesOverFindsWhatWasCommittedLast) {
  Owner& first = owner();
  EXPECT_EQ(first.chain.current().number, 1U);
  for (int i = 2; i <= 11; ++i) {
    first.commit({}, std::to_string(i));
  }
  Owner& second = owner();
  EXPECT_EQ(second.chain.current().number, 12U);
  EXPECT_EQ(second.chain.current().payload, "11");
  EXPECT_EQ(second.chain.current().epoch, first.chain.current().epoch + 1);
}

TEST_F(ManifestChainTest, WhoWasTakenOverLearnsItByCommitting) {
  Owner& first = owner();
  Owner& second = owner();
  first.commit({}, "late");
  EXPECT_EQ(first.chain.phase(), Phase::kDeposed);
  second.commit({}, "right");
  EXPECT_EQ(owner().chain.current().payload, "right");
}

TEST_F(ManifestChainTest, ACommitWhoseAnswerWasLostIsReadBack) {
  Owner& first = owner();
  first.chain.commit({}, "kept");
  first.chain.step();
  first.store.lose_answer();
  EXPECT_EQ(first.chain.phase(), Phase::kCommitting);
  first.run();
  EXPECT_EQ(first.chain.phase(), Phase::kOwned);
  EXPECT_EQ(first.chain.current().number, 2U);
}

TEST_F(ManifestChainTest, ACommitThatWasLostIsMadeAgainAndMayStillComeLate) {
  Owner& first = owner();
  first.chain.commit({}, "kept");
  first.chain.step();
  const std::function<void()> late = first.store.delay();
  first.step();
  late();
  first.run();
  EXPECT_EQ(first.chain.phase(), Phase::kOwned);
  EXPECT_EQ(first.chain.current().number, 2U);
  EXPECT_EQ(owner().chain.current().payload, "kept");
}

TEST_F(ManifestChainTest, ACommitThatWasLostWhileAnotherTookOverIsNotItsOwn) {
  Owner& first = owner();
  first.chain.commit({}, "lost");
  first.chain.step();
  first.store.lose_call();
  Owner& second = owner();
  first.run();
  EXPECT_EQ(first.chain.phase(), Phase::kDeposed);
  second.commit({}, "right");
  EXPECT_EQ(second.chain.phase(), Phase::kOwned);
}

TEST_F(ManifestChainTest, ACommitThatComesAWeekLateChangesNothing) {
  Owner& first = owner();
  first.chain.commit({}, "late");
  first.chain.step();
  const std::function<void()> late = first.store.delay();
  Owner& second = owner();
  for (int i = 0; i < 10; ++i) {
    second.commit({}, "right");
    second.chain.collect_garbage();
    second.run();
  }
  late();
  EXPECT_EQ(owner().chain.current().payload, "right");
}

TEST_F(ManifestChainTest, TwoWhoTakeOverAtOnceDoNotBothOwn) {
  Owner one(objects_, random_);
  Owner other(objects_, random_);
  while (one.chain.phase() != Phase::kOwned || other.chain.phase() != Phase::kOwned) {
    one.step();
    other.step();
  }
  EXPECT_NE(one.chain.current().number, other.chain.current().number);
  one.commit({}, "one");
  other.commit({}, "other");
  EXPECT_NE(one.chain.phase(), other.chain.phase());
}

TEST_F(ManifestChainTest, WhatMayNotBeGoneOnWithStaysWithItsOwner) {
  Owner& first = owner();
  first.commit({}, "not to be gone on with");
  const HeldObjects::Objects before = objects_;
  EXPECT_EQ(owner().chain.phase(), Phase::kFailed);
  EXPECT_EQ(objects_, before);
  first.commit({}, "and more");
  EXPECT_EQ(first.chain.phase(), Phase::kOwned);
}

TEST_F(ManifestChainTest, WhoeverWasQuickerIsAskedAboutToo) {
  Owner slow(objects_, random_);
  while (slow.chain.phase() != Phase::kTakingOver) {
    slow.step();
  }
  Owner& quick = owner();
  quick.commit({}, "not to be gone on with");
  const HeldObjects::Objects before = objects_;
  slow.run();
  EXPECT_EQ(slow.chain.phase(), Phase::kFailed);
  EXPECT_EQ(objects_, before);
}

TEST_F(ManifestChainTest, GarbageGoesAndWhatIsNamedStays) {
  Owner& first = owner();
  const std::string old = first.upload();
  first.commit({old}, "");
  const std::string kept = first.upload();
  first.commit({kept}, "");
  first.chain.collect_garbage();
  first.run();
  EXPECT_THAT(objects_, Not(Contains(Key(old))));
  EXPECT_THAT(objects_, Contains(Key(kept)));
}

TEST_F(ManifestChainTest, AStoreThatRefusesToCollectGarbageHoldsUpNothing) {
  for (int calls = 0; calls < 4; ++calls) {  // List, prove, a stub, a removal.
    objects_.clear();
    Owner& first = owner();
    first.commit({first.upload()}, "");
    first.commit({first.upload()}, "");
    first.chain.collect_garbage();
    for (int i = 0; i < calls; ++i) {
      first.step();
    }
    first.chain.step();
    ASSERT_EQ(first.store.waiting(), 1U) << calls;
    first.store.lose_call();
    EXPECT_EQ(first.chain.phase(), Phase::kOwned) << calls;
  }
}

TEST_F(ManifestChainTest, NamesOfFilesAreNotGivenAgainByASuccessor) {
  const std::string first = owner().upload();
  const std::string second = owner().upload();
  EXPECT_NE(first, second);
}

/// Another one takes over and uploads its first file, behind each call of a deposed owner that
/// collects garbage.
TEST_F(ManifestChainTest, ADeposedOwnerRemovesNoFileOfItsSuccessor) {
  for (int calls = 0; calls < 8; ++calls) {
    objects_.clear();
    Owner& first = owner();
    first.commit({first.upload()}, "");
    first.commit({first.upload()}, "");
    first.chain.collect_garbage();
    for (int i = 0; i < calls; ++i) {
      first.step();
    }
    Owner& second = owner();
    const std::string file = second.upload();
    first.run();
    second.commit({file}, "");
    ASSERT_EQ(second.chain.phase(), Phase::kOwned);
    EXPECT_THAT(objects_, Contains(Key(file))) << "after " << calls << " calls";
  }
}

class StateKeeperTest : public ManifestChainTest {
 protected:
  struct Kept {
    Kept(HeldObjects::Objects& objects, Random& random, const std::string& topic_id = "first")
        : topic(1, topic_id),
          store(objects),
          keeper({.objects = store, .random = random, .line = line},
                 {.state = "events-0",
                  .kind = RestorationLine::Kind::kEvents,
                  .saves_per_collection = 1'000,
                  .topics = {{.what = "events", .topic = &topic}}}) {}

    void step() {
      keeper.step();
      topic.run();
      while (store.waiting() > 0) {
        store.answer();
      }
    }
    void run() {
      do {
        step();
      } while (!keeper.is_idle() && !keeper.is_deposed() && !keeper.failure());
    }

    MemoryTopic topic;
    HeldObjects store;
    RestorationLine line;
    StateKeeper keeper;
  };
};

TEST_F(StateKeeperTest, WhatATopicDoesNotConfirmIsNotKept) {
  Kept one(objects_, random_);
  one.run();
  one.keeper.save({.kept = {}, .fresh = {}, .payload = "read of the first topic"});
  one.run();
  one.topic.make_anew();
  one.keeper.save({.kept = {}, .fresh = {"a"}, .payload = "read of the next one"});
  one.run();
  ASSERT_TRUE(one.keeper.failure().has_value());
  EXPECT_EQ(one.keeper.failure()->kind, ErrorKind::kCorrupt);
  Kept other(objects_, random_);
  other.run();
  EXPECT_EQ(other.keeper.current().payload, "read of the first topic");
}

TEST_F(StateKeeperTest, AStateIsCommittedBehindTheWordOfItsTopics) {
  Kept one(objects_, random_);
  one.run();
  one.keeper.save({.kept = {}, .fresh = {}, .payload = "p"});
  for (int i = 0; i < 10; ++i) {  // The topic does not answer.
    one.keeper.step();
    EXPECT_EQ(one.store.waiting(), 0U);
  }
  one.run();
  EXPECT_EQ(one.keeper.current().payload, "p");
}

TEST_F(StateKeeperTest, AStateOfAnotherTopicIsNotTakenAndStaysAsItIs) {
  Kept one(objects_, random_);
  one.run();
  one.keeper.save({.kept = {}, .fresh = {"a"}, .payload = "p"});
  one.run();
  Kept other(objects_, random_, "second");
  other.run();
  ASSERT_TRUE(other.keeper.failure().has_value());
  EXPECT_EQ(other.keeper.failure()->kind, ErrorKind::kCorrupt);
  EXPECT_THAT(other.keeper.failure()->message,
              AllOf(HasSubstr("topic of events"), HasSubstr("second"), HasSubstr("first")));
  Kept again(objects_, random_);
  again.run();
  EXPECT_THAT(again.keeper.take_files().files, ElementsAre("a"));
  EXPECT_EQ(again.keeper.current().payload, "p");
}

TEST_F(StateKeeperTest, WhoRefusesAStateDoesNotDeposeItsOwner) {
  Kept one(objects_, random_);
  one.run();
  one.keeper.save({.kept = {}, .fresh = {"a"}, .payload = "p"});
  one.run();
  const HeldObjects::Objects before = objects_;
  Kept other(objects_, random_, "second");
  other.run();
  ASSERT_TRUE(other.keeper.failure().has_value());
  EXPECT_EQ(objects_, before);
  one.keeper.save({.kept = one.keeper.current().files, .fresh = {}, .payload = "q"});
  one.run();
  EXPECT_FALSE(one.keeper.is_deposed());
  EXPECT_EQ(one.keeper.current().payload, "q");
}

TEST_F(StateKeeperTest, OfAStateInWhichNothingIsKeptWhoKeepsFirstIsTheOwnerForGood) {
  Kept one(objects_, random_);
  one.run();
  Kept other(objects_, random_, "second");
  other.run();
  ASSERT_TRUE(other.keeper.is_idle());
  other.keeper.save({.kept = {}, .fresh = {}, .payload = "p"});
  other.run();
  one.keeper.save({.kept = {}, .fresh = {}, .payload = "q"});
  one.run();
  EXPECT_TRUE(one.keeper.is_deposed());
  Kept again(objects_, random_);
  again.run();
  EXPECT_TRUE(again.keeper.failure().has_value());
  other.keeper.save({.kept = {}, .fresh = {}, .payload = "r"});
  other.run();
  EXPECT_EQ(other.keeper.current().payload, "r");
}

TEST_F(StateKeeperTest, WhatIsSavedIsThereElsewhere) {
  Kept one(objects_, random_);
  one.run();
  one.keeper.save({.kept = {}, .fresh = {"a", "b"}, .payload = "p"});
  one.run();
  one.keeper.save({.kept = one.keeper.current().files, .fresh = {"c"}, .payload = "q"});
  one.run();
  Kept other(objects_, random_);
  other.run();
  EXPECT_THAT(other.keeper.take_files().files, ElementsAre("a", "b", "c"));
  EXPECT_EQ(other.keeper.current().payload, "q");
}

TEST_F(StateKeeperTest, AFileThatIsGoneIsDamageAndIsNamed) {
  Kept one(objects_, random_);
  one.run();
  one.keeper.save({.kept = {}, .fresh = {"a"}, .payload = {}});
  one.run();
  const std::string file = one.keeper.current().files.at(0);
  objects_.erase(file);
  Kept other(objects_, random_);
  other.run();
  ASSERT_TRUE(other.keeper.failure().has_value());
  EXPECT_NE(other.keeper.failure()->message.find(file), std::string::npos);
}

TEST_F(StateKeeperTest, AFileThatIsGoneSinceAnotherTookOverIsNone) {
  Kept one(objects_, random_);
  one.run();
  one.keeper.save({.kept = {}, .fresh = {"a"}, .payload = {}});
  one.run();
  Kept slow(objects_, random_);
  while (slow.keeper.current().number < 3) {
    slow.step();  // It has taken over, and loads.
  }
  Kept quick(objects_, random_);
  quick.run();
  objects_.erase(quick.keeper.current().files.at(0));  // As if it had collected it.
  slow.run();
  EXPECT_TRUE(slow.keeper.is_deposed());
  EXPECT_FALSE(slow.keeper.failure().has_value());
}

}  // namespace
}  // namespace hapax
