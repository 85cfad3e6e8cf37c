// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/exact_sum.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <span>

namespace hapax {
namespace {

__extension__ using Double64 = unsigned __int128;

constexpr std::uint64_t sign_of(std::uint64_t limb) {
  return limb >> 63U != 0 ? ~std::uint64_t{0} : 0;
}

/// A double as a multiple of 2^-1120: two limbs in their place, and what all above them hold.
struct Term {
  std::size_t limb = 0;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::uint64_t sign = 0;
};

/// Of a value that is not 0.
Term term_of(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const std::uint64_t exponent = bits >> 52U & 0x7FFU;
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52U) - 1);
  const std::uint64_t mantissa = exponent == 0 ? fraction : fraction | std::uint64_t{1} << 52U;
  // A subnormal's last bit is worth 2^-1074, which is bit 46.
  const std::uint64_t position = std::max<std::uint64_t>(exponent, 1) + 45;
  auto wide = static_cast<Double64>(mantissa) << (position & 63U);
  const bool negative = bits >> 63U != 0;
  if (negative) {
    wide = -wide;
  }
  return {.limb = position / 64,
          .low = static_cast<std::uint64_t>(wide),
          .high = static_cast<std::uint64_t>(wide >> 64U),
          .sign = negative ? ~std::uint64_t{0} : 0};
}

/// left + right + carry; `carry` becomes what is carried on.
std::uint64_t add_limbs(std::uint64_t left, std::uint64_t right, std::uint64_t& carry) {
  const auto sum = static_cast<Double64>(left) + right + carry;
  carry = static_cast<std::uint64_t>(sum >> 64U);
  return static_cast<std::uint64_t>(sum);
}

/// True when the signs of what was added agree and that of the sum does not.
bool overflowed(std::uint64_t left, std::uint64_t right, std::uint64_t sum) {
  return ((left ^ sum) & (right ^ sum)) >> 63U != 0;
}

/// Adds `term`, `at` being the place of its low limb. The sum fits, or false and nothing changed.
template <std::size_t N>
bool add_term(std::array<std::uint64_t, N>& limbs, std::size_t at, const Term& term) {
  const std::uint64_t top = limbs[N - 1];
  std::uint64_t carry = 0;
  std::array<std::uint64_t, N> sum = limbs;
  sum[at] = add_limbs(limbs[at], term.low, carry);
  sum[at + 1] = add_limbs(limbs[at + 1], term.high, carry);
  for (std::size_t i = at + 2; i < N; ++i) {
    sum[i] = add_limbs(limbs[i], term.sign, carry);
  }
  if (overflowed(top, term.sign, sum[N - 1])) {
    return false;
  }
  limbs = sum;
  return true;
}

/// The same for the wide one, which has room for any sum: a carry ends where nothing changes.
template <std::size_t N>
void add_term_in_place(std::array<std::uint64_t, N>& limbs, const Term& term) {
  std::uint64_t carry = 0;
  limbs[term.limb] = add_limbs(limbs[term.limb], term.low, carry);
  limbs[term.limb + 1] = add_limbs(limbs[term.limb + 1], term.high, carry);
  for (std::size_t i = term.limb + 2; i < N && carry != (term.sign & 1U); ++i) {
    limbs[i] = add_limbs(limbs[i], term.sign, carry);
  }
}

template <std::size_t N>
bool add_all(std::array<std::uint64_t, N>& limbs, const std::array<std::uint64_t, N>& others) {
  std::uint64_t carry = 0;
  std::array<std::uint64_t, N> sum{};
  for (std::size_t i = 0; i < N; ++i) {
    sum[i] = add_limbs(limbs[i], others[i], carry);
  }
  if (overflowed(limbs[N - 1], others[N - 1], sum[N - 1])) {
    return false;
  }
  limbs = sum;
  return true;
}

template <std::size_t N>
void negate(std::array<std::uint64_t, N>& limbs) {
  std::uint64_t carry = 1;
  for (std::uint64_t& limb : limbs) {
    limb = add_limbs(~limb, 0, carry);
  }
}

/// Divides what is not negative. Returns the remainder.
std::uint64_t divide(std::span<std::uint64_t> limbs, std::uint64_t divisor) {
  Double64 rest = 0;
  for (std::size_t i = limbs.size(); i-- > 0;) {
    rest = rest << 64U | limbs[i];
    limbs[i] = static_cast<std::uint64_t>(rest / divisor);
    rest %= divisor;
  }
  return static_cast<std::uint64_t>(rest);
}

bool bit_at(std::span<const std::uint64_t> limbs, std::size_t bit) {
  return (limbs[bit / 64] >> (bit % 64) & 1U) != 0;
}

bool any_bit_below(std::span<const std::uint64_t> limbs, std::size_t bit) {
  const auto full = limbs.first(bit / 64);
  const bool in_full = std::ranges::any_of(full, [](std::uint64_t limb) { return limb != 0; });
  return in_full || (limbs[bit / 64] & ((std::uint64_t{1} << (bit % 64)) - 1)) != 0;
}

