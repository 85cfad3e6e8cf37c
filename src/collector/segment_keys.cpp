// SPDX-License-Identifier: Apache-2.0
#include "collector/segment_keys.hpp"

#include <cstddef>
#include <cstring>

namespace hapax {
namespace {

// Of a key that is as long as `name`: the compiler makes a comparison of a few words of it.
template <std::size_t Size>
bool is(std::string_view key, const char (&name)[Size]) {
  return std::memcmp(key.data(), name, Size - 1) == 0;
}

template <std::size_t Size>
KnownSegmentKey either(std::string_view key, const char (&name)[Size], KnownSegmentKey known) {
  return is(key, name) ? known : KnownSegmentKey{};
}

}  // namespace

KnownSegmentKey find_segment_key(std::string_view key) {
  using enum SegmentKey;
  using Field = SegmentEvent;
  if (key.size() < 4) {
    return {};
  }
  switch (key.size() * 256 + static_cast<std::uint8_t>(key[0])) {
    case 4 * 256 + 't':
      return either(key, "type", {kText, Field::kType});
    case 4 * 256 + 'n':
      return either(key, "name", {kText, Field::kName});
    case 5 * 256 + 'e':
      return either(key, "event", {kText, Field::kEvent});
    case 5 * 256 + 'b':
      return either(key, "batch", {kBatch});
    case 6 * 256 + 'u':
      return either(key, "userId", {kText, Field::kUserId});
    case 6 * 256 + 't':
      return either(key, "traits", {kTraits, Field::kTraits});
    case 6 * 256 + 's':
      return either(key, "sentAt", {kSentAt});
    case 7 * 256 + 'g':
      return either(key, "groupId", {kText, Field::kGroupId});
    case 7 * 256 + 'c':
      return either(key, "context", {kContext, Field::kContext});
    case 8 * 256 + 'w':
      return either(key, "writeKey", {kWriteKey});
    case 8 * 256 + 'c':
      return either(key, "category", {kText, Field::kCategory});
    case 8 * 256 + 's':
      return either(key, "sequence", {kSequence});
    case 9 * 256 + 'm':
      return either(key, "messageId", {kText, Field::kMessageId});
    case 9 * 256 + 't':
      return either(key, "timestamp", {kTimestamp});
    case 9 * 256 + 's':
      return either(key, "sessionId", {kText, Field::kSessionId});
    case 9 * 256 + 'n':
      return either(key, "numbering", {kNumbering});
    case 10 * 256 + 'p':
      return is(key, "previousId") ? KnownSegmentKey{kText, Field::kPreviousId}
                                   : either(key, "properties", {kProperties, Field::kProperties});
    case 11 * 256 + 'a':
      return either(key, "anonymousId", {kText, Field::kAnonymousId});
    case 17 * 256 + 'o':
      return either(key, "originalTimestamp", {kOriginalTimestamp});
    default:
      return {};
  }
}

}  // namespace hapax
