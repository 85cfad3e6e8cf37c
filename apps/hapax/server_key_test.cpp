// SPDX-License-Identifier: Apache-2.0
#include "server_key.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

TEST(ServerKeyTest, IsTheFirstThatMayDoTheMost) {
  const TemporaryDirectory directory;
  Settings settings;
  settings.data_dir = directory.path();
  const ServerAddress here{.host = "127.0.0.1"};
  EXPECT_EQ(key_for(here, settings), "");
  settings.read_keys = {{"of_web", {"web"}}};
  EXPECT_EQ(key_for(here, settings), "");
  settings.read_keys["reads"];
  EXPECT_EQ(key_for(here, settings), "reads");
  std::filesystem::create_directory(directory.path() + "/access");
  std::ofstream(directory.path() + "/access/token") << "the-token\n";
  EXPECT_EQ(key_for(here, settings), "the-token");
  settings.admin_keys = {"rules"};
  EXPECT_EQ(key_for(here, settings), "rules");
}

TEST(ServerKeyTest, TheMachinesTokenStaysOnTheMachine) {
  const TemporaryDirectory directory;
  Settings settings;
  settings.data_dir = directory.path();
  std::filesystem::create_directory(directory.path() + "/access");
  std::ofstream(directory.path() + "/access/token") << "the-token\n";
  for (const char* host : {"localhost", "127.0.0.1", "::1"}) {
    EXPECT_EQ(key_for({.host = host}, settings), "the-token") << host;
  }
  for (const char* host : {"10.0.0.7", "events.example.com", "localhost.example.com"}) {
    EXPECT_EQ(key_for({.host = host}, settings), "") << host;
  }
}

}  // namespace
}  // namespace hapax
