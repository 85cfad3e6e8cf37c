# SPDX-License-Identifier: Apache-2.0
"""The interval of a median that takes nothing for granted of how the values are distributed."""

import dataclasses
import math
import statistics

CONFIDENCE_WANTED = 0.95


@dataclasses.dataclass(frozen=True)
class Median:
    value: float
    low: float
    high: float
    confidence: float  # That the true median is from low to high, 0 to 1.


def median_with_interval(values):
    """From the k-th least to the k-th greatest value, k as large as 95 % allow.

    Each value is as likely below the true median as above. So it is outside the interval when fewer
    than k of n tosses of a coin show heads, or fewer than k tails. Fewer than 6 values never come to
    95 %: their interval is from the least to the greatest, and says what it comes to.
    """
    ordered, k = sorted(values), 1
    while 2 * (k + 1) <= len(ordered) and confidence(len(ordered), k + 1) >= CONFIDENCE_WANTED:
        k += 1
    return Median(statistics.median(ordered), ordered[k - 1], ordered[-k], confidence(len(ordered), k))


def confidence(count, k):
    return 1 - 2 * sum(math.comb(count, heads) for heads in range(k)) / 2**count
