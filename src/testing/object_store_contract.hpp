// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ports/object_name.hpp"
#include "ports/object_store.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {

/// What every ObjectStore does. A test program instantiates it with a way to open one.
struct ObjectStoreUnderTest {
  virtual ~ObjectStoreUnderTest() = default;
  /// There are no objects yet.
  virtual ObjectStore& store() = 0;
  /// Another client of the same objects.
  virtual ObjectStore& other() = 0;
  /// Runs callbacks of both that are due, or waits a moment for some.
  virtual void run_callbacks() = 0;
  /// How many names the store lists at once, if that is of interest.
  virtual std::size_t names_in_a_page() const { return 8; }
};

class ObjectStoreContract
    : public testing::TestWithParam<std::unique_ptr<ObjectStoreUnderTest> (*)()> {
 protected:
  static constexpr std::chrono::seconds kPatience{60};
  template <typename T>
  using Answer = std::optional<Result<T>>;
  using Bytes = std::optional<std::string>;

  ObjectStore& store() { return made_->store(); }
  ObjectStore& other() { return made_->other(); }

  /// Runs callbacks until `done`, or gives up.
  template <typename Done>
  bool run_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < end) {
      made_->run_callbacks();
    }
    return done();
  }
  template <typename T>
  Result<T> wait_for(Answer<T>& answer) {
    if (!run_until([&answer] { return answer.has_value(); })) {
      return Error{ErrorKind::kTimedOut, "there was no answer"};
    }
    return std::move(*answer);
  }

  Result<void> put(const std::string& name, std::string bytes) {
    Answer<void> answer;
    store().put(name, std::move(bytes), [&answer](Result<void> done) { answer = std::move(done); });
    return wait_for(answer);
  }
  Result<bool> create(ObjectStore& creator, const std::string& name, std::string bytes) {
    Answer<bool> answer;
    creator.create(name, std::move(bytes),
                   [&answer](Result<bool> done) { answer = std::move(done); });
    return wait_for(answer);
  }
  Result<Bytes> get(ObjectStore& reader, const std::string& name) {
    Answer<Bytes> answer;
    reader.get(name, [&answer](Result<Bytes> done) { answer = std::move(done); });
    return wait_for(answer);
  }
  Result<Bytes> get(const std::string& name) { return get(store(), name); }
  Result<std::vector<std::string>> list(const std::string& prefix) {
    Answer<std::vector<std::string>> answer;
    store().list(prefix,
                 [&answer](Result<std::vector<std::string>> done) { answer = std::move(done); });
    return wait_for(answer);
  }
  Result<void> remove(const std::string& name) {
    Answer<void> answer;
    store().remove(name, [&answer](Result<void> done) { answer = std::move(done); });
    return wait_for(answer);
  }
  /// Puts many at once.
  void put_all(const std::vector<std::string>& names) {
    std::size_t done = 0;
    for (const std::string& name : names) {
      store().put(name, name, [&done, name](const Result<void>& put) {
        ++done;
        EXPECT_TRUE(put.has_value()) << name << ": " << put.error().text();
      });
    }
    EXPECT_TRUE(run_until([&] { return done == names.size(); }));
  }

  std::unique_ptr<ObjectStoreUnderTest> made_ = GetParam()();
};

TEST_P(ObjectStoreContract, GetsWhatWasPut) {
  ASSERT_TRUE(put("a/b", "bytes"));
  EXPECT_EQ(get("a/b").value(), "bytes");
  EXPECT_EQ(get(other(), "a/b").value(), "bytes");
}

TEST_P(ObjectStoreContract, PutsInPlaceOfWhatIsThere) {
  ASSERT_TRUE(put("a", "the former bytes"));
  ASSERT_TRUE(put("a", "new ones"));
  EXPECT_EQ(get("a").value(), "new ones");
  EXPECT_EQ(list("").value(), std::vector<std::string>{"a"});
}

