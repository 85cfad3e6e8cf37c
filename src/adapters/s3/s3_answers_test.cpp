// SPDX-License-Identifier: Apache-2.0
#include "adapters/s3/s3_answers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const S3Settings kSettings{
    .endpoint = "https://s3.us-east-1.amazonaws.com",
    .bucket = "b",
    .prefix = {},
    .credentials = {.access_key = "KEY", .secret_key = "SECRET", .session_token = {}},
    .ca_file = {}};

S3Answer answer(long status, const std::string& code, const std::string& more = "") {
  S3Answer made;
  made.status = status;
  made.body = code.empty() ? ""
                           : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code +
                                 "</Code><Message>What it says.</Message>" + more + "</Error>";
  return made;
}

Error error(const S3Answer& answer) {
  return error_of("put x/y", answer, kSettings);
}

TEST(S3AnswersTest, ErrorsNameWhatFailedOnWhatWithWhatAnswer) {
  EXPECT_EQ(error(answer(403, "AccessDenied")).message,
            "cannot put x/y in bucket b at https://s3.us-east-1.amazonaws.com: it answered 403 "
            "AccessDenied: What it says.");
  S3Answer html;
  html.status = 502;
  html.body = "<html>\r\n<b>Bad \x07gateway";
  EXPECT_THAT(error(html).message, HasSubstr("it answered 502: <html>  <b>Bad  gateway"));
  S3Answer none;
  none.failure = "Connection refused";
  EXPECT_THAT(error(none).message, HasSubstr(": Connection refused"));
  EXPECT_EQ(error(none).kind, ErrorKind::kUnavailable);
}

