// SPDX-License-Identifier: Apache-2.0
#include "adapters/folder_objects/folder_objects.hpp"

#include <map>
#include <set>

#include "adapters/posix/posix_storage.hpp"
#include "testing/crash_storage.hpp"
#include "testing/held_objects.hpp"
#include "testing/object_store_contract.hpp"
#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

constexpr std::chrono::milliseconds kNoWait{0};

/// The one that simulations have.
class Memory : public ObjectStoreUnderTest {
 public:
  ObjectStore& store() override { return store_; }
  ObjectStore& other() override { return other_; }
  void run_callbacks() override {
    for (HeldObjects* objects : {&store_, &other_}) {
      while (objects->waiting() > 0) {
        objects->answer();
      }
    }
  }

 private:
  HeldObjects::Objects objects_;
  HeldObjects store_{objects_};
  HeldObjects other_{objects_};
};

template <typename Disk>
class Folder : public ObjectStoreUnderTest {
 public:
  ObjectStore& store() override { return *store_; }
  ObjectStore& other() override { return *other_; }
  void run_callbacks() override {
    store_->poll(kNoWait);
    other_->poll(kNoWait);
  }

 private:
  TemporaryDirectory directory_;
  Disk disk_;
  SeededRandom random_{1};
  std::unique_ptr<FolderObjects> store_ =
      FolderObjects::open(directory_.path() + "/objects", disk_, random_).value();
  std::unique_ptr<FolderObjects> other_ =
      FolderObjects::open(directory_.path() + "/objects", disk_, random_).value();
};

template <typename Made>
std::unique_ptr<ObjectStoreUnderTest> make() {
  return std::make_unique<Made>();
}

std::string name_of(
    const testing::TestParamInfo<std::unique_ptr<ObjectStoreUnderTest> (*)()>& info) {
  constexpr std::array kNames{"Memory", "Folder", "FolderOnAModel"};
  return kNames.at(info.index);
}

INSTANTIATE_TEST_SUITE_P(Objects, ObjectStoreContract,
                         testing::Values(&make<Memory>, &make<Folder<PosixStorage>>,
                                         &make<Folder<CrashStorage>>),
                         name_of);

/// A store on a disk that may lose its power.
struct Machine {
  explicit Machine(DiskImage image = {}) : disk(std::move(image)) {}

  Result<void> put(const std::string& name, const std::string& bytes) {
    std::optional<Result<void>> answer;
    objects->put(name, bytes, [&](Result<void> done) { answer = std::move(done); });
    objects->poll(kNoWait);
    return answer.value();
  }
  Result<bool> create(const std::string& name, const std::string& bytes) {
    std::optional<Result<bool>> answer;
    objects->create(name, bytes, [&](Result<bool> done) { answer = std::move(done); });
    objects->poll(kNoWait);
    return answer.value();
  }
  Result<std::optional<std::string>> get(const std::string& name) {
    std::optional<Result<std::optional<std::string>>> answer;
    objects->get(name, [&](auto done) { answer = std::move(done); });
    objects->poll(kNoWait);
    return answer.value();
  }
  Result<void> remove(const std::string& name) {
    std::optional<Result<void>> answer;
    objects->remove(name, [&](Result<void> done) { answer = std::move(done); });
    objects->poll(kNoWait);
    return answer.value();
  }

  CrashStorage disk;
  SeededRandom random{7};
  std::unique_ptr<FolderObjects> objects = FolderObjects::open("objects", disk, random).value();
};

/// What an object may be after a crash: once a call is answered, only what it said.
class Promises {
 public:
  using Bytes = std::optional<std::string>;

  /// From now on it may be this as well.
  void may_be(const Machine& machine, const std::string& name, const Bytes& bytes) {
    auto states = last(name);
    states.insert(bytes);
    history_[name].emplace_back(machine.disk.trace().size(), states);
  }
  /// From now on it is this.
  void is(const Machine& machine, const std::string& name, const Bytes& bytes) {
    history_[name].emplace_back(machine.disk.trace().size(), std::set<Bytes>{bytes});
  }
  void expect_of(Machine& machine, std::size_t point) const {
    for (const auto& [name, history] : history_) {
      std::set<Bytes> allowed{std::nullopt};
      for (const auto& [since, states] : history) {
        allowed = since <= point ? states : allowed;
      }
      const auto got = machine.get(name);
      ASSERT_TRUE(got.has_value()) << got.error().text();
      EXPECT_TRUE(allowed.contains(*got)) << name << " is " << got->value_or("gone");
      if (!allowed.contains(std::nullopt)) {
        EXPECT_FALSE(machine.create(name, "late").value()) << name << " is free again";
      }
    }
  }

 private:
  std::set<Bytes> last(const std::string& name) {
    auto& history = history_[name];
    return history.empty() ? std::set<Bytes>{std::nullopt} : history.back().second;
  }

  std::map<std::string, std::vector<std::pair<std::size_t, std::set<Bytes>>>> history_;
};

