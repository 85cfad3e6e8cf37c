// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/hyper_log_log.hpp"

#include <cmath>
#include <limits>

namespace hapax {
namespace {

// Only +, -, *, / and sqrt, which IEEE 754 rounds one way: the estimate is the same everywhere.

/// x + sum over k >= 1 of x^(2^k) * 2^(k-1).
double sigma(double x) {
  if (x == 1) {
    return std::numeric_limits<double>::infinity();
  }
  double weight = 1;
  double sum = x;
  for (double before = -1; before != sum;) {
    before = sum;
    x *= x;
    sum += x * weight;
    weight += weight;
  }
  return sum;
}

/// (1 - x - sum over k >= 1 of (1 - x^(2^-k))^2 * 2^-k) / 3.
double tau(double x) {
  if (x == 0 || x == 1) {
    return 0;
  }
  double weight = 1;
  double sum = 1 - x;
  for (double before = -1; before != sum;) {
    before = sum;
    x = std::sqrt(x);
    weight /= 2;
    sum -= (1 - x) * (1 - x) * weight;
  }
  return sum / 3;
}

}  // namespace

double HyperLogLog::estimate() const {
  std::array<std::uint32_t, kRankMax + 1> with_rank{};
  for (const std::uint8_t rank : ranks_) {
    ++with_rank[rank];
  }
  constexpr auto kCount = static_cast<double>(kRegisters);
  double sum = kCount * tau(1 - with_rank[kRankMax] / kCount);
  for (std::size_t rank = kRankMax - 1; rank >= 1; --rank) {
    sum = (sum + with_rank[rank]) / 2;
  }
  sum += kCount * sigma(with_rank[0] / kCount);
  constexpr double kTwiceLog2 = 1.3862943611198906;
  return kCount * kCount / (kTwiceLog2 * sum);
}

}  // namespace hapax
