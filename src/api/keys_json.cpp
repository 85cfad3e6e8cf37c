// SPDX-License-Identifier: Apache-2.0
#include "api/keys_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace hapax {
namespace {

using Json = nlohmann::ordered_json;

std::string begin_of(std::string_view key) {
  constexpr std::size_t kShownMax = 4;
  constexpr std::size_t kPart = 4;
  return std::string(key.substr(0, std::min(kShownMax, key.size() / kPart)));
}

Json of_all_sources(const KeySet& keys) {
  Json list = Json::array();
  for (const std::string& key : keys) {
    list.push_back({{"begins", begin_of(key)}});
  }
  return list;
}

/// Whether somebody who has `key` may do more than send.
bool may_read(const ConfiguredKeys& keys, std::string_view key) {
  return keys.read.contains(key) || keys.event.contains(key) || keys.admin.contains(key);
}

Json write_key(const ConfiguredKeys& keys, const std::string& key, const std::string& source) {
  Json json{{"source", source}, {"begins", begin_of(key)}};
  if (!may_read(keys, key)) {
    json["key"] = key;
  }
  return json;
}

}  // namespace

std::string keys_json(const ConfiguredKeys& keys) {
  Json write = Json::array();
  for (const auto& [key, source] : keys.write) {
    write.push_back(write_key(keys, key, source));
  }
  Json read = Json::array();
  for (const auto& [key, sources] : keys.read) {
    read.push_back({{"sources", sources}, {"begins", begin_of(key)}});
  }
  const Json json{{"write_keys", write},
                  {"write_open", keys.write.empty()},
                  {"read_keys", read},
                  {"event_keys", of_all_sources(keys.event)},
                  {"admin_keys", of_all_sources(keys.admin)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace hapax
