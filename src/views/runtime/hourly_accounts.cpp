// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/hourly_accounts.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "bytes/ordered_word.hpp"
#include "core/time_math.hpp"

namespace hapax {
namespace {

constexpr Microseconds kHour = std::chrono::hours(1);
/// Of the store, that one drop_before() reads: a few milliseconds.
constexpr std::size_t kDroppedRowsMax = 5'000;

/// As bytes whose order is that of times.
void append_time(ProcessingTime time, std::string& key) {
  append_ordered_word(static_cast<std::uint64_t>(to_micros(time)) ^ kSignBit, key);
}

/// What rows of a view begin with: no id is the beginning of another's rows.
std::string prefix_of(std::string_view view) {
  return std::string(view).append(1, '\0');
}

Error damaged(std::string_view view) {
  return {
      ErrorKind::kCorrupt,
      std::string("an hour of the account of the view \"").append(view).append("\" is damaged")};
}

Result<SourceAccount> decode_row(std::string_view value, std::string_view view) {
  ByteReader in(value);
  const SourceAccount account = decode_account(in);
  return in.ok() && in.at_end() ? Result<SourceAccount>(account) : damaged(view);
}

}  // namespace

ProcessingTime hour_start(ProcessingTime time) {
  return ProcessingTime(floor_to(as_event_time(time), kHour).time_since_epoch());
}

std::string hour_key(ProcessingTime hour, std::string_view source) {
  std::string key;
  append_time(hour, key);
  return key.append(source);
}

std::optional<HourKey> split_hour_key(std::string_view key) {
  const std::optional<std::uint64_t> word = take_ordered_word(key);
  if (!word) {
    return std::nullopt;
  }
  return HourKey{.hour = processing_time_from_micros(static_cast<std::int64_t>(*word ^ kSignBit)),
                 .source = std::string(key)};
}

HourlyAccounts::HourlyAccounts(StateStore& store, std::string view)
    : store_(store), view_(std::move(view)) {}

std::string HourlyAccounts::row_key(ProcessingTime hour, std::string_view source) const {
  return prefix_of(view_).append(hour_key(hour, source));
}

StateWrite::Range HourlyAccounts::rows_of(std::string_view view) {
  return {.from = prefix_of(view), .to = std::string(view).append(1, '\1')};
}

Result<void> HourlyAccounts::find(ProcessingTime received_at, std::string_view source) {
  const ProcessingTime hour = hour_start(received_at);
  if (hour < from_) {
    open_ = {.account = &rest_.of(source), .changed = &changed_};  // Of an empty span of time.
    return {};
  }
  Sources& sources = hot_[hour];
  auto found = sources.find(source);
  if (found == sources.end()) {
    HAPAX_ASSIGN(const auto stored, store_.find(kHoursTable, row_key(hour, source)));
    Hot hot;
    if (stored) {
      HAPAX_ASSIGN(hot.account, decode_row(*stored, view_));
    }
    found = sources.emplace(source, hot).first;
  }
  open_ = {.begin = hour,
           .end = saturating_add(hour, kHour),
           .source = &found->first,
           .account = &found->second.account,
           .changed = &found->second.changed};
  return {};
}

/// Adds up what is stored of the hours in [from_, to), without rows that are hot: they are stored
/// as they were before. Where that is too much at once `to` becomes less.
Result<void> HourlyAccounts::sum_stored(ProcessingTime& to, ViewAccount& sum) {
  const std::size_t prefix = prefix_of(view_).size();
  const std::string begin = row_key(from_, "");
  const std::string end = row_key(to, "");
  std::size_t rows = 0;
  ProcessingTime hour = ProcessingTime::min();
  Result<void> read;
  HAPAX_TRY(store_.scan(kHoursTable, begin, end, [&](std::string_view key, std::string_view value) {
    const auto parts = split_hour_key(key.substr(prefix));
    const Result<SourceAccount> account = parts ? decode_row(value, view_) : damaged(view_);
    if (!account) {
      read = account.error();
      return false;
    }
    if (rows >= kDroppedRowsMax && parts->hour != hour) {
      to = parts->hour;
      return false;
    }
    ++rows;
    hour = parts->hour;
    const auto hot = hot_.find(hour);
    if (hot == hot_.end() || !hot->second.contains(parts->source)) {
      sum.of(parts->source).add(*account);
    }
    return true;
  }));
  return read;
}

Result<void> HourlyAccounts::drop_before(ProcessingTime until) {
  ProcessingTime to = hour_start(until);
  if (to <= from_) {
    return {};
  }
  ViewAccount dropped;
  HAPAX_TRY(sum_stored(to, dropped));
  const auto end = hot_.lower_bound(to);
  for (auto each = hot_.begin(); each != end; ++each) {
    for (const auto& [source, hot] : each->second) {
      dropped.of(source).add(hot.account);
    }
  }
  hot_.erase(hot_.begin(), end);
  open_ = {};
  rest_.combine(dropped);
  from_ = to;
  is_dropping_ = true;
  return {};
}

void HourlyAccounts::begin_after(ProcessingTime newest, const ViewAccount& rest) {
  from_ = saturating_add(hour_start(newest), kHour);
  complete_from_ = from_;
  rest_.combine(rest);
}

FrozenRows HourlyAccounts::freeze() {
  FrozenRows frozen{.table = kHoursTable};
  if (is_dropping_) {
    frozen.erased.push_back({.from = prefix_of(view_), .to = row_key(from_, "")});
  }
  for (auto& [hour, sources] : hot_) {
    for (auto& [source, hot] : sources) {
      if (hot.changed) {
        std::string value;
        ByteWriter out(value);
        encode_account(hot.account, out);
        frozen.rows.emplace_back(row_key(hour, source), std::move(value));
        hot.changed = false;
      }
    }
  }
  changed_ = false;
  is_dropping_ = false;
  return frozen;
}

// The next event looks them up in the store: a few looks in each view after each write.
void HourlyAccounts::commit() {
  for (auto& [hour, sources] : hot_) {
    std::erase_if(sources, [](const auto& each) { return !each.second.changed; });
  }
  std::erase_if(hot_, [](const auto& each) { return each.second.empty(); });
  open_ = {};
}

std::size_t HourlyAccounts::memory_bytes() const {
  constexpr std::size_t kNodeBytes = 64;
  std::size_t bytes = 0;
  for (const auto& [hour, sources] : hot_) {
    bytes += sources.size() * (sizeof(Hot) + sizeof(std::string) + kNodeBytes);
  }
  return bytes;
}

void HourlyAccounts::encode(ByteWriter& out) const {
  out.put_time(from_);
  out.put_time(complete_from_);
  rest_.encode(out);
}

bool HourlyAccounts::decode(ByteReader& in) {
  from_ = in.processing_time();
  complete_from_ = in.processing_time();
  return rest_.decode(in);
}

ViewBooks HourlyAccounts::books(std::shared_ptr<const StateSnapshot> stored) const {
  ViewBooks books{.view = view_,
                  .stored = std::move(stored),
                  .hours_from = from_,
                  .complete_from = complete_from_};
  for (const auto& [hour, sources] : hot_) {
    for (const auto& [source, hot] : sources) {
      books.hot.emplace(hour_key(hour, source), hot.account);
    }
  }
  for (const auto& [source, account] : rest_.sources()) {
    books.rest.emplace(source, account);
  }
  return books;
}

ProcessingTime ViewBooks::whole_from() const {
  const ProcessingTime hour = hour_start(complete_from);
  const ProcessingTime complete = hour < complete_from ? saturating_add(hour, kHour) : hour;
  return std::max(rest.empty() ? ProcessingTime::min() : hours_from, complete);
}

Result<void> ViewBooks::read(std::string_view from, std::string_view to, const Visit& visit) const {
  const std::string prefix = prefix_of(view);
  const std::string begin = std::max(std::string(from), hour_key(hours_from, ""));
  if (begin >= to) {
    return {};
  }
  return stored->read([&](SnapshotReader& reader) -> Result<void> {
    const auto rows = reader.cursor(kHoursTable, prefix + std::string(to));
    auto next = hot.lower_bound(begin);
    const auto end = hot.lower_bound(to);
    rows->seek(prefix + begin);
    bool more = true;
    while (more && (rows->valid() || next != end)) {
      const std::string_view at = rows->valid() ? rows->key().substr(prefix.size()) : "";
      const bool is_hot = next != end && (!rows->valid() || next->first <= at);
      const std::string key = is_hot ? next->first : std::string(at);
      SourceAccount account;
      if (is_hot) {
        account = next->second;
      } else {
        HAPAX_ASSIGN(account, decode_row(rows->value(), view));
      }
      const auto parts = split_hour_key(key);
      if (!parts) {
        return damaged(view);
      }
      more = visit(*parts, account);
      if (rows->valid() && at == key) {
        rows->next();
      }
      next = is_hot ? std::next(next) : next;
    }
    return rows->status();
  });
}

}  // namespace hapax
