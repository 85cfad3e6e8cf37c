// SPDX-License-Identifier: Apache-2.0
#include "access/admin_file.hpp"

#include <fmt/format.h>

#include <charconv>

#include "access/password.hpp"

namespace hapax {
namespace {

constexpr std::string_view kFirstLine = "hapax-access-1";
constexpr std::string_view kPassword = "password";
constexpr std::string_view kUsedSetup = "used-setup";
constexpr std::string_view kSession = "session";

/// Takes `text` up to `end` out of it, and `end`.
std::string_view take_until(std::string_view& text, char end) {
  const std::string_view taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), taken.size() + 1));
  return taken;
}

std::optional<ProcessingTime> parse_time(std::string_view text) {
  std::int64_t micros = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, micros);
  return failure == std::errc() && stop == end ? std::optional(processing_time_from_micros(micros))
                                               : std::nullopt;
}

bool read_session(std::string_view rest, AdminRecord& record) {
  const auto token = parse_secret_hash(take_until(rest, ' '));
  const auto begun = parse_time(take_until(rest, ' '));
  const auto used = parse_time(rest);
  if (token && begun && used) {
    record.sessions.push_back({.token = *token, .begun = *begun, .used = *used});
  }
  return token && begun && used;
}

bool read_line(std::string_view line, AdminRecord& record) {
  const std::string_view key = take_until(line, ' ');
  if (key == kPassword) {
    record.password_hash = line;
    return is_password_hash(line);
  }
  if (key == kUsedSetup) {
    record.used_setup = parse_secret_hash(line);
    return record.used_setup.has_value();
  }
  return key == kSession && read_session(line, record);
}

}  // namespace

std::string to_text(const AdminRecord& record) {
  std::string text = fmt::format("{}\n", kFirstLine);
  if (!record.password_hash.empty()) {
    text += fmt::format("{} {}\n", kPassword, record.password_hash);
  }
  if (record.used_setup) {
    text += fmt::format("{} {}\n", kUsedSetup, to_hex(*record.used_setup));
  }
  for (const AccessSession& session : record.sessions) {
    text += fmt::format("{} {} {} {}\n", kSession, to_hex(session.token), to_micros(session.begun),
                        to_micros(session.used));
  }
  return text;
}

Result<AdminRecord> parse_admin_record(std::string_view text) {
  AdminRecord record;
  if (take_until(text, '\n') != kFirstLine) {
    return Error{ErrorKind::kCorrupt, fmt::format("it does not begin with {}", kFirstLine)};
  }
  for (std::size_t number = 2; !text.empty(); ++number) {
    if (text.find('\n') == std::string_view::npos || !read_line(take_until(text, '\n'), record)) {
      return Error{ErrorKind::kCorrupt, fmt::format("line {} is damaged", number)};
    }
  }
  return record;
}

}  // namespace hapax
