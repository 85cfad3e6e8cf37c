// SPDX-License-Identifier: Apache-2.0
#include "published/views/hot_follower.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace hapax {
namespace {

/// Processes that answer what a test says, and a follower that hears them.
class HotFollowerTest : public testing::Test {
 protected:
  ~HotFollowerTest() override { follower_.stop(); }

  static std::string answer(std::uint64_t count, const std::vector<std::uint64_t>& numbers) {
    std::string bytes =
        encode_hot_head({.life = 9, .count = count}, static_cast<std::uint32_t>(numbers.size()));
    for (const std::uint64_t number : numbers) {
      bytes += encode_hot_update({.partition = PartitionId(0), .epoch = 1, .number = number});
    }
    return bytes;
  }
  /// The next question is answered so.
  void say(Result<std::string> said) {
    const MutexLock lock(mutex_);
    said_.push_back(std::move(said));
    changed_.notify_all();
  }
  /// The next URL that is asked for.
  std::string next_asked() {
    const MutexLock lock(mutex_);
    changed_.wait_for(mutex_, std::chrono::minutes(1),
                      [this]() HAPAX_REQUIRES(mutex_) { return !asked_.empty(); });
    if (asked_.empty()) {
      return "nothing";
    }
    std::string asked = asked_.front();
    asked_.pop_front();
    return asked;
  }
  std::vector<std::uint64_t> taken() {
    const MutexLock lock(mutex_);
    return taken_;
  }

  Result<std::string> get(const std::string& url, const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] {
      const MutexLock lock(mutex_);
      changed_.notify_all();
    });
    const MutexLock lock(mutex_);
    asked_.push_back(url);
    changed_.notify_all();
    changed_.wait_for(mutex_, std::chrono::minutes(1), [&]() HAPAX_REQUIRES(mutex_) {
      return stop.stop_requested() || !said_.empty();
    });
    if (said_.empty()) {
      return Error{ErrorKind::kClosed, "stopped"};
    }
    Result<std::string> said = std::move(said_.front());
    said_.pop_front();
    return said;
  }

  Mutex mutex_;
  CondVar changed_;
  std::deque<std::string> asked_ HAPAX_GUARDED_BY(mutex_);
  std::deque<Result<std::string>> said_ HAPAX_GUARDED_BY(mutex_);
  std::vector<std::uint64_t> taken_ HAPAX_GUARDED_BY(mutex_);
  std::vector<std::string> logged_ HAPAX_GUARDED_BY(mutex_);
  std::uint64_t of_no_use_ HAPAX_GUARDED_BY(mutex_) = 0;
  HotFollower follower_{{.retry_interval = std::chrono::milliseconds(1), .begin_interval = {}},
                        {.make_get =
                             [this] {
                               return [this](const std::string& url, const std::stop_token& stop) {
                                 return get(url, stop);
                               };
                             },
                         .take = [this](const HotUpdate& update) -> Result<bool> {
                           const MutexLock lock(mutex_);
                           taken_.push_back(update.number);
                           return update.number != of_no_use_;
                         },
                         .log =
                             [this](const std::string& what) {
                               const MutexLock lock(mutex_);
                               logged_.push_back(what);
                             }}};
};

TEST_F(HotFollowerTest, HandsOnWhatItHearsAndAsksForWhatFollows) {
  follower_.follow({"http://a"});
  EXPECT_EQ(next_asked(), "http://a/hot");
  say(answer(2, {1, 2}));
  EXPECT_EQ(next_asked(), "http://a/hot?after=9-2");
  EXPECT_EQ(taken(), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(follower_.heard(), 1U);
  say(answer(3, {3}));
  EXPECT_EQ(next_asked(), "http://a/hot?after=9-3");
}

TEST_F(HotFollowerTest, AfterAnErrorItAsksForWhatItLacksAndSaysItOnce) {
  follower_.follow({"http://a"});
  say(answer(2, {}));
  for (int i = 0; i < 2; ++i) {
    say(Error{ErrorKind::kUnavailable, "no answer"});
  }
  EXPECT_EQ(next_asked(), "http://a/hot");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(next_asked(), "http://a/hot?after=9-2") << "one that lives on has what follows";
  }
  const MutexLock lock(mutex_);
  EXPECT_EQ(logged_, std::vector<std::string>{"no answer"});
}

TEST_F(HotFollowerTest, WhatIsOfNoUseIsAskedForAnew) {
  {
    const MutexLock lock(mutex_);
    of_no_use_ = 4;
  }
  follower_.follow({"http://a"});
  say(answer(4, {4, 5}));
  EXPECT_EQ(next_asked(), "http://a/hot");
  EXPECT_EQ(next_asked(), "http://a/hot");
  EXPECT_EQ(taken(), (std::vector<std::uint64_t>{4, 5}));
}

TEST_F(HotFollowerTest, WhatCannotBeReadIsAnError) {
  follower_.follow({"http://a"});
  say(std::string("?"));
  EXPECT_EQ(next_asked(), "http://a/hot");
  EXPECT_EQ(next_asked(), "http://a/hot");
  EXPECT_EQ(follower_.heard(), 0U);
}

TEST_F(HotFollowerTest, ThoseThatAreGoneAreNotAskedAnyMore) {
  follower_.follow({"http://a"});
  EXPECT_EQ(next_asked(), "http://a/hot");
  follower_.follow({"http://b"});
  EXPECT_EQ(next_asked(), "http://b/hot");
  say(answer(1, {}));
  EXPECT_EQ(next_asked(), "http://b/hot?after=9-1");
  EXPECT_EQ(follower_.heard(), 1U);
}

/// Answers of which none comes before all were told to stop.
TEST(HotFollowerStopTest, ThoseThatItLeavesAreToldBeforeAnyIsWaitedFor) {
  Mutex mutex;
  CondVar changed;
  int asked = 0;
  int stopped = 0;
  int patient = 0;
  const auto get = [&](const std::string&, const std::stop_token& stop) -> Result<std::string> {
    const std::stop_callback told(stop, [&] {
      const MutexLock lock(mutex);
      ++stopped;
      changed.notify_all();
    });
    const MutexLock lock(mutex);
    ++asked;
    changed.notify_all();
    patient += changed.wait_for(mutex, std::chrono::seconds(5), [&] { return stopped == 2; });
    return Error{ErrorKind::kClosed, "stopped"};
  };
  HotFollower follower({}, {.make_get = [&] { return get; },
                            .take = [](const HotUpdate&) -> Result<bool> { return true; },
                            .log = [](const std::string&) {}});
  follower.follow({"http://a", "http://b"});
  {
    const MutexLock lock(mutex);
    changed.wait_for(mutex, std::chrono::minutes(1), [&] { return asked == 2; });
  }
  follower.follow({});
  EXPECT_EQ(patient, 2);
}

}  // namespace
}  // namespace hapax
