// SPDX-License-Identifier: Apache-2.0
#include "zones/time_zone.hpp"

#include <algorithm>
#include <limits>

#include "core/nearest.hpp"
#include "zones/zone_data.hpp"

namespace hapax {
namespace {

// No clock is further from UTC (RFC 8536, section 3.2).
constexpr std::int64_t kOffsetMax = std::int64_t{26} * 3600;

Error unknown_zone(std::string_view name) {
  const auto names = zone_names();
  const auto meant = nearest(name, names);
  return {.kind = ErrorKind::kInvalid,
          .message = "there is no time zone \"" + std::string(name) + "\"",
          .hint = meant ? "did you mean \"" + std::string(*meant) + "\"?"
                        : "write a name of the tz database, as \"Europe/Berlin\" or \"UTC\""};
}

}  // namespace

/// Reads a block from the front (RFC 8536, section 3.2).
class TimeZone::Reader {
 public:
  explicit Reader(std::string_view block) : rest_(block) {}

  bool ok() const { return ok_; }

  std::string_view take(std::size_t bytes) {
    ok_ = ok_ && bytes <= rest_.size();
    const auto taken = rest_.substr(0, ok_ ? bytes : 0);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  /// Big-endian, with a sign.
  std::int64_t integer(std::size_t bytes) {
    const auto taken = take(bytes);
    std::uint64_t value =
        !taken.empty() && static_cast<std::int8_t>(taken[0]) < 0 ? ~std::uint64_t{0} : 0;
    for (const char byte : taken) {
      value = value << 8U | static_cast<std::uint8_t>(byte);
    }
    return static_cast<std::int64_t>(value);
  }
  std::size_t count() { return static_cast<std::size_t>(integer(4)); }

  /// Between two line feeds.
  std::string_view footer() const {
    return ok_ && rest_.size() >= 2 ? rest_.substr(1, rest_.size() - 2) : std::string_view();
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

Result<TimeZone> TimeZone::find(std::string_view name) {
  const auto block = find_zone_data(name);
  if (!block) {
    return unknown_zone(name);
  }
  constexpr std::size_t kBeforeCounts = 20;
  Reader reader(*block);
  reader.take(kBeforeCounts);
  const std::size_t isut = reader.count();
  const std::size_t isstd = reader.count();
  const std::size_t leaps = reader.count();
  const std::size_t times = reader.count();
  const std::size_t types = reader.count();
  const std::size_t letters = reader.count();

  TimeZone zone;
  zone.name_ = name;
  for (std::size_t i = 0; i < times && reader.ok(); ++i) {
    zone.transitions_.push_back(reader.integer(8));
  }
  const std::string_view type_of = reader.take(times);
  std::vector<std::int64_t> offsets;
  for (std::size_t i = 0; i < types && reader.ok(); ++i) {
    offsets.push_back(reader.integer(4));
    reader.take(2);  // Whether it is summer time, and its name.
  }
  reader.take(letters + leaps * 12 + isstd + isut);
  const std::string_view footer = reader.footer();
  zone.afterwards_ = PosixRule::parse(footer);
  bool fits = reader.ok() && !offsets.empty() && (footer.empty() || zone.afterwards_);
  for (const char type : type_of) {
    const auto index = static_cast<std::uint8_t>(type);
    fits = fits && index < offsets.size();
    zone.offsets_.push_back(fits ? offsets[index] : 0);
  }
  if (!fits) {
    return Error{.kind = ErrorKind::kInternal,
                 .message = "the built-in rules of " + zone.name_ + " cannot be read"};
  }
  zone.first_offset_ = offsets[0];
  return zone;
}

ZoneSpan TimeZone::span_at(std::int64_t second) const {
  const auto next = std::upper_bound(transitions_.begin(), transitions_.end(), second);
  const auto index = static_cast<std::size_t>(next - transitions_.begin());
  ZoneSpan span{
      .begin = index > 0 ? transitions_[index - 1] : std::numeric_limits<std::int64_t>::min(),
      .end = next != transitions_.end() ? *next : std::numeric_limits<std::int64_t>::max(),
      .offset = index > 0 ? offsets_[index - 1] : first_offset_};
  if (next == transitions_.end() && afterwards_) {
    const ZoneSpan ruled = afterwards_->span_at(second);
    span = {.begin = std::max(span.begin, ruled.begin), .end = ruled.end, .offset = ruled.offset};
  }
  return span;
}

std::int64_t TimeZone::first_reach(std::int64_t local) const {
  // Before this the clock cannot have reached it.
  ZoneSpan span = span_at(local - kOffsetMax);
  while (span.end <= local - span.offset) {
    span = span_at(span.end);
  }
  return std::max(span.begin, local - span.offset);
}

}  // namespace hapax
