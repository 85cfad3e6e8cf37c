// SPDX-License-Identifier: Apache-2.0
#include "documents/document_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <optional>

#include "adapters/posix/posix_storage.hpp"
#include "files/whole_file.hpp"
#include "testing/crash_storage.hpp"
#include "testing/seeded_random.hpp"
#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Notes on a disk in memory; "plan" comes with the program.
struct Notes {
  explicit Notes(DiskImage image = {}) : disk(std::move(image)) { open(); }

  void open() {
    auto opened =
        DocumentStore::open({.directory = "notes",
                             .kind = "note",
                             .documents_max = 3,
                             .bytes_max = 100,
                             .made = {{.id = "plan", .revision = "made", .text = "begin"}}},
                            disk, random);
    ASSERT_TRUE(opened) << opened.error().text();
    store = std::move(*opened);
  }
  DocumentChange put(const std::string& id, const std::string& text,
                     const ExpectedDocument& expected = {}) const {
    return store->put(id, text, expected).value().change;
  }
  DocumentChange remove(const std::string& id, const ExpectedDocument& expected = {}) const {
    return store->remove(id, expected).value().change;
  }
  /// "-" when there is none.
  std::string text(const std::string& id) const {
    const auto found = store->find(id);
    return found == nullptr ? "-" : found->text;
  }
  std::string revision(const std::string& id) const { return store->find(id)->revision; }

  CrashStorage disk;
  SeededRandom random{1};
  std::unique_ptr<DocumentStore> store;
};

TEST(DocumentStoreTest, WhatWasPutIsThereAfterAStart) {
  Notes notes;
  EXPECT_EQ(notes.put("a", "one"), DocumentChange::kAdded);
  EXPECT_EQ(notes.put("a", "two"), DocumentChange::kChanged);
  const std::string revision = notes.revision("a");
  notes.open();
  EXPECT_EQ(notes.text("a"), "two");
  EXPECT_EQ(notes.revision("a"), revision);
  EXPECT_EQ(notes.remove("a"), DocumentChange::kRemoved);
  notes.open();
  EXPECT_EQ(notes.text("a"), "-");
  EXPECT_EQ(notes.remove("a"), DocumentChange::kUnknown);
}

TEST(DocumentStoreTest, ARevisionIsOfOneWriteAlone) {
  Notes notes;
  notes.put("a", "one");
  const std::string first = notes.revision("a");
  EXPECT_EQ(notes.put("a", "two", {.revision = first}), DocumentChange::kChanged);
  EXPECT_EQ(notes.put("a", "three", {.revision = first}), DocumentChange::kChangedMeanwhile);
  EXPECT_EQ(notes.put("a", "one"), DocumentChange::kChanged);
  EXPECT_NE(notes.revision("a"), first) << "it says the same again, but was changed in between";
  EXPECT_EQ(notes.remove("a", {.revision = first}), DocumentChange::kChangedMeanwhile);
  EXPECT_EQ(notes.text("a"), "one");
}

TEST(DocumentStoreTest, WhatIsExpectedDecides) {
  Notes notes;
  EXPECT_EQ(notes.put("a", "one", {.revision = "*"}), DocumentChange::kChangedMeanwhile);
  EXPECT_EQ(notes.put("a", "one", {.absent = true}), DocumentChange::kAdded);
  EXPECT_EQ(notes.put("a", "two", {.absent = true}), DocumentChange::kChangedMeanwhile);
  EXPECT_EQ(notes.put("a", "two", {.revision = "*"}), DocumentChange::kChanged);
}

TEST(DocumentStoreTest, TheSameTextIsNoChange) {
  Notes notes;
  notes.put("a", "one");
  const std::string revision = notes.revision("a");
  const std::size_t operations = notes.disk.trace().size();
  EXPECT_EQ(notes.put("a", "one", {.revision = revision}), DocumentChange::kSame);
  EXPECT_EQ(notes.revision("a"), revision);
  EXPECT_EQ(notes.disk.trace().size(), operations);
}

TEST(DocumentStoreTest, WhatIsMadeComesBackWhenTheUsersIsRemoved) {
  Notes notes;
  EXPECT_EQ(notes.text("plan"), "begin");
  EXPECT_EQ(notes.remove("plan"), DocumentChange::kMade);
  EXPECT_EQ(notes.put("plan", "mine", {.revision = "made"}), DocumentChange::kChanged);
  EXPECT_EQ(notes.store->find("plan")->origin, DocumentOrigin::kOwn);
  notes.open();
  EXPECT_EQ(notes.text("plan"), "mine");
  const auto removed = notes.store->remove("plan", {});
  ASSERT_TRUE(removed);
  ASSERT_NE(removed->now, nullptr);
  EXPECT_EQ(removed->now->origin, DocumentOrigin::kMade);
  notes.open();
  EXPECT_EQ(notes.text("plan"), "begin");
  EXPECT_EQ(notes.revision("plan"), "made");
}

TEST(DocumentStoreTest, ThereAreNoMoreThanTheLimit) {
  Notes notes;
  EXPECT_EQ(notes.put("a", "1"), DocumentChange::kAdded);
  EXPECT_EQ(notes.put("b", "1"), DocumentChange::kAdded);
  EXPECT_EQ(notes.put("c", "1"), DocumentChange::kTooMany);
  EXPECT_EQ(notes.put("a", "2"), DocumentChange::kChanged);
  notes.remove("b");
  EXPECT_EQ(notes.put("c", "1"), DocumentChange::kAdded);
}

