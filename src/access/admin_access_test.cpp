// SPDX-License-Identifier: Apache-2.0
#include "access/admin_access.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/setup_link.hpp"
#include "testing/crash_storage.hpp"
#include "testing/seeded_random.hpp"
#include "testing/still_clock.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

const std::string kDirectory = "data/access";
const std::string kPassword = "correct horse";
constexpr const char* kFile = "data/access/admin";

class AdminAccessTest : public testing::Test {
 protected:
  std::unique_ptr<AdminAccess> open(CrashStorage& storage) {
    auto opened = AdminAccess::open(kDirectory, {storage, clock_, random_});
    EXPECT_TRUE(opened) << opened.error().text();
    return opened ? std::move(*opened) : nullptr;
  }
  std::unique_ptr<AdminAccess> open() { return open(disk_); }

  static std::string offer(AdminAccess& access) { return access.offer_setup().value(); }
  static bool set_up(AdminAccess& access, const std::string& token,
                     const std::string& password = kPassword) {
    const auto done = access.set_up(token, password);
    EXPECT_TRUE(done) << done.error().text();
    return done && *done;
  }
  static bool is_session(AdminAccess& access, const std::string& token) {
    return access.use_session(hash_secret(token));
  }

  void fail_writes(bool do_fail) {
    disk_.before_op([do_fail](const DiskOp&) {
      return do_fail ? std::optional(Error{ErrorKind::kExhausted, "the disk is full"})
                     : std::nullopt;
    });
  }

  CrashStorage disk_;
  StillClock clock_;
  SeededRandom random_{1};
};

TEST_F(AdminAccessTest, TheMachinesTokenIsMadeOnceAndReadFromThenOn) {
  open();
  const std::string text = disk_.content(kDirectory + "/token");
  ASSERT_EQ(text.size(), 44U);
  const std::string token = text.substr(0, 43);
  EXPECT_TRUE(open()->is_machine_token(hash_secret(token)));
  EXPECT_FALSE(open()->is_machine_token(hash_secret(token + "a")));
  EXPECT_FALSE(open()->is_machine_token(hash_secret("")));
}

TEST_F(AdminAccessTest, AnotherTokenMayBePutInItsPlace) {
  open();
  disk_.set_content(kDirectory + "/token", "a-token-of-our-own-choice \r\n");
  EXPECT_TRUE(open()->is_machine_token(hash_secret("a-token-of-our-own-choice")));
  for (const char* bad : {"", "\n", "short\n", "one that has spaces in it\n"}) {
    disk_.set_content(kDirectory + "/token", bad);
    const auto opened = AdminAccess::open(kDirectory, {disk_, clock_, random_});
    ASSERT_FALSE(opened) << bad;
    EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
    EXPECT_THAT(opened.error().text(), HasSubstr("remove it"));
  }
}

TEST_F(AdminAccessTest, WithoutAPasswordNoneIsRight) {
  const auto access = open();
  EXPECT_FALSE(access->has_password());
  EXPECT_FALSE(access->is_password(""));
  EXPECT_FALSE(access->is_password(kPassword));
}

TEST_F(AdminAccessTest, TheLinkSetsThePasswordOnce) {
  const auto access = open();
  const std::string token = offer(*access);
  EXPECT_FALSE(set_up(*access, token + "x"));
  EXPECT_FALSE(set_up(*access, ""));
  EXPECT_FALSE(access->has_password());
  EXPECT_TRUE(set_up(*access, token));
  EXPECT_TRUE(access->is_password(kPassword));
  EXPECT_FALSE(set_up(*access, token, "another password"));
  EXPECT_TRUE(access->is_password(kPassword));
}

TEST_F(AdminAccessTest, ALinkIsGoodUntilAnotherIsOffered) {
  const std::string first = offer(*open());
  const auto access = open();
  const std::string second = offer(*access);
  EXPECT_FALSE(set_up(*access, first));
  EXPECT_TRUE(set_up(*access, second));
}

TEST_F(AdminAccessTest, WhatIsOfferedBesideARunningServerIsTaken) {
  const auto access = open();
  ASSERT_TRUE(set_up(*access, offer(*access)));
  const auto token = hapax::offer_setup(kDirectory, disk_, random_);
  ASSERT_TRUE(token);
  EXPECT_TRUE(access->is_password(kPassword));  // Until it is used.
  EXPECT_TRUE(set_up(*access, *token, "another password"));
  EXPECT_FALSE(access->is_password(kPassword));
  EXPECT_TRUE(access->is_password("another password"));
}

TEST_F(AdminAccessTest, APasswordThatIsTooShortDoesNotUseUpTheLink) {
  const auto access = open();
  const std::string token = offer(*access);
  const auto refused = access->set_up(token, "short");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(set_up(*access, token));
}

TEST_F(AdminAccessTest, ALinkThatIsWrongSaysNothingOfThePassword) {
  const auto access = open();
  EXPECT_FALSE(set_up(*access, "wrong", "short"));
}

TEST_F(AdminAccessTest, ANewPasswordEndsAllSessions) {
  const auto access = open();
  ASSERT_TRUE(set_up(*access, offer(*access)));
  const std::string session = access->begin_session();
  EXPECT_TRUE(is_session(*access, session));
  ASSERT_TRUE(set_up(*access, offer(*access), "another password"));
  EXPECT_FALSE(is_session(*access, session));
  EXPECT_FALSE(is_session(*open(), session));
}