/// The 64 bits from `bit` on.
std::uint64_t bits_from(std::span<const std::uint64_t> limbs, std::size_t bit) {
  const std::size_t limb = bit / 64;
  const std::uint64_t above = limb + 1 < limbs.size() ? limbs[limb + 1] : 0;
  return static_cast<std::uint64_t>((static_cast<Double64>(above) << 64U | limbs[limb]) >>
                                    (bit % 64));
}

/// The highest bit that is set.
std::optional<std::size_t> top_bit(std::span<const std::uint64_t> limbs) {
  for (std::size_t i = limbs.size(); i-- > 0;) {
    if (limbs[i] != 0) {
      return i * 64 + 63 - static_cast<std::size_t>(std::countl_zero(limbs[i]));
    }
  }
  return std::nullopt;
}

}  // namespace

void ExactSum::add(double value) {
  if (value == 0) {
    return;
  }
  const Term term = term_of(value);
  // Its last limb may hold the sign alone: then the number is a narrow one too, but rarely.
  const bool fits = term.limb >= kNarrowFirst && term.limb + 1 < kNarrowFirst + kNarrowLimbs;
  if (!wide_ && fits && add_term(narrow_, term.limb - kNarrowFirst, term)) {
    return;
  }
  add_term_in_place(widen(), term);
}

void ExactSum::combine(const ExactSum& other) {
  if (!wide_ && !other.wide_ && add_all(narrow_, other.narrow_)) {
    return;
  }
  add_all(widen(), other.widened());
}

ExactSum::Wide ExactSum::widened() const {
  if (wide_) {
    return *wide_;
  }
  Wide wide{};
  std::ranges::copy(narrow_, wide.begin() + kNarrowFirst);
  std::fill(wide.begin() + kNarrowFirst + kNarrowLimbs, wide.end(), sign_of(narrow_.back()));
  return wide;
}

ExactSum::Wide& ExactSum::widen() {
  if (!wide_) {
    wide_.emplace(widened());
  }
  return *wide_;
}

double ExactSum::rounded_quotient(std::uint64_t divisor) const {
  Wide limbs = widened();
  const bool negative = sign_of(limbs.back()) != 0;
  if (negative) {
    negate(limbs);
  }
  const bool has_rest = divisor != 1 && divide(limbs, divisor) != 0;
  const std::size_t top = top_bit(limbs).value_or(0);
  // No double has a bit below 2^-1074, and none more than 53.
  constexpr std::size_t kBitMin = -1074 - kExponentMin;
  const std::size_t last = std::max(top, kBitMin + 52) - 52;
  std::uint64_t mantissa = bits_from(limbs, last);
  const bool half = bit_at(limbs, last - 1);
  const bool more = has_rest || any_bit_below(limbs, last - 1);
  if (half && (more || (mantissa & 1U) != 0)) {
    ++mantissa;
  }
  const double magnitude =
      std::ldexp(static_cast<double>(mantissa), static_cast<int>(last) + kExponentMin);
  return negative && mantissa != 0 ? -magnitude : magnitude;
}

void ExactSum::encode(ByteWriter& out) const {
  const Wide limbs = widened();
  std::size_t first = 0;
  while (first < kLimbs && limbs[first] == 0) {
    ++first;
  }
  if (first == kLimbs) {
    out.put_u8(0);
    out.put_u8(0);
    return;
  }
  std::size_t end = kLimbs;
  while (end > first + 1 && limbs[end - 1] == sign_of(limbs[end - 2])) {
    --end;
  }
  out.put_u8(static_cast<std::uint8_t>(first));
  out.put_u8(static_cast<std::uint8_t>(end - first));
  for (std::size_t i = first; i < end; ++i) {
    out.put_u64(limbs[i]);
  }
}

bool ExactSum::decode(ByteReader& in) {
  const std::size_t first = in.u8();
  const std::size_t end = first + in.u8();
  if (end > kLimbs) {
    return false;
  }
  Wide limbs{};
  for (std::size_t i = first; i < end; ++i) {
    limbs[i] = in.u64();
  }
  if (!in.ok()) {
    return false;
  }
  if (first < end) {
    std::fill(limbs.begin() + static_cast<std::ptrdiff_t>(end), limbs.end(),
              sign_of(limbs[end - 1]));
  }
  const bool narrow = first >= kNarrowFirst && end <= kNarrowFirst + kNarrowLimbs;
  ExactSum other;
  if (narrow || first == end) {
    std::copy_n(limbs.begin() + kNarrowFirst, kNarrowLimbs, other.narrow_.begin());
  } else {
    other.wide_.emplace(limbs);
  }
  combine(other);
  return true;
}

}  // namespace hapax
