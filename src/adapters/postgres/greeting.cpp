// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/greeting.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "adapters/postgres/errors.hpp"

namespace hapax::postgres {
namespace {

constexpr std::string_view kWhat = "open the tables";

/// "a,b,c" begins with "b" in turn 1.
std::string turned(const std::string& list, std::size_t turn) {
  std::vector<std::string> parts(1);
  for (const char c : list) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  std::ranges::rotate(parts, parts.begin() + static_cast<std::ptrdiff_t>(turn % parts.size()));
  std::string joined;
  for (const std::string& part : parts) {
    joined.append(joined.empty() ? "" : ",").append(part);
  }
  return joined;
}

std::string literal(PGconn& connection, const std::string& text) {
  const std::unique_ptr<char, decltype(&PQfreemem)> quoted(
      PQescapeLiteral(&connection, text.c_str(), text.size()), &PQfreemem);
  return quoted ? quoted.get() : "NULL";
}

}  // namespace

ConnectOptions::ConnectOptions(const PostgresSettings& settings, std::size_t turn)
    : connection_(settings.connection),
      timeout_(std::to_string(
          std::chrono::ceil<std::chrono::seconds>(settings.connect_timeout).count())) {
  for (const char* keyword : {"host", "hostaddr", "port"}) {
    const std::string list = connection_option(settings, keyword);
    if (list.find(',') != list.npos) {
      turned_.emplace_back(keyword, turned(list, turn));
    }
  }
  const auto add = [this](const char* keyword, const char* value) {
    keywords_.push_back(keyword);
    values_.push_back(value);
  };
  // The settings of the connection are read where they stand: what comes behind them wins.
  add("fallback_application_name", "hapax");
  add("connect_timeout", timeout_.c_str());
  // A server that is gone without a word is noticed within some 20 s.
  add("keepalives_idle", "10");
  add("keepalives_interval", "3");
  add("keepalives_count", "3");
  add("tcp_user_timeout", "20000");  // Milliseconds.
  add("dbname", connection_.c_str());
  add("client_encoding", "UTF8");
  for (const auto& [keyword, list] : turned_) {
    add(keyword.c_str(), list.c_str());
  }
  add(nullptr, nullptr);
}

/// Each statement reaches few rows by an index, whatever the planner believes: the tables grow
/// faster than its statistics.
std::string Greeting::session() const {
  std::string text = fmt::format(
      "SET statement_timeout = {}; SET idle_in_transaction_session_timeout = {}; "
      "SET client_min_messages = error; SET jit = off; SET enable_seqscan = off; "
      "SET enable_hashjoin = off; SET enable_mergejoin = off; ",
      settings_.answer_timeout.count(), settings_.idle_timeout.count());
  if (who_ == Who::kReader) {
    text +=
        "SET enable_sort = off; SET enable_bitmapscan = off; SET plan_cache_mode = "
        "force_generic_plan; SET default_transaction_read_only = on; ";
  }
  return text;
}

std::optional<std::string> Greeting::question(PGconn& connection) const {
  switch (step_) {
    case Step::kLook:
      return session() + texts_.is_there;
    case Step::kCreate:
      return texts_.create + texts_.enter_format + literal(connection, settings_.cluster) +
             ") ON CONFLICT DO NOTHING";
    case Step::kCheck:
      return texts_.format;
    case Step::kDone:
      break;
  }
  return std::nullopt;
}

Result<void> Greeting::take(const PGresult& answer) {
  if (!is_done(answer)) {
    return error_of(std::string(kWhat), answer, settings_);
  }
  row_.clear();
  for (int field = 0; PQntuples(&answer) > 0 && field < PQnfields(&answer); ++field) {
    row_.emplace_back(PQgetvalue(&answer, 0, field));
  }
  return {};
}

Result<void> Greeting::finish_question() {
  if (step_ == Step::kLook && row_ != std::vector<std::string>{"t"}) {
    if (who_ == Who::kReader) {
      Error error = unavailable(std::string(kWhat), "they are not there", settings_);
      error.hint = "whoever publishes first makes them";
      return error;
    }
    step_ = Step::kCreate;
    return {};
  }
  if (step_ == Step::kCheck) {
    HAPAX_TRY(check());
    step_ = Step::kDone;
    return {};
  }
  step_ = Step::kCheck;
  return {};
}

Result<void> Greeting::check() const {
  const std::string version = std::to_string(kFormatVersion);
  if (row_.size() != 2 || row_[0] != version) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("the tables in {} are of format {}, this program reads and writes {}",
                             place_of(settings_), row_.empty() ? "none" : row_[0], version),
                 "use another schema, or remove this one (DROP SCHEMA ... CASCADE): all of it is "
                 "published anew"};
  }
  if (row_[1] != settings_.cluster) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("the tables in {} are of the cluster \"{}\", this is \"{}\"",
                             place_of(settings_), row_[1], settings_.cluster),
                 "give each cluster a schema of its own; if that one is no more, remove it (DROP "
                 "SCHEMA ... CASCADE)"};
  }
  return {};
}

}  // namespace hapax::postgres