TEST(DocumentStoreTest, AFailedWriteChangesNothing) {
  for (int fails = 0; fails < 5; ++fails) {
    Notes notes;
    notes.put("a", "one");
    int seen = 0;
    notes.disk.before_op([&](const DiskOp&) -> std::optional<Error> {
      return seen++ == fails ? std::optional(Error{ErrorKind::kExhausted, "disk full"})
                             : std::nullopt;
    });
    const auto failed = notes.store->put("a", "two", {});
    ASSERT_FALSE(failed) << fails;
    EXPECT_EQ(failed.error().message, "disk full");
    EXPECT_EQ(notes.text("a"), "one");
    EXPECT_EQ(notes.put("a", "three"), DocumentChange::kChanged) << "the next one is taken";
    notes.open();
    EXPECT_EQ(notes.text("a"), "three");
  }
}

/// Lets the sync of the directory fail that ends a change.
void fail_last_sync(Notes& notes) {
  notes.disk.before_op([](const DiskOp& op) -> std::optional<Error> {
    return op.kind == DiskOp::Kind::kSyncDirectory
               ? std::optional(Error{ErrorKind::kUnavailable, "sync"})
               : std::nullopt;
  });
}

TEST(DocumentStoreTest, AfterAFailedSyncWhatIsShownIsWrittenAgain) {
  Notes notes;
  notes.put("a", "one");
  fail_last_sync(notes);
  EXPECT_FALSE(notes.store->put("a", "two", {}));
  EXPECT_FALSE(notes.store->put("b", "new", {}));
  notes.disk.before_op({});
  EXPECT_EQ(notes.put("a", "one"), DocumentChange::kChanged);
  EXPECT_EQ(notes.remove("b"), DocumentChange::kRemoved);
  fail_last_sync(notes);
  EXPECT_FALSE(notes.store->remove("a", {}));
  notes.disk.before_op({});
  EXPECT_EQ(notes.put("a", "one"), DocumentChange::kChanged);
  notes.open();
  EXPECT_EQ(notes.text("a"), "one");
  EXPECT_EQ(notes.text("b"), "-");
}

TEST(DocumentStoreTest, AFileThatCannotBeReadCostsItsDocumentAlone) {
  Notes notes;
  notes.put("a", "one");
  notes.put("b", "two");
  std::string content = notes.disk.content("notes/a.json");
  content.back() ^= 1;
  notes.disk.set_content("notes/a.json", content);
  notes.open();
  EXPECT_THAT(notes.store->find("a")->damage, HasSubstr("notes/a.json: its checksum is wrong"));
  EXPECT_EQ(notes.text("b"), "two");
  EXPECT_EQ(notes.put("a", "new"), DocumentChange::kChanged);
  EXPECT_THAT(notes.store->find("a")->damage, IsEmpty());
}

TEST(DocumentStoreTest, FilesOfAnotherVersionOrTooLargeAreNotTaken) {
  Notes notes;
  notes.put("a", "one");
  notes.put("b", "one");
  notes.disk.set_content("notes/a.json", "hapax-note 2 r 00000000\none");
  notes.disk.set_content("notes/b.json", std::string(1000, 'x'));
  notes.open();
  EXPECT_THAT(notes.store->find("a")->damage, HasSubstr("format version 2, this program reads 1"));
  EXPECT_THAT(notes.store->find("b")->damage, HasSubstr("has 1000 bytes"));
}

TEST(DocumentStoreTest, AtEveryStepOfAChangeOneOfTheTwoIsThere) {
  Notes run;
  run.put("a", "one");
  const std::size_t first = run.disk.trace().size();
  run.put("a", "two");
  const std::size_t second = run.disk.trace().size();
  run.remove("a");
  SeededRandom random(7);
  for (std::size_t op_count = 0; op_count <= run.disk.trace().size(); ++op_count) {
    for (int i = 0; i < 8; ++i) {
      const Notes after(run.disk.crash(op_count, random));
      const std::string text = after.text("a");
      const auto found = after.store->find("a");
      EXPECT_TRUE(found == nullptr || found->damage.empty()) << found->damage;
      EXPECT_FALSE(op_count >= first && op_count <= second && text == "-");
      EXPECT_FALSE(op_count == second && text != "two") << "it was said to be durable";
      EXPECT_FALSE(op_count == run.disk.trace().size() && text != "-");
      EXPECT_EQ(after.put("a", "next"),
                text == "-" ? DocumentChange::kAdded : DocumentChange::kChanged);
    }
  }
}

TEST(DocumentStoreTest, FilesAreTheServersAlone) {
  const TemporaryDirectory directory;
  const mode_t before = ::umask(S_IRWXG | S_IRWXO);  // As main() sets it.
  PosixStorage storage;
  ASSERT_TRUE(write_whole_file(storage, directory.path(), "secret", "text"));
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat((directory.path() + "/secret").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(DocumentIdTest, IsANameOfAFileAndOfAPath) {
  for (const char* right : {"web", "a", "7", "my-board_2"}) {
    EXPECT_TRUE(is_document_id(right)) << right;
  }
  for (const std::string& wrong :
       {std::string(""), std::string("-a"), std::string("A"), std::string(".."), std::string("a/b"),
        std::string("a.b"), std::string("é"), std::string(65, 'a')}) {
    EXPECT_FALSE(is_document_id(wrong)) << wrong;
  }
  EXPECT_TRUE(is_document_id(std::string(64, 'a')));
}

}  // namespace
}  // namespace hapax
