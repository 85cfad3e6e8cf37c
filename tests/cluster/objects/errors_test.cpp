// SPDX-License-Identifier: Apache-2.0
// What real stores answer when something is set up wrong, and what is made of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "real_store.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

class RealStoreErrorsTest : public testing::Test {
 protected:
  Error failure(const Clock& clock = real_clock()) {
    auto opened = S3Objects::open(settings_, clock, real_random());
    if (opened) {
      ADD_FAILURE() << "it was opened";
      return {ErrorKind::kInternal, ""};
    }
    EXPECT_THAT(opened.error().message, HasSubstr("bucket " + settings_.bucket));
    EXPECT_THAT(opened.error().message, HasSubstr(settings_.endpoint));
    return opened.error();
  }

  RealStore store_;
  S3Settings settings_ = store_.settings();
};

TEST_F(RealStoreErrorsTest, AWrongSecretKey) {
  settings_.credentials.secret_key = "wrong";
  const Error error = failure();
  EXPECT_EQ(error.kind, ErrorKind::kInvalid) << error.text();
  EXPECT_THAT(error.message, HasSubstr("403 SignatureDoesNotMatch"));
  EXPECT_THAT(error.hint, HasSubstr("the secret key is not that of testkey"));
}

TEST_F(RealStoreErrorsTest, AnUnknownAccessKey) {
  settings_.credentials.access_key = "nobody";
  const Error error = failure();
  EXPECT_EQ(error.kind, ErrorKind::kInvalid) << error.text();
  EXPECT_THAT(error.hint, HasSubstr("does not know the access key nobody")) << error.text();
}

TEST_F(RealStoreErrorsTest, ABucketThatIsNotThere) {
  settings_.bucket = "nowhere";
  const Error error = failure();
  EXPECT_EQ(error.kind, ErrorKind::kInvalid) << error.text();
  // SeaweedFS tells only an admin which buckets there are; AWS only who may list the bucket.
  if (store_.is_versitygw()) {
    EXPECT_THAT(error.message, HasSubstr("404 NoSuchBucket"));
    EXPECT_THAT(error.hint, HasSubstr("make the bucket nowhere"));
  } else {
    EXPECT_THAT(error.message, HasSubstr("403 AccessDenied"));
    EXPECT_THAT(error.hint, HasSubstr("see that the bucket nowhere is there"));
  }
}

/// Others take any region.
TEST_F(RealStoreErrorsTest, AWrongRegion) {
  if (!store_.is_versitygw()) {
    GTEST_SKIP() << "this store has no regions";
  }
  settings_.region = "eu-west-1";
  const Error error = failure();
  EXPECT_EQ(error.kind, ErrorKind::kInvalid) << error.text();
  EXPECT_THAT(error.hint, HasSubstr("region"));
}

class WrongClock : public Clock {
 public:
  ProcessingTime now() const override { return real_clock().now() - std::chrono::hours(1); }
  std::chrono::nanoseconds monotonic() const override { return real_clock().monotonic(); }
};

TEST_F(RealStoreErrorsTest, AClockThatIsWrong) {
  const WrongClock clock;
  const Error error = failure(clock);
  EXPECT_EQ(error.kind, ErrorKind::kInvalid) << error.text();
  EXPECT_THAT(error.message, HasSubstr("403 RequestTimeTooSkewed"));
  EXPECT_THAT(error.hint, HasSubstr("this machine's clock says"));
}

TEST_F(RealStoreErrorsTest, ACertificateThatNobodyBelieves) {
  if (settings_.ca_file.empty()) {
    GTEST_SKIP() << "this store has no certificate";
  }
  settings_.ca_file.clear();
  const Error error = failure();
  EXPECT_EQ(error.kind, ErrorKind::kUnavailable) << error.text();
  EXPECT_THAT(error.message, HasSubstr("certificate"));
}

TEST_F(RealStoreErrorsTest, NobodyListens) {
  settings_.endpoint = "http://127.0.0.1:1";
  EXPECT_EQ(failure().kind, ErrorKind::kUnavailable);
}

/// Of a store that ignores If-None-Match: rclone's.
TEST(RefusedStoreTest, OneThatOverwritesWhatIsThereIsNotUsed) {
  const RealStore store;
  const auto opened = S3Objects::open(store.settings(), real_clock(), real_random());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(opened.error().text(), HasSubstr("does not honour \"If-None-Match: *\""));
}

}  // namespace
}  // namespace hapax