class FolderObjectsCrashTest : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& bytes) {
    promises_.may_be(machine_, name, bytes);
    ASSERT_TRUE(machine_.put(name, bytes));
    promises_.is(machine_, name, bytes);
  }
  void create(const std::string& name, const std::string& bytes) {
    promises_.may_be(machine_, name, bytes);
    ASSERT_TRUE(machine_.create(name, bytes).value());
    promises_.is(machine_, name, bytes);
  }
  void remove(const std::string& name) {
    promises_.may_be(machine_, name, std::nullopt);
    ASSERT_TRUE(machine_.remove(name));
    promises_.is(machine_, name, std::nullopt);
  }
  void expect_after(DiskImage image, std::size_t point) {
    SCOPED_TRACE(point);
    Machine after(std::move(image));
    promises_.expect_of(after, point);
    const auto files = after.disk.list("objects").value();
    EXPECT_TRUE(std::ranges::none_of(files, [](const auto& file) { return file.front() == '%'; }));
  }

  Machine machine_;
  Promises promises_;
};

TEST_F(FolderObjectsCrashTest, WhatWasAnsweredIsDurableAndAllIsWhole) {
  create("manifest/1", "one");
  put("file/1", std::string(3000, 'a'));
  create("manifest/2", std::string(2000, '2'));
  put("file/1", std::string(2500, 'b'));
  remove("file/1");
  create("manifest/3", "three");
  put("manifest/1", "stub");
  const std::size_t end = machine_.disk.trace().size();
  SeededRandom random(3);
  for (std::size_t point = 0; point <= end; ++point) {
    for (std::uint64_t kept = 0; kept < 16; ++kept) {
      expect_after(machine_.disk.crash(point, kept), point);
    }
    for (int i = 0; i < 30; ++i) {
      expect_after(machine_.disk.crash(point, random), point);
    }
  }
}

/// The creator is between making the name and its sync, when another one looks.
TEST(FolderObjectsTest, WhatAnotherOneWasToldOfSurvivesACrash) {
  Machine machine;
  SeededRandom random(11);
  const auto other = FolderObjects::open("objects", machine.disk, random).value();
  bool is_in_other = false;
  std::optional<bool> created;
  std::size_t told = 0;
  machine.disk.before_op([&](const DiskOp& op) -> std::optional<Error> {
    if (!is_in_other && op.kind == DiskOp::Kind::kSyncDirectory) {
      is_in_other = true;
      other->create("manifest/1", "other", [&](Result<bool> done) { created = done.value(); });
      other->poll(kNoWait);
      told = machine.disk.trace().size();
    }
    return std::nullopt;
  });
  EXPECT_TRUE(machine.create("manifest/1", "first").value());
  ASSERT_EQ(created, false);
  Machine after(machine.disk.crash(told, 0));
  EXPECT_EQ(after.get("manifest/1").value(), "first");
}

TEST(FolderObjectsTest, WhatFailedBeforeItsNameWasMadeWasNotDone) {
  for (const auto kind : {DiskOp::Kind::kWrite, DiskOp::Kind::kSync, DiskOp::Kind::kRename}) {
    Machine machine;
    ASSERT_TRUE(machine.put("a", "former"));
    machine.disk.before_op([kind](const DiskOp& op) {
      return op.kind == kind ? std::optional(Error{ErrorKind::kExhausted, "the disk is full"})
                             : std::nullopt;
    });
    EXPECT_EQ(machine.put("a", "new").error().kind, ErrorKind::kExhausted);
    machine.disk.before_op(nullptr);
    EXPECT_EQ(machine.get("a").value(), "former");
    EXPECT_EQ(machine.disk.list("objects").value(), std::vector<std::string>{"a"});
  }
}

TEST(FolderObjectsTest, WhatFailedAfterItsNameWasMadeIsInDoubt) {
  Machine machine;
  machine.disk.before_op([](const DiskOp& op) {
    return op.kind == DiskOp::Kind::kSyncDirectory
               ? std::optional(Error{ErrorKind::kExhausted, "no descriptor is left"})
               : std::nullopt;
  });
  EXPECT_EQ(machine.create("a", "bytes").error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(machine.put("b", "bytes").error().kind, ErrorKind::kUnavailable);
  machine.disk.before_op(nullptr);
  EXPECT_FALSE(machine.create("a", "again").value());
}

TEST(FolderObjectsTest, OneWhoseFileIsRemovedByAnothersStartIsToldThatItIsInDoubt) {
  Machine machine;
  SeededRandom random(11);
  bool is_in_other = false;
  machine.disk.before_op([&](const DiskOp& op) -> std::optional<Error> {
    if (!is_in_other && op.kind == DiskOp::Kind::kSync) {
      is_in_other = true;
      EXPECT_TRUE(FolderObjects::open("objects", machine.disk, random));
    }
    return std::nullopt;
  });
  EXPECT_FALSE(machine.create("a", "bytes").has_value());
  EXPECT_TRUE(machine.create("a", "bytes").value());
}

}  // namespace
}  // namespace hapax
