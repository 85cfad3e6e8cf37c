// SPDX-License-Identifier: Apache-2.0
#include "welcome.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hapax {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(WelcomeTest, ShowsTheLinkOnceAndCommandsThatWork) {
  const std::string text = welcome_text(
      {.url = "http://h:1", .setup_link = "http://h:1/#/setup/abc", .data_dir = "data"});
  EXPECT_THAT(text, HasSubstr("\n  http://h:1/#/setup/abc\n"));
  EXPECT_THAT(text, HasSubstr("curl http://h:1/v1/track -d"));
  EXPECT_THAT(text, HasSubstr("curl -H \"Authorization: Bearer $(cat data/access/token)\" "
                              "http://h:1/api/views/events_per_minute\n"));
}

TEST(WelcomeTest, WithAPasswordItSaysWhatToDoWhenThatIsForgotten) {
  const std::string text = welcome_text({.url = "http://h:1", .data_dir = "data"});
  EXPECT_THAT(text, HasSubstr("hapax access reset"));
  EXPECT_THAT(text, Not(HasSubstr("setup")));
}

TEST(WelcomeTest, ForDevelopmentNothingIsAskedFor) {
  const std::string text = welcome_text({.url = "http://h:1", .data_dir = "data", .is_dev = true});
  EXPECT_THAT(text, HasSubstr("curl http://h:1/api/views"));
  EXPECT_THAT(text, Not(HasSubstr("Bearer")));
}

TEST(WelcomeTest, APathWithSpacesIsOneWord) {
  const std::string text = welcome_text({.url = "u", .data_dir = "/my $data's"});
  EXPECT_THAT(text, HasSubstr("$(cat '/my $data'\\''s/access/token')"));
}

}  // namespace
}  // namespace hapax
