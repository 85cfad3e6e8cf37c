// SPDX-License-Identifier: Apache-2.0
#include "api/view_accounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "bytes/base64.hpp"
#include "core/time_math.hpp"
#include "core/timestamp.hpp"
#include "http/query_string.hpp"
#include "read/request_parameters.hpp"

namespace hapax {
namespace {

using Json = nlohmann::ordered_json;

constexpr Microseconds kHour = std::chrono::hours(1);

Error invalid(std::string message, std::string hint) {
  return {ErrorKind::kInvalid, std::move(message), std::move(hint)};
}

/// Behind all rows.
std::string end_key() {
  return std::string(hour_key({}, "").size() + 1, '\xFF');
}

/// The first hour that begins at or after `time`.
ProcessingTime next_hour(EventTime time) {
  const ProcessingTime asked(time.time_since_epoch());
  const ProcessingTime hour = hour_start(asked);
  return hour < asked ? saturating_add(hour, kHour) : hour;
}

Result<std::optional<std::string>> hour_parameter(std::string_view query, std::string_view name) {
  const auto text = query_parameter(query, name);
  if (!text) {
    return std::optional<std::string>();
  }
  HAPAX_ASSIGN(const EventTime time, parse_query_time(name, *text));
  return std::optional(hour_key(next_hour(time), ""));
}

/// The key of the row before.
Result<std::string> read_cursor(const std::string& text) {
  auto key = decode_base64(text);
  if (!key || !split_hour_key(*key)) {
    return unknown_cursor();
  }
  return std::move(*key);
}

Json tally_json(const EventTally& tally) {
  return {{"count", tally.count}, {"digest", to_hex(tally.digest)}};
}

bool is_balanced(const SourceAccount& account) {
  return account.matching == account.counted + account.expired + account.without_key;
}

void add_account(const SourceAccount& account, Json& to) {
  to["matching"] = tally_json(account.matching);
  to["counted"] = tally_json(account.counted);
  to["expired"] = tally_json(account.expired);
  to["without_key"] = tally_json(account.without_key);
  to["in_cells"] = account.in_cells;
  to["kind_mismatches"] = account.kind_mismatches;
}

Json account_json(const SourceAccount& account) {
  Json json = Json::object();
  add_account(account, json);
  return json;
}

Json row_json(const HourKey& key, const SourceAccount& account) {
  Json json = {{"hour", to_iso8601(as_event_time(key.hour))}, {"source", key.source}};
  add_account(account, json);
  json["balanced"] = is_balanced(account);
  return json;
}

class AccountsAnswer {
 public:
  AccountsAnswer(const ViewBooks& books, const AccountsQuery& query, const ReadScope& scope)
      : books_(books), query_(query), scope_(scope) {}

  Result<Json> rows() {
    Json rows = Json::array();
    HAPAX_TRY(books_.read(query_.from, query_.to, [&](const HourKey& key, const auto& account) {
      if (!is_asked(key.source)) {
        return true;
      }
      if (rows.size() >= query_.rows_max) {
        next_ = last_;
        return false;
      }
      last_ = encode_base64url(hour_key(key.hour, key.source));
      rows.push_back(row_json(key, account));
      return true;
    }));
    return rows;
  }
  Json next() const { return next_ ? Json(*next_) : Json(); }

  /// Of each source: what all hours are together, and the rest, against the view's account.
  Result<Json> check() const {
    ViewBooks::Accounts hours;
    HAPAX_TRY(books_.read("", end_key(), [&](const HourKey& key, const auto& account) {
      hours[key.source].add(account);
      return true;
    }));
    Json check = Json::array();
    for (const auto& [source, whole] : books_.whole) {
      if (is_asked(source)) {
        check.push_back(check_of(source, whole, hours[source]));
      }
    }
    return check;
  }

 private:
  bool is_asked(const std::string& source) const {
    return (!query_.source || *query_.source == source) &&
           (scope_.empty() || scope_.contains(source));
  }

  Json check_of(const std::string& source, const SourceAccount& whole,
                const SourceAccount& hours) const {
    const auto rest = books_.rest.find(source);
    SourceAccount sum = hours;
    sum.add(rest != books_.rest.end() ? rest->second : SourceAccount());
    return {{"source", source},
            {"account", account_json(whole)},
            {"hours", account_json(hours)},
            {"rest", account_json(rest != books_.rest.end() ? rest->second : SourceAccount())},
            {"balanced", sum == whole && is_balanced(whole)}};
  }

  const ViewBooks& books_;
  const AccountsQuery& query_;
  const ReadScope& scope_;
  std::optional<std::string> last_;
  std::optional<std::string> next_;
};

/// From which hour on nothing is missing; null: from the first.
Json whole_from(const ViewBooks& books) {
  const ProcessingTime from = books.whole_from();
  return from == ProcessingTime::min() ? Json() : Json(to_iso8601(as_event_time(from)));
}

}  // namespace

Result<AccountsQuery> parse_accounts_query(std::string_view query) {
  constexpr std::array<std::string_view, 6> kKnown{"from",  "to",     "source",
                                                   "limit", "cursor", "check"};
  HAPAX_TRY(check_parameters(query, kKnown));
  AccountsQuery asked{.to = end_key(), .source = query_parameter(query, "source")};
  HAPAX_ASSIGN(const auto from, hour_parameter(query, "from"));
  HAPAX_ASSIGN(const auto to, hour_parameter(query, "to"));
  asked.from = from.value_or("");
  asked.to = to.value_or(asked.to);
  if (asked.to < asked.from) {
    return invalid("the range ends before it begins", "hours start in [from, to), in UTC");
  }
  HAPAX_ASSIGN(asked.rows_max,
               count_parameter(query, "limit", asked.rows_max, AccountsQuery::kRowsMax));
  if (const auto text = query_parameter(query, "cursor")) {
    HAPAX_ASSIGN(const std::string last, read_cursor(*text));
    asked.from = std::max(asked.from, last + '\0');
  }
  const std::string check = query_parameter(query, "check").value_or("false");
  if (check != "true" && check != "false") {
    return invalid(fmt::format("parameter check=\"{}\" is unknown", check), "use true or false");
  }
  asked.is_checked = check == "true";
  return asked;
}

std::size_t accounts_bytes(const ViewBooks& books, const AccountsQuery& query) {
  constexpr std::size_t kBytesPerRow = 4096;
  constexpr std::size_t kBytesOfTheRest = 4096;
  const std::size_t checks = query.is_checked ? 3 * books.whole.size() : 0;
  return kBytesOfTheRest + (query.rows_max + checks) * kBytesPerRow;
}

Result<std::string> accounts_json(const ViewBooks& books, const AccountsQuery& query,
                                  const ReadScope& scope, std::string_view name) {
  AccountsAnswer answer(books, query, scope);
  Json json = {{"view", name}, {"id", books.view}, {"whole_from", whole_from(books)}};
  HAPAX_ASSIGN(json["rows"], answer.rows());
  json["next"] = answer.next();
  if (query.is_checked) {
    HAPAX_ASSIGN(json["check"], answer.check());
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace hapax
