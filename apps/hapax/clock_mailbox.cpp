// SPDX-License-Identifier: Apache-2.0
#include "clock_mailbox.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

namespace hapax {
namespace {

constexpr std::chrono::milliseconds kLookInterval{50};
constexpr int kLooksMax = 100;

Error cannot_write(const std::string& path) {
  return {.kind = ErrorKind::kUnavailable,
          .message = fmt::format("cannot write {}: {}", path, std::strerror(errno)),
          .hint = "run it as the user who runs the server, on the same data directory"};
}

std::string to_text(const ClockCommand& command) {
  switch (command.verb) {
    case ClockCommand::Verb::kStatus:
      return "status";
    case ClockCommand::Verb::kAccept:
      return "accept";
    case ClockCommand::Verb::kCorrect:
      break;
  }
  return command.shift ? fmt::format("correct {}", command.shift->count()) : "correct";
}

std::optional<ClockCommand> parse(const std::string& text) {
  using Verb = ClockCommand::Verb;
  std::istringstream words(text);
  std::string verb;
  words >> verb;
  if (verb == "status" || verb == "accept") {
    return ClockCommand{.verb = verb == "accept" ? Verb::kAccept : Verb::kStatus};
  }
  if (verb != "correct") {
    return std::nullopt;
  }
  std::int64_t micros = 0;
  return words >> micros ? ClockCommand{.verb = Verb::kCorrect, .shift = Microseconds(micros)}
                         : ClockCommand{.verb = Verb::kCorrect};
}

std::optional<std::string> read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return file ? std::optional(text.str()) : std::nullopt;
}

void remove(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

/// All of it appears at once.
void write_whole(const std::string& path, const std::string& text) {
  const std::string unfinished = path + ".new";
  std::ofstream(unfinished) << text;
  std::error_code ignored;
  std::filesystem::rename(unfinished, path, ignored);
}

std::string describe(const ClockStatus& status) {
  std::string text = status.is_doubted
                         ? fmt::format("The clock is in doubt (epoch {}): {}.\n{}",
                                       status.epoch.value(), status.reason, status.hint)
                         : std::string("The clock is believed.");
  if (status.stepped != Microseconds(0)) {
    text += fmt::format("\nThe machine's clock has stepped by {:.3f} s and is not followed.",
                        std::chrono::duration<double>(status.stepped).count());
  }
  if (status.undecided > (status.is_doubted ? 1U : 0U)) {
    text += fmt::format("\n{} doubts are not over.", status.undecided);
  }
  if (status.keeps_files) {
    text += "\nLog files are kept beyond their age.";
  }
  return text;
}

}  // namespace

Result<std::string> ClockMailbox::ask(const ClockCommand& command) const {
  const int file =
      ::open(command_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0 && errno == EEXIST) {
    return Error{.kind = ErrorKind::kTimedOut,
                 .message = "another command is under way",
                 .hint = fmt::format("try again; if it stays, remove {}", command_)};
  }
  if (file < 0) {
    return cannot_write(command_);
  }
  remove(answer_);  // Of one whom nobody waits for any more.
  // Root may ask a server that runs as another user, whose the directory is.
  struct stat directory {};
  if (::stat(directory_.c_str(), &directory) == 0 &&
      ::fchown(file, directory.st_uid, directory.st_gid) != 0) {
    // Of somebody else who may write here; the server can read it or nobody answers.
  }
  const std::string text = to_text(command) + "\n";
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  if (!written) {
    remove(command_);
    return cannot_write(command_);
  }
  return await_answer();
}

Result<std::string> ClockMailbox::await_answer() const {
  for (int look = 0; look < kLooksMax; ++look) {
    if (auto answer = read(answer_)) {
      remove(answer_);
      const bool done = answer->starts_with("ok ");
      std::string text = answer->substr(std::min<std::size_t>(answer->size(), 3));
      return done ? Result<std::string>(std::move(text))
                  : Error{.kind = ErrorKind::kInvalid, .message = std::move(text)};
    }
    std::this_thread::sleep_for(kLookInterval);
  }
  remove(command_);
  return Error{
      .kind = ErrorKind::kTimedOut,
      .message = "no server answers on this data directory; nothing was done",
      .hint = "start it, name its data directory with --data-dir, or run this as its user"};
}

void ClockMailbox::clear() const {
  remove(command_);
  remove(answer_);
}

void ClockMailbox::answer(
    const std::function<Result<std::string>(const ClockCommand&)>& carry_out) const {
  const auto text = read(command_);
  if (!text || !text->ends_with('\n')) {
    return;
  }
  const auto command = parse(*text);
  const auto done = command ? carry_out(*command)
                            : Error{.kind = ErrorKind::kInvalid,
                                    .message = "the server does not know this command"};
  remove(command_);
  write_whole(answer_, done ? "ok " + *done : "no " + done.error().text());
}

Result<std::string> carry_out(const ClockCommand& command, ClockKeeper& keeper) {
  if (command.verb == ClockCommand::Verb::kAccept) {
    HAPAX_TRY(keeper.accept());
  } else if (command.verb == ClockCommand::Verb::kCorrect) {
    HAPAX_TRY(keeper.correct(command.shift));
  }
  return describe(keeper.status());
}

}  // namespace hapax
