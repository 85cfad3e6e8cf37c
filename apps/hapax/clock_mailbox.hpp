// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "arrival/clock_keeper.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace hapax {

/// What an operator says of the clock.
struct ClockCommand {
  enum class Verb { kStatus, kAccept, kCorrect };

  Verb verb = Verb::kStatus;
  std::optional<Microseconds> shift = {};  ///< Of kCorrect; nothing: as far as the clock stepped.
};

/// Two files in the data directory by which `hapax clock` speaks to the server that runs on it:
/// who may write there may say it. A command is asked for once, and withdrawn when nobody answers.
/// Threading: one owner on each side.
class ClockMailbox {
 public:
  explicit ClockMailbox(const std::string& data_directory)
      : directory_(data_directory),
        command_(data_directory + "/clock.command"),
        answer_(data_directory + "/clock.answer") {}

  /// The server's answer. Errors: kInvalid, it refused; kTimedOut, there is no server, or another
  /// command is under way; kUnavailable, the files cannot be written.
  Result<std::string> ask(const ClockCommand& command) const;

  /// For the server at its start: what was asked of a former one is not for this one.
  void clear() const;
  /// For the server, now and then: has a command carried out that is there.
  void answer(const std::function<Result<std::string>(const ClockCommand&)>& carry_out) const;

 private:
  Result<std::string> await_answer() const;

  const std::string directory_;
  const std::string command_;
  const std::string answer_;
};

/// Has `keeper` do it. The text for whoever asked.
Result<std::string> carry_out(const ClockCommand& command, ClockKeeper& keeper);

}  // namespace hapax
