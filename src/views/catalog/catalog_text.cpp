// SPDX-License-Identifier: Apache-2.0
#include "views/catalog/catalog_text.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "json/json_text.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr std::array<std::pair<ViewOrigin, std::string_view>, 3> kOrigins{
    {{ViewOrigin::kBuiltIn, "built_in"}, {ViewOrigin::kFile, "file"}, {ViewOrigin::kApi, "api"}}};

void append_view(const CatalogView& view, std::string& text) {
  text += "{\"id\":";
  append_json_string(view.id, text);
  append_json_member("origin", origin_text(view.origin), text);
  if (view.retired_at) {
    text += fmt::format(",\"retired_at\":{}", to_micros(*view.retired_at));
  }
  text += ",\"spec\":" + view_json(view.spec) + "}";
}

Error damaged(const std::string& why) {
  return {.kind = ErrorKind::kCorrupt, .message = "it is no catalog of views: " + why};
}

Result<ViewOrigin> parse_origin(const std::string& text) {
  for (const auto& [origin, known] : kOrigins) {
    if (known == text) {
      return origin;
    }
  }
  return damaged("there is no origin \"" + text + "\"");
}

Result<CatalogView> decode_view(const Json& json) {
  HAPAX_ASSIGN(const ViewOrigin origin, parse_origin(json.at("origin").get<std::string>()));
  HAPAX_ASSIGN(ViewSpec spec, parse_view_json(json.at("spec").dump()));
  CatalogView view{
      .id = json.at("id").get<std::string>(), .spec = std::move(spec), .origin = origin};
  if (json.contains("retired_at")) {
    view.retired_at = processing_time_from_micros(json.at("retired_at").get<std::int64_t>());
  }
  return view;
}

/// Throws what the library does when something is missing or of another type.
Result<ViewCatalog> decode(const Json& json) {
  if (const int version = json.at("format").get<int>(); version != kVersion) {
    return Error{
        ErrorKind::kInvalid,
        fmt::format("it is of format version {}, this program reads {}", version, kVersion),
        "start the version of hapax that wrote it"};
  }
  ViewCatalog catalog{.number = json.at("number").get<std::uint32_t>()};
  for (const Json& element : json.at("views")) {
    HAPAX_ASSIGN(CatalogView view, decode_view(element));
    if (!catalog.views.empty() && catalog.views.back().spec.name >= view.spec.name) {
      return damaged("the view \"" + view.spec.name + "\" is not in its place");
    }
    catalog.views.push_back(std::move(view));
  }
  return catalog;
}

}  // namespace

std::string_view origin_text(ViewOrigin origin) {
  for (const auto& [known, text] : kOrigins) {
    if (known == origin) {
      return text;
    }
  }
  return {};
}

std::string encode_catalog(const ViewCatalog& catalog) {
  std::string text =
      fmt::format("{{\"format\":{},\"number\":{},\"views\":[", kVersion, catalog.number);
  for (const CatalogView& view : catalog.views) {
    text += &view == &catalog.views.front() ? "\n" : ",\n";
    append_view(view, text);
  }
  return text + "\n]}\n";
}

Result<ViewCatalog> decode_catalog(std::string_view text) {
  try {
    return decode(Json::parse(text));
  } catch (const Json::exception& error) {
    return damaged(error.what());
  }
}

}  // namespace hapax
