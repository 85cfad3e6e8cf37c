// SPDX-License-Identifier: Apache-2.0
#include "fault_plan.hpp"

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <thread>
#include <utility>

namespace hapax {
namespace {

constexpr std::chrono::milliseconds kHoldPoll{1};

constexpr std::array<std::pair<std::string_view, Fault>, 9> kActions{{
    {"lose", {FaultAction::kLose, EIO}},
    {"short", {FaultAction::kShort, 0}},
    {"hold", {FaultAction::kHold, 0}},
    {"EIO", {FaultAction::kFail, EIO}},
    {"ENOSPC", {FaultAction::kFail, ENOSPC}},
    {"EDQUOT", {FaultAction::kFail, EDQUOT}},
    {"EINTR", {FaultAction::kFail, EINTR}},
    {"EMFILE", {FaultAction::kFail, EMFILE}},
    {"EROFS", {FaultAction::kFail, EROFS}},
}};

constexpr std::array<std::string_view, 11> kCalls{
    "open",      "write",           "pwrite",    "pwritev", "fsync", "fdatasync",
    "fallocate", "posix_fallocate", "ftruncate", "rename",  "unlink"};

/// Writes can be short, syncs can lose; anything can fail or wait.
bool can(std::string_view call, FaultAction action) {
  if (std::find(kCalls.begin(), kCalls.end(), call) == kCalls.end()) {
    return false;
  }
  const auto has = [call](std::string_view word) {
    return call.find(word) != std::string_view::npos;
  };
  return action == FaultAction::kShort  ? has("write")
         : action == FaultAction::kLose ? has("sync")
                                        : true;
}

[[noreturn]] void refuse(const std::string& line) {
  std::fprintf(stderr,
               "fault plan: cannot read the rule \"%s\"; write: calls pattern k[+] action "
               "[while file]\n",
               line.c_str());
  std::abort();
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) {
    parts.push_back(part);
  }
  return parts;
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

}  // namespace

FaultPlan::FaultPlan(const std::string& text, const std::string& report) {
  for (const auto& line : split(text, '\n')) {
    add(line);
  }
  if (!report.empty()) {
    report_ = std::fopen(report.c_str(), "ae");
  }
}

void FaultPlan::add(const std::string& line) {
  std::istringstream words(line);
  std::string calls;
  std::string when;
  std::string conjunction;
  auto& rule = rules_.emplace_back();
  words >> calls >> rule.pattern >> when >> rule.action >> conjunction >> rule.file;
  rule.calls = split(calls, ',');
  char* end = nullptr;
  rule.first = std::strtoull(when.c_str(), &end, 10);
  rule.later_too = std::string_view(end) == "+";
  const auto* action = std::find_if(kActions.begin(), kActions.end(),
                                    [&](const auto& known) { return known.first == rule.action; });
  if (rule.first == 0 || (*end != '\0' && !rule.later_too) || action == kActions.end() ||
      !std::all_of(rule.calls.begin(), rule.calls.end(),
                   [&](const auto& call) { return can(call, action->second.action); }) ||
      (conjunction.empty() ? action->second.action == FaultAction::kHold
                           : conjunction != "while" || rule.file.empty())) {
    refuse(line);
  }
  rule.fault = action->second;
}

bool FaultPlan::matches(const Rule& rule, const std::string& path) {
  return ::fnmatch(rule.pattern.c_str(), path.c_str(), 0) == 0;
}

std::optional<Fault> FaultPlan::fault_of(std::string_view call, const std::string& path) {
  for (auto& rule : rules_) {
    if (std::find(rule.calls.begin(), rule.calls.end(), call) == rule.calls.end() ||
        !matches(rule, path) || (!rule.file.empty() && !exists(rule.file))) {
      continue;
    }
    const auto number = ++rule.matched;
    if (number < rule.first || (number > rule.first && !rule.later_too)) {
      continue;
    }
    report(call, path, rule);
    if (rule.fault.action != FaultAction::kHold) {
      return rule.fault;
    }
    while (exists(rule.file)) {
      std::this_thread::sleep_for(kHoldPoll);
    }
  }
  return std::nullopt;
}

bool FaultPlan::watches(std::string_view call) const {
  return std::any_of(rules_.begin(), rules_.end(), [call](const Rule& rule) {
    return std::find(rule.calls.begin(), rule.calls.end(), call) != rule.calls.end() ||
           rule.fault.action == FaultAction::kLose;
  });
}

bool FaultPlan::may_lose(const std::string& path) const {
  return std::any_of(rules_.begin(), rules_.end(), [&path](const Rule& rule) {
    return rule.fault.action == FaultAction::kLose && matches(rule, path);
  });
}

void FaultPlan::report(std::string_view call, const std::string& path, const Rule& rule) {
  if (report_ != nullptr) {
    const std::string line = std::string(call) + " " + path + " " + rule.action + "\n";
    std::fputs(line.c_str(), report_);
    std::fflush(report_);
  }
}

}  // namespace hapax