TEST_F(AdminAccessTest, PasswordAndSessionsAreThereAfterARestart) {
  std::string session;
  std::string unused;
  {
    const auto access = open();
    ASSERT_TRUE(set_up(*access, offer(*access)));
    session = access->begin_session();
    unused = access->begin_session();
  }
  ASSERT_TRUE(open()->end_session(hash_secret(unused)));
  EXPECT_FALSE(is_session(*open(), unused));
  const auto access = open();
  EXPECT_TRUE(access->is_password(kPassword));
  EXPECT_TRUE(is_session(*access, session));
  EXPECT_FALSE(is_session(*access, session + "x"));
  ASSERT_TRUE(access->end_session(hash_secret(session)));
  EXPECT_FALSE(is_session(*access, session));
  EXPECT_FALSE(is_session(*open(), session));
}

TEST_F(AdminAccessTest, NoSecretIsInItsFiles) {
  const auto access = open();
  const std::string token = offer(*access);
  const std::string offered = disk_.content(kDirectory + "/setup");
  EXPECT_EQ(offered.find(token), std::string::npos);
  ASSERT_TRUE(set_up(*access, token));
  const std::string session = access->begin_session();
  const std::string text = disk_.content(kFile);
  EXPECT_NE(text.find(to_hex(hash_secret(session))), std::string::npos);
  for (const std::string& secret : {kPassword, session, token}) {
    EXPECT_EQ(text.find(secret), std::string::npos);
  }
}

TEST_F(AdminAccessTest, ASessionThatCannotBeWrittenLastsAndIsWrittenLater) {
  const auto access = open();
  ASSERT_TRUE(set_up(*access, offer(*access)));
  fail_writes(true);
  const std::string session = access->begin_session();
  EXPECT_TRUE(is_session(*access, session));
  EXPECT_TRUE(access->stats().is_unsaved);
  access->tick();
  EXPECT_TRUE(access->stats().is_unsaved);
  EXPECT_FALSE(access->end_session(hash_secret(session)));  // And says so.
  EXPECT_FALSE(is_session(*access, session));
  const std::string other = access->begin_session();
  fail_writes(false);
  access->tick();
  EXPECT_FALSE(access->stats().is_unsaved);
  EXPECT_TRUE(is_session(*open(), other));
  EXPECT_FALSE(is_session(*open(), session));
}

TEST_F(AdminAccessTest, APasswordThatCannotBeWrittenIsNotSet) {
  const auto access = open();
  const std::string token = offer(*access);
  fail_writes(true);
  EXPECT_FALSE(access->set_up(token, kPassword));
  EXPECT_FALSE(access->is_password(kPassword));
  fail_writes(false);
  EXPECT_TRUE(set_up(*access, token));
}

TEST_F(AdminAccessTest, WhenSessionsWereUsedIsWrittenNowAndThen) {
  const auto access = open();
  const std::string session = access->begin_session();
  const std::size_t before = disk_.trace().size();
  for (int i = 0; i < 9; ++i) {
    clock_.advance(std::chrono::minutes(1));
    EXPECT_TRUE(is_session(*access, session));
    access->tick();
  }
  EXPECT_EQ(disk_.trace().size(), before);
  clock_.advance(std::chrono::minutes(1));
  access->tick();
  EXPECT_GT(disk_.trace().size(), before);
  clock_.advance(kSessionIdleMax - std::chrono::minutes(1));
  EXPECT_TRUE(is_session(*open(), session));
}

TEST_F(AdminAccessTest, ADamagedFileIsSaidAndNotTakenForNone) {
  const auto access = open();
  ASSERT_TRUE(set_up(*access, offer(*access)));
  access->begin_session();
  const std::string good = disk_.content(kFile);
  for (std::size_t cut : {std::size_t{0}, std::size_t{3}, std::size_t{20}, good.size() - 1}) {
    disk_.set_content(kFile, good.substr(0, cut));
    const auto opened = AdminAccess::open(kDirectory, {disk_, clock_, random_});
    ASSERT_FALSE(opened) << cut;
    EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
    EXPECT_THAT(opened.error().text(), HasSubstr("remove it"));
  }
  disk_.set_content(kFile, good + "what is this\n");
  EXPECT_FALSE(AdminAccess::open(kDirectory, {disk_, clock_, random_}));
}

// Whatever a power failure leaves of it: the password is the one that was set last or the one
// before, and a link that has set one never sets another.
TEST_F(AdminAccessTest, APowerFailureLeavesThePasswordOldOrNewAndTheLinkUsedOnce) {
  std::string token;
  std::size_t begin = 0;
  std::size_t done = 0;
  {
    const auto access = open();
    token = offer(*access);
    begin = disk_.trace().size();
    ASSERT_TRUE(set_up(*access, token));
    done = disk_.trace().size();
  }
  ASSERT_GT(done, begin + 4);
  for (std::size_t at = begin; at <= done; ++at) {
    for (const std::uint64_t kept : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{0x5555}}) {
      CrashStorage left(disk_.crash(at, kept));
      const auto access = open(left);
      ASSERT_NE(access, nullptr) << at;
      const bool has_password = access->has_password();
      EXPECT_EQ(access->is_password(kPassword), has_password) << at;
      EXPECT_EQ(set_up(*access, token, "another password"), !has_password) << at << " " << kept;
      EXPECT_TRUE(has_password || at < done) << at;
    }
  }
}

}  // namespace
}  // namespace hapax
