// SPDX-License-Identifier: Apache-2.0
#include "adapters/s3/signature.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hash/hmac.hpp"

namespace hapax {
namespace {

using testing::EndsWith;

// Requests and signatures that AWS publishes: "Authenticating Requests: Using the Authorization
// Header" in the S3 API Reference, and "get-vanilla" and others of the Signature Version 4 test
// suite.

const S3Credentials kS3Example{.access_key = "AKIAIOSFODNN7EXAMPLE",
                               .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                               .session_token = {}};
const std::string kS3Time = "20130524T000000Z";

SignedParts s3_request(std::string method, std::string path, const std::string& body = "") {
  const std::string sha = sha256_hex(body);
  return {.method = std::move(method),
          .path = std::move(path),
          .query = {},
          .headers = {{"x-amz-date", kS3Time},
                      {"x-amz-content-sha256", sha},
                      {"host", "examplebucket.s3.amazonaws.com"}},
          .body_sha = sha};
}

std::string s3_authorization(const SignedParts& parts) {
  return authorization(parts, {.region = "us-east-1"}, kS3Example, kS3Time);
}

TEST(SignatureTest, GetsAnObjectAsPublished) {
  SignedParts parts = s3_request("GET", "/test.txt");
  parts.headers.emplace_back("range", "bytes=0-9");
  EXPECT_EQ(s3_authorization(parts),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SignatureTest, PutsAnObjectAsPublished) {
  SignedParts parts = s3_request("PUT", "/test%24file.text", "Welcome to Amazon S3.");
  parts.headers.emplace_back("date", "Fri, 24 May 2013 00:00:00 GMT");
  parts.headers.emplace_back("x-amz-storage-class", "REDUCED_REDUNDANCY");
  EXPECT_THAT(
      s3_authorization(parts),
      EndsWith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(SignatureTest, AsksWithAParameterWithoutAValueAsPublished) {
  SignedParts parts = s3_request("GET", "/");
  parts.query = {{"lifecycle", ""}};
  EXPECT_THAT(
      s3_authorization(parts),
      EndsWith("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST(SignatureTest, ListsObjectsAsPublished) {
  SignedParts parts = s3_request("GET", "/");
  parts.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_THAT(
      s3_authorization(parts),
      EndsWith("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

std::string suite_authorization(std::string method, SignedParts::Fields query) {
  const std::string time = "20150830T123600Z";
  const SignedParts parts{.method = std::move(method),
                          .path = "/",
                          .query = std::move(query),
                          .headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", time}},
                          .body_sha = sha256_hex("")};
  return authorization(parts, {.region = "us-east-1", .service = "service"},
                       {.access_key = "AKIDEXAMPLE",
                        .secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                        .session_token = {}},
                       time);
}

TEST(SignatureTest, IsThatOfTheTestSuite) {
  EXPECT_THAT(
      suite_authorization("GET", {}),
      EndsWith("Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"));
  EXPECT_THAT(
      suite_authorization("POST", {}),
      EndsWith("Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"));
  EXPECT_THAT(
      suite_authorization("GET", {{"Param2", "value2"}, {"Param1", "value1"}}),
      EndsWith("Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"));
}

TEST(SignatureTest, EncodesQueriesAsTheyAreSent) {
  EXPECT_EQ(query_of({{"prefix", "a/b c+~"}, {"list-type", "2"}, {"continuation-token", "x=="}}),
            "continuation-token=x%3D%3D&list-type=2&prefix=a%2Fb%20c%2B~");
  EXPECT_EQ(percent_encoded("\xC3\xA4"), "%C3%A4");
}

TEST(SignatureTest, WritesTimes) {
  using namespace std::chrono_literals;
  constexpr std::chrono::seconds kTime = 1440938160s;  // 30 August 2015, 12:36:00.
  EXPECT_EQ(signing_time(ProcessingTime(kTime + 999ms)), "20150830T123600Z");
}

}  // namespace
}  // namespace hapax
