// SPDX-License-Identifier: Apache-2.0
#include "clock_mailbox.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <optional>

#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

/// What `command` came to, asked on a thread of its own and answered here.
Result<std::string> ask(const ClockMailbox& mailbox, const ClockCommand& command,
                        const std::function<Result<std::string>(const ClockCommand&)>& carry_out) {
  auto asked = std::async(std::launch::async, [&] { return mailbox.ask(command); });
  while (asked.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
    mailbox.answer(carry_out);
  }
  return asked.get();
}

TEST(ClockMailboxTest, CarriesACommandAndItsAnswer) {
  const TemporaryDirectory directory;
  const ClockMailbox mailbox(directory.path());
  for (const auto& shift : {std::optional<Microseconds>(), std::optional(Microseconds(-5))}) {
    std::optional<ClockCommand> got;
    const auto answer = ask(mailbox, {.verb = ClockCommand::Verb::kCorrect, .shift = shift},
                            [&](const ClockCommand& command) -> Result<std::string> {
                              got = command;
                              return std::string("two\nlines");
                            });
    EXPECT_EQ(answer.value(), "two\nlines");
    EXPECT_EQ(got->verb, ClockCommand::Verb::kCorrect);
    EXPECT_EQ(got->shift, shift);
  }
}

TEST(ClockMailboxTest, ARefusalIsAnError) {
  const TemporaryDirectory directory;
  const auto answer = ask(ClockMailbox(directory.path()), {.verb = ClockCommand::Verb::kAccept},
                          [](const ClockCommand&) -> Result<std::string> {
                            return Error{ErrorKind::kInvalid, "not in doubt"};
                          });
  EXPECT_EQ(answer.error().message, "not in doubt");
}

// Who asked did not wait for it.
TEST(ClockMailboxTest, ALateAnswerIsNotThatOfTheNextCommand) {
  const TemporaryDirectory directory;
  std::ofstream(directory.path() + "/clock.answer") << "ok late";
  const auto answer = ask(ClockMailbox(directory.path()), {.verb = ClockCommand::Verb::kAccept},
                          [](const ClockCommand&) { return Result(std::string("new")); });
  EXPECT_EQ(answer.value(), "new");
}

TEST(ClockMailboxTest, WhatWasAskedOfAFormerServerIsForgotten) {
  const TemporaryDirectory directory;
  std::ofstream(directory.path() + "/clock.command") << "accept\n";
  const ClockMailbox mailbox(directory.path());
  mailbox.clear();
  mailbox.answer([](const ClockCommand&) -> Result<std::string> {
    ADD_FAILURE();
    return std::string();
  });
}

}  // namespace
}  // namespace hapax
