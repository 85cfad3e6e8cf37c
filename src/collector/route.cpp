// SPDX-License-Identifier: Apache-2.0
#include "collector/route.hpp"

#include <string>

#include "http/url_path.hpp"

namespace hapax {
namespace {

struct Entry {
  std::string_view path;
  EventType type;
};

constexpr std::string_view kImport = "/v1/import";

// Server SDKs use the words, analytics-next the letters, the Java SDK "import", RudderStack's
// browser SDK the beacon, Jitsu's all under /api/s.
constexpr Entry kEntries[] = {
    {"/v1/batch", EventType::kUnspecified},
    {"/v1/b", EventType::kUnspecified},
    {kImport, EventType::kUnspecified},
    {"/v1/track", EventType::kTrack},
    {"/v1/t", EventType::kTrack},
    {"/v1/identify", EventType::kIdentify},
    {"/v1/i", EventType::kIdentify},
    {"/v1/page", EventType::kPage},
    {"/v1/p", EventType::kPage},
    {"/v1/screen", EventType::kScreen},
    {"/v1/s", EventType::kScreen},
    {"/v1/group", EventType::kGroup},
    {"/v1/g", EventType::kGroup},
    {"/v1/alias", EventType::kAlias},
    {"/v1/a", EventType::kAlias},
    {"/beacon/v1/batch", EventType::kUnspecified},
    {"/api/s/batch", EventType::kUnspecified},
    {"/api/s/track", EventType::kTrack},
    {"/api/s/identify", EventType::kIdentify},
    {"/api/s/page", EventType::kPage},
    {"/api/s/screen", EventType::kScreen},
    {"/api/s/group", EventType::kGroup},
    {"/api/s/alias", EventType::kAlias},
    {"/api/s/s2s/batch", EventType::kUnspecified},
    {"/api/s/s2s/track", EventType::kTrack},
    {"/api/s/s2s/identify", EventType::kIdentify},
    {"/api/s/s2s/page", EventType::kPage},
    {"/api/s/s2s/screen", EventType::kScreen},
    {"/api/s/s2s/group", EventType::kGroup},
    {"/api/s/s2s/alias", EventType::kAlias},
};
constexpr std::size_t kPathBytesMax = 64;

}  // namespace

std::optional<SegmentRoute> find_route(std::string_view path) {
  if (path.size() > kPathBytesMax) {
    return std::nullopt;
  }
  const std::string normal = normal_path(path);
  for (const Entry& entry : kEntries) {
    if (normal == entry.path) {
      return SegmentRoute{.type = entry.type, .is_import = entry.path == kImport};
    }
  }
  return std::nullopt;
}

}  // namespace hapax
