// SPDX-License-Identifier: Apache-2.0
#include "adapters/s3/s3_probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>

#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// A store in memory that is wrong in one way.
class OddStore : public PolledObjectStore {
 public:
  enum class Fault {
    kNone,
    kIgnoresTheCondition,
    kLooksBeforeItWrites,  ///< Two that look at once both find nothing.
    kRefusesAndOverwrites,
    kCannotBeReached,
  };
  explicit OddStore(Fault fault) : fault_(fault) {}

  void put(const std::string&, std::string, Done) override {}
  void list(const std::string&, Listed) override {}

  void create(const std::string& name, std::string bytes, Created done) override {
    const bool is_there = objects_.contains(name);  // When it was sent, not when it is done.
    calls_.emplace_back([this, name, bytes, done, is_there] {
      if (fault_ == Fault::kCannotBeReached) {
        return done(Error{ErrorKind::kUnavailable, "connection refused"});
      }
      const bool is_there_now = objects_.contains(name);
      const bool creates = fault_ == Fault::kIgnoresTheCondition ||
                           !(fault_ == Fault::kLooksBeforeItWrites ? is_there : is_there_now);
      if (creates || fault_ == Fault::kRefusesAndOverwrites) {
        objects_[name] = bytes;
      }
      done(creates);
    });
  }
  void get(const std::string& name, Got done) override {
    calls_.emplace_back([this, name, done] {
      const auto found = objects_.find(name);
      done(found == objects_.end() ? std::nullopt : std::optional(found->second));
    });
  }
  void remove(const std::string& name, Done done) override {
    calls_.emplace_back([this, name, done] {
      objects_.erase(name);
      done({});
    });
  }
  void poll(std::chrono::milliseconds) override {
    while (!calls_.empty()) {
      const auto call = std::move(calls_.front());
      calls_.pop_front();
      call();
    }
  }
  const std::map<std::string, std::string>& objects() const { return objects_; }

 private:
  const Fault fault_;
  std::map<std::string, std::string> objects_;
  std::deque<std::function<void()>> calls_;
};

Result<void> probe(OddStore& store) {
  SeededRandom random(1);
  return probe_creation(store, random, "bucket b at http://s");
}

TEST(S3ProbeTest, TakesAStoreThatCreatesOnlyWhatIsNotThereAndLeavesNothing) {
  OddStore store(OddStore::Fault::kNone);
  EXPECT_TRUE(probe(store));
  EXPECT_THAT(store.objects(), IsEmpty());
}

TEST(S3ProbeTest, RefusesAStoreThatDoesNot) {
  const auto refused = [](OddStore::Fault fault) {
    OddStore store(fault);
    const auto result = probe(store);
    EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(result.error().message, HasSubstr("bucket b at http://s does not honour"));
    return result.error().message;
  };
  EXPECT_THAT(refused(OddStore::Fault::kIgnoresTheCondition), HasSubstr("created an object twice"));
  EXPECT_THAT(refused(OddStore::Fault::kRefusesAndOverwrites), HasSubstr("took the place"));
  EXPECT_THAT(refused(OddStore::Fault::kLooksBeforeItWrites), HasSubstr("at once, 4 were told"));
}

TEST(S3ProbeTest, OneThatCannotBeReachedIsNotRefused) {
  OddStore store(OddStore::Fault::kCannotBeReached);
  EXPECT_EQ(probe(store).error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace hapax