TEST(S3AnswersTest, SaysWhatAnOperatorHasToPutRight) {
  const auto hint = [](const S3Answer& answer) {
    EXPECT_EQ(error(answer).kind, ErrorKind::kInvalid);
    return error(answer).hint;
  };
  EXPECT_THAT(hint(answer(403, "AccessDenied")), HasSubstr("b is there and that KEY may"));
  EXPECT_THAT(hint(answer(403, "")), HasSubstr("b is there and that KEY may"));
  EXPECT_THAT(hint(answer(403, "InvalidAccessKeyId")), HasSubstr("does not know the access key"));
  EXPECT_THAT(hint(answer(403, "SignatureDoesNotMatch")), HasSubstr("the secret key is not that"));
  EXPECT_THAT(hint(answer(400, "ExpiredToken")), HasSubstr("renew"));
  EXPECT_THAT(hint(answer(404, "NoSuchBucket")), HasSubstr("make the bucket b"));
  EXPECT_THAT(hint(answer(501, "NotImplemented")), HasSubstr("docs/object-store.md"));
  EXPECT_THAT(hint(answer(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>")),
              HasSubstr("in the region eu-west-1, the settings say us-east-1"));
  EXPECT_THAT(hint(answer(400, "AuthorizationHeaderMalformed")),
              HasSubstr("region is set to us-east-1"));
  S3Answer moved = answer(301, "PermanentRedirect");
  moved.headers["x-amz-bucket-region"] = "eu-west-1";
  EXPECT_THAT(hint(moved), HasSubstr("in the region eu-west-1"));
}

TEST(S3AnswersTest, ShowsBothClocks) {
  S3Answer skewed = answer(403, "RequestTimeTooSkewed");
  skewed.headers["date"] = "Fri, 24 May 2013 01:00:00 GMT";
  skewed.signed_at = ProcessingTime(std::chrono::seconds(1369353600));
  EXPECT_THAT(error(skewed).hint, HasSubstr("20130524T000000Z"));
  EXPECT_THAT(error(skewed).hint, HasSubstr("Fri, 24 May 2013 01:00:00 GMT"));
}

TEST(S3AnswersTest, KnowsWhatMayBeRepeated) {
  for (const long status : {408L, 409L, 429L, 500L, 502L, 503L, 507L}) {
    EXPECT_EQ(error(answer(status, "")).kind, ErrorKind::kUnavailable) << status;
  }
  EXPECT_EQ(error(answer(400, "RequestTimeout")).kind, ErrorKind::kUnavailable);
  EXPECT_EQ(error(answer(400, "BadDigest")).kind, ErrorKind::kUnavailable);
  EXPECT_EQ(error(answer(400, "InvalidArgument")).kind, ErrorKind::kInvalid);
}

// A bucket that is gone, or a proxy's own page, must not look like a state that never was.
TEST(S3AnswersTest, OnlyTheStoresWordMeansThatNothingIsThere) {
  EXPECT_TRUE(says_that_nothing_is_there(answer(404, "NoSuchKey")));
  EXPECT_FALSE(says_that_nothing_is_there(answer(404, "NoSuchBucket")));
  EXPECT_FALSE(says_that_nothing_is_there(answer(404, "")));
  EXPECT_FALSE(says_that_nothing_is_there(answer(403, "NoSuchKey")));
}

TEST(S3AnswersTest, ReadsAPage) {
  const auto page = read_page(
      "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
      "<Contents><Key>a%2Fb+c%C3%A4</Key><Size>1</Size></Contents>"
      "<Contents><Size>1</Size><Key>a/d&amp;</Key></Contents>"
      "<NextContinuationToken>x=/+</NextContinuationToken></ListBucketResult>");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->keys, ElementsAre("a/b c\xC3\xA4", "a/d&"));
  EXPECT_EQ(page->next, "x=/+");
}

TEST(S3AnswersTest, TakesKeysAsTheyAreWhereNothingSaysThatTheyAreEncoded) {
  const auto page =
      read_page("<ListBucketResult><Contents><Key>a+b%41</Key></Contents></ListBucketResult>");
  EXPECT_THAT(page->keys, ElementsAre("a+b%41"));
  EXPECT_EQ(page->next, "");
}

TEST(S3AnswersTest, RefusesWhatIsNoPage) {
  for (const char* xml : {"", "no", "<ListBucketResult>", "<Error/>", "<html><body/></html>",
                          "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
                          "<ListBucketResult><EncodingType>url</EncodingType>"
                          "<Contents><Key>a%4</Key></Contents></ListBucketResult>",
                          "<ListBucketResult><EncodingType>url</EncodingType>"
                          "<Contents><Key>a%zz</Key></Contents></ListBucketResult>"}) {
    const auto page = read_page(xml);
    ASSERT_FALSE(page) << xml;
    EXPECT_EQ(page.error().kind, ErrorKind::kUnavailable);
  }
  EXPECT_THAT(read_page("<ListBucketResult/>")->keys, IsEmpty());
}

TEST(S3SettingsTest, RefusesWhatCannotBeRight) {
  const auto with = [](auto change) {
    S3Settings settings = kSettings;
    change(settings);
    return check_s3_settings(settings);
  };
  EXPECT_TRUE(with([](S3Settings&) {}));
  EXPECT_TRUE(with([](S3Settings& s) { s.endpoint = "http://[::1]:9000"; }));
  EXPECT_TRUE(with([](S3Settings& s) { s.prefix = "hapax/production/"; }));
  for (const char* endpoint : {"", "s3.amazonaws.com", "https://", "ftp://a", "http://a/",
                               "http://k:s@a", "http://a?b", "http://a b"}) {
    EXPECT_FALSE(with([endpoint](S3Settings& s) { s.endpoint = endpoint; })) << endpoint;
  }
  for (const char* bucket : {"", "a/b", "a b", ".."}) {
    EXPECT_FALSE(with([bucket](S3Settings& s) { s.bucket = bucket; })) << bucket;
  }
  for (const char* prefix : {"/", "/a/", "a", "a//", "../", "a b/"}) {
    EXPECT_FALSE(with([prefix](S3Settings& s) { s.prefix = prefix; })) << prefix;
  }
  EXPECT_FALSE(with([](S3Settings& s) { s.region = ""; }));
  EXPECT_FALSE(with([](S3Settings& s) { s.credentials.access_key = ""; }));
  EXPECT_FALSE(with([](S3Settings& s) { s.credentials.secret_key = "a\n"; }));
}

}  // namespace
}  // namespace hapax