TEST_P(ObjectStoreContract, GetsNothingWhereNothingIs) {
  EXPECT_EQ(get("none").value(), std::nullopt);
  ASSERT_TRUE(put("some/thing", "bytes"));
  EXPECT_EQ(get("some/thin").value(), std::nullopt);
  EXPECT_EQ(get("some/thing2").value(), std::nullopt);
}

TEST_P(ObjectStoreContract, CreatesWhatIsNotThere) {
  EXPECT_TRUE(create(store(), "m/1", "first").value());
  EXPECT_EQ(get("m/1").value(), "first");
}

TEST_P(ObjectStoreContract, CreatesNothingInPlaceOfWhatIsThere) {
  ASSERT_TRUE(put("m/1", "put"));
  EXPECT_FALSE(create(store(), "m/1", "created").value());
  EXPECT_FALSE(create(other(), "m/1", "").value());
  EXPECT_EQ(get("m/1").value(), "put");
  ASSERT_TRUE(create(store(), "m/2", "").value());
  EXPECT_FALSE(create(other(), "m/2", "an empty object is one, too").value());
  EXPECT_EQ(get("m/2").value(), "");
}

TEST_P(ObjectStoreContract, CreatesAgainWhatWasRemoved) {
  ASSERT_TRUE(create(store(), "m/1", "first").value());
  ASSERT_TRUE(remove("m/1"));
  EXPECT_TRUE(create(store(), "m/1", "second").value());
  EXPECT_EQ(get("m/1").value(), "second");
}

TEST_P(ObjectStoreContract, OneOfManyCreatorsWins) {
  constexpr int kRounds = 8;
  constexpr int kCreatorsOfEach = 4;
  for (int round = 0; round < kRounds; ++round) {
    const std::string name = "race/" + std::to_string(round);
    std::vector<Answer<bool>> answers(std::size_t{2} * kCreatorsOfEach);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      (i % 2 == 0 ? store() : other()).create(name, std::to_string(i), [&answers, i](auto created) {
        answers[i] = std::move(created);
      });
    }
    ASSERT_TRUE(run_until([&] {
      return std::ranges::all_of(answers, [](const auto& answer) { return answer.has_value(); });
    }));
    // Whoever is not told anything lost, or is the winner: that is for it to find out.
    std::vector<std::string> winners;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (answers[i]->has_value() && **answers[i]) {
        winners.push_back(std::to_string(i));
      }
    }
    const std::string bytes = get(name).value().value();
    EXPECT_LE(winners.size(), 1U);
    EXPECT_TRUE(winners.empty() || winners.front() == bytes);
    const bool all_were_told =
        std::ranges::all_of(answers, [](const auto& answer) { return answer->has_value(); });
    EXPECT_TRUE(!all_were_told || winners.size() == 1);
  }
}

TEST_P(ObjectStoreContract, ListsByPrefixInOrder) {
  put_all({"s/file/2", "s/file/10", "s/file-1", "s/files", "s/file.x", "s/manifest/1", "t/file/1"});
  using Names = std::vector<std::string>;
  EXPECT_EQ(list("s/file/").value(), (Names{"s/file/10", "s/file/2"}));
  EXPECT_EQ(list("s/file").value(),
            (Names{"s/file-1", "s/file.x", "s/file/10", "s/file/2", "s/files"}));
  EXPECT_EQ(list("t/file/1").value(), (Names{"t/file/1"}));
  EXPECT_EQ(list("").value().size(), 7U);
  EXPECT_EQ(list("s/none").value(), Names{});
}

