// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hapax {

enum class FaultAction {
  kFail,   ///< Nothing is done; the call returns an error.
  kLose,   ///< Of a sync: what it should have made durable is undone, then EIO.
  kShort,  ///< Of a write: the first half is done, and that is what it returns.
  kHold,   ///< The call waits until the rule's file is gone, then goes on to the next rule.
};

struct Fault {
  FaultAction action = FaultAction::kFail;
  int code = 0;  ///< errno of kFail and kLose.
};

/// Which calls meet with which fault. One rule a line, the first that applies is taken:
///
///     <call>[,<call>...] <path pattern> <k>[+] <action> [while <file>]
///     fdatasync */log/*.seg 3 lose
///     write,pwrite,posix_fallocate */data/* 1+ ENOSPC while /tmp/full
///
/// The pattern is fnmatch(3)'s, and '*' takes '/' too. k counts, from 1, the calls that match; with
/// '+' all from the k-th on are meant. With `while` only calls made while the file exists match.
/// Actions: lose, short, hold (needs `while`), or the name of an error.
/// Threading: all calls may run at the same time.
class FaultPlan {
 public:
  /// A plan that cannot be read ends the process: a test must not run without its faults. Every
  /// fault met is a line in the file `report`, when that has a name: call, path, action.
  FaultPlan(const std::string& text, const std::string& report);

  /// Counts the call; waits if it is to be held.
  std::optional<Fault> fault_of(std::string_view call, const std::string& path);

  /// Whether any rule speaks of the call. False saves finding out its path.
  bool watches(std::string_view call) const;

  /// Whether the writes of the file may have to be undone.
  bool may_lose(const std::string& path) const;

 private:
  struct Rule {
    std::vector<std::string> calls;
    std::string pattern;
    std::uint64_t first = 1;
    bool later_too = false;
    std::string action;
    Fault fault;
    std::string file;  ///< Of `while`; empty without.
    std::atomic<std::uint64_t> matched{0};
  };

  void add(const std::string& line);
  static bool matches(const Rule& rule, const std::string& path);
  void report(std::string_view call, const std::string& path, const Rule& rule);

  std::deque<Rule> rules_;
  std::FILE* report_ = nullptr;  ///< Open until the process ends. Its writes pass by the shim.
};

}  // namespace hapax
