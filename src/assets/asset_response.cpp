// SPDX-License-Identifier: Apache-2.0
#include "assets/asset_response.hpp"

#include <string>

#include "assets/content_coding.hpp"

namespace hapax {
namespace {

/// A worker takes its policy from its own answer: so every file has it.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; worker-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

struct Form {
  std::string_view coding;  ///< Empty: as it is.
  std::string_view bytes;
};

Form best_form(const HttpRequest& request, const Asset& asset) {
  if (!asset.brotli.empty() && accepts_coding(request.accept_encoding, "br")) {
    return {"br", asset.brotli};
  }
  if (!asset.gzip.empty() && accepts_coding(request.accept_encoding, "gzip")) {
    return {"gzip", asset.gzip};
  }
  return {"", asset.plain};
}

/// Each form has a tag of its own (RFC 9110, 8.8.3.3).
std::string tag_of(const Asset& asset, const Form& form) {
  std::string tag = "\"" + std::string(asset.etag);
  if (!form.coding.empty()) {
    tag.append("-").append(form.coding);
  }
  return tag + "\"";
}

/// By weak comparison (RFC 9110, 13.1.2): a proxy may have put W/ in front. Our tags have no comma.
bool has_tag(std::string_view if_none_match, const std::string& tag) {
  return if_none_match == "*" || if_none_match.find(tag) != std::string_view::npos;
}

void add_security_headers(const Asset& asset, HttpResponse& response) {
  auto& headers = response.headers;
  headers.emplace_back("Content-Security-Policy", kPolicy);
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("X-Frame-Options", "DENY");
  headers.emplace_back("Referrer-Policy", "no-referrer");
  headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  headers.emplace_back("Cross-Origin-Resource-Policy",
                       asset.is_shared ? "cross-origin" : "same-origin");
  if (asset.is_shared) {
    headers.emplace_back("Access-Control-Allow-Origin", "*");
  }
}

}  // namespace

HttpResponse asset_response(const HttpRequest& request, const Asset& asset) {
  const Form form = best_form(request, asset);
  const std::string tag = tag_of(asset, form);
  HttpResponse response{
      .content_type = std::string(asset.content_type),
      .headers = {
          {"ETag", tag},
          {"Vary", "Accept, Accept-Encoding"},
          {"Cache-Control", asset.immutable ? "public, max-age=31536000, immutable" : "no-cache"}}};
  add_security_headers(asset, response);
  if (has_tag(request.if_none_match, tag)) {
    response.status = 304;
    return response;
  }
  if (!form.coding.empty()) {
    response.headers.emplace_back("Content-Encoding", form.coding);
  }
  response.body = form.bytes;
  return response;
}

}  // namespace hapax