TEST_P(ObjectStoreContract, ListsMoreThanAPage) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < made_->names_in_a_page() + 3; ++i) {
    names.push_back("many/" + std::to_string(100'000 + i));
  }
  put_all(names);
  ASSERT_TRUE(put("many.not", ""));
  ASSERT_TRUE(put("more", ""));
  EXPECT_EQ(list("many/").value(), names);
}

TEST_P(ObjectStoreContract, RemovesWhatIsThereAndWhatIsNot) {
  ASSERT_TRUE(put("a/1", "1"));
  ASSERT_TRUE(put("a/2", "2"));
  EXPECT_TRUE(remove("a/1"));
  EXPECT_TRUE(remove("a/1"));
  EXPECT_TRUE(remove("never/there"));
  EXPECT_EQ(get("a/1").value(), std::nullopt);
  EXPECT_EQ(list("a/").value(), std::vector<std::string>{"a/2"});
}

TEST_P(ObjectStoreContract, KeepsAnEmptyObject) {
  ASSERT_TRUE(put("empty", ""));
  EXPECT_EQ(get("empty").value(), "");
  EXPECT_EQ(list("empty").value(), std::vector<std::string>{"empty"});
}

TEST_P(ObjectStoreContract, KeepsALargeObjectOfAnyBytes) {
  constexpr std::size_t kBytes = std::size_t{5} << 20U;
  SeededRandom random(1);
  std::string bytes;
  while (bytes.size() < kBytes) {
    const std::uint64_t bits = random.next();
    bytes.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
  }
  ASSERT_TRUE(put("large", bytes));
  EXPECT_TRUE(get("large").value() == bytes);
  EXPECT_FALSE(create(store(), "large", "small").value());
  EXPECT_TRUE(create(store(), "large2", bytes).value());
  EXPECT_TRUE(get(other(), "large2").value() == bytes);
}

TEST_P(ObjectStoreContract, TakesNamesOfAllCharacters) {
  std::vector<std::string> names{
      "0123456789/abcdefghijklmnopqrstuvwxyz/ABCDEFGHIJKLMNOPQRSTUVWXYZ._-",
      "-/_/.../.hidden",
      "...",
      "case",
      "CASE",
      "with.tmp",
      std::string(kObjectNameBytesMax, 'x'),
  };
  put_all(names);
  std::ranges::sort(names);
  EXPECT_EQ(list("").value(), names);
  for (const std::string& name : names) {
    EXPECT_EQ(get(name).value(), name);
    EXPECT_FALSE(create(store(), name, "").value());
  }
}

TEST_P(ObjectStoreContract, RefusesWhatIsNoName) {
  for (const std::string& name :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("."),
        std::string("a/../b"), std::string("a b"), std::string("a%2Fb"), std::string("\xC3\xA4"),
        std::string(kObjectNameBytesMax + 1, 'x')}) {
    EXPECT_EQ(put(name, "").error().kind, ErrorKind::kInvalid) << name;
    EXPECT_EQ(create(store(), name, "").error().kind, ErrorKind::kInvalid) << name;
    EXPECT_EQ(get(name).error().kind, ErrorKind::kInvalid) << name;
    EXPECT_EQ(remove(name).error().kind, ErrorKind::kInvalid) << name;
  }
  EXPECT_EQ(list("a?b").error().kind, ErrorKind::kInvalid);
}

TEST_P(ObjectStoreContract, CallsBackOnceOnTheOwnersThreadAndNotInTheCall) {
  ASSERT_TRUE(put("there", "bytes"));
  const auto owner = std::this_thread::get_id();
  bool is_in_a_call = true;
  std::size_t called = 0;
  const auto answered = [&](const auto&) {
    EXPECT_FALSE(is_in_a_call);
    EXPECT_EQ(std::this_thread::get_id(), owner);
    ++called;
  };
  store().put("a", "bytes", answered);
  store().create("b", "bytes", answered);
  store().create("there", "bytes", answered);
  store().get("there", answered);
  store().get("none", answered);
  store().list("", answered);
  store().remove("there", answered);
  store().put("no name", "bytes", answered);
  // Nobody polls meanwhile, so nothing may be told.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(called, 0U);
  is_in_a_call = false;
  EXPECT_TRUE(run_until([&] { return called == 8; }));
  made_->run_callbacks();
  EXPECT_EQ(called, 8U);
}

TEST_P(ObjectStoreContract, ACallbackMayCallAgain) {
  Answer<Bytes> answer;
  store().put("a", "bytes", [&](const Result<void>&) {
    store().get("a", [&](Result<Bytes> got) { answer = std::move(got); });
  });
  EXPECT_EQ(wait_for(answer).value(), "bytes");
}

}  // namespace hapax
