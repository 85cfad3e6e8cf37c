// SPDX-License-Identifier: Apache-2.0
// Any bytes as the properties of an event: extracting paths reads and writes nothing outside of
// them, and of JSON that another parser reads it gives the same texts.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "views/fields/path_set.hpp"

namespace hapax {
namespace {

const nlohmann::json* find(const nlohmann::json& root, const std::vector<std::string>& path) {
  const nlohmann::json* at = &root;
  for (const std::string& name : path) {
    const auto found = at->is_object() ? at->find(name) : at->end();
    if (found == at->end()) {
      return nullptr;
    }
    at = &*found;
  }
  return at;
}

void require_same(const Value& value, const nlohmann::json* expected) {
  const auto* text = std::get_if<std::string_view>(&value);
  const bool is_text = expected != nullptr && expected->is_string();
  if ((text != nullptr) != is_text || (is_text && *text != expected->get<std::string>())) {
    std::abort();
  }
}

}  // namespace
}  // namespace hapax

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string properties(reinterpret_cast<const char*>(data), size);
  hapax::PathSet paths;
  hapax::FieldValues values;
  const auto root = nlohmann::json::parse(properties, nullptr, false);
  std::vector<std::pair<hapax::Field, hapax::FieldRef>> fields;
  for (const char* path : {"properties.a", "properties.b.c", "properties.a.b", "properties.\"\""}) {
    const auto field = hapax::parse_field(path).value();
    fields.emplace_back(field, paths.add(field));
  }
  paths.extract({.properties = properties}, values);
  // A NUL the other parser takes for the end, and escapes of half a pair for an error.
  if (!root.is_object() || properties.find('\0') != std::string::npos) {
    return 0;
  }
  for (const auto& [field, ref] : fields) {
    hapax::require_same(values[ref.slot], hapax::find(root, field.path));
  }
  return 0;
}
