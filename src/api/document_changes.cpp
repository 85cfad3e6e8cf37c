// SPDX-License-Identifier: Apache-2.0
#include "api/document_changes.hpp"

#include <fmt/format.h>

#include <vector>

#include "core/nearest.hpp"
#include "http/error_response.hpp"
#include "json/json_text.hpp"

namespace hapax {
namespace {

bool is_quoted(std::string_view text) {
  return text.size() > 2 && text.starts_with('"') && text.ends_with('"') &&
         text.substr(1, text.size() - 2).find('"') == std::string_view::npos;
}

HttpResponse changed_meanwhile(const DocumentKind& kind, const std::string& id,
                               const Document* now) {
  const std::string why =
      now == nullptr
          ? fmt::format("there is no {} \"{}\" any more", kind.word, id)
          : fmt::format("the {} \"{}\" is of revision \"{}\" now", kind.word, id, now->revision);
  return error_response(412, "changed_meanwhile",
                        why + "; read it again, and send the change with its revision");
}

/// Why a change was not made; nothing: it was.
std::optional<HttpResponse> refused_change(const DocumentKind& kind, const std::string& id,
                                           const DocumentStore::Changed& changed) {
  switch (changed.change) {
    case DocumentChange::kAdded:
    case DocumentChange::kChanged:
    case DocumentChange::kSame:
    case DocumentChange::kRemoved:
      return std::nullopt;
    case DocumentChange::kChangedMeanwhile:
      return changed_meanwhile(kind, id, changed.now.get());
    case DocumentChange::kUnknown:
      return unknown_document(kind, id, {});
    case DocumentChange::kMade:
      return error_response(409, "conflict",
                            fmt::format("the {} \"{}\" comes with the program; it can be changed, "
                                        "not removed",
                                        kind.word, id));
    case DocumentChange::kTooMany:
      return error_response(409, "conflict",
                            fmt::format("there are {} {}s, and no more are kept; remove one",
                                        kind.documents_max, kind.word));
  }
  return std::nullopt;
}

}  // namespace

Result<ExpectedDocument> expected_of(const HttpRequest& request) {
  ExpectedDocument expected;
  const std::string& match = request.if_match;
  if (match == "*" || is_quoted(match)) {
    expected.revision = match == "*" ? match : match.substr(1, match.size() - 2);
  } else if (!match.empty()) {
    return Error{
        ErrorKind::kInvalid, "If-Match: " + match + " is no revision",
        "write it in double quotes, as the answer said it: If-Match: \"5f0c6f9be2c1d4a7\""};
  }
  expected.absent = request.if_none_match == "*";
  if (!request.if_none_match.empty() && !expected.absent) {
    return Error{ErrorKind::kInvalid, "If-None-Match: " + request.if_none_match + " is not taken",
                 "write If-None-Match: * to change nothing that is there"};
  }
  return expected;
}

std::optional<HttpResponse> refused_document(const DocumentKind& kind, const std::string& id,
                                             const HttpRequest& request) {
  if (!is_document_id(id)) {
    return error_response(400, "invalid_request",
                          fmt::format("\"{}\" cannot name a {}; use a-z, 0-9, - and _, beginning "
                                      "with a letter or a digit, at most {} bytes",
                                      id, kind.word, kDocumentIdBytesMax));
  }
  if (!request.content_encoding.empty() && request.content_encoding != "identity") {
    return error_response(415, "unsupported_encoding",
                          fmt::format("send the {} as plain JSON", kind.word));
  }
  if (request.body.size() > kind.bytes_max) {
    return error_response(413, "body_too_large",
                          fmt::format("the body has {} bytes, a {} has at most {}",
                                      request.body.size(), kind.word, kind.bytes_max));
  }
  return std::nullopt;
}

HttpResponse answer_of(const DocumentKind& kind, const std::string& id,
                       const Result<DocumentStore::Changed>& changed,
                       const std::function<HttpResponse(const DocumentStore::Changed&)>& made) {
  if (!changed) {
    return error_response(changed.error());
  }
  auto refused = refused_change(kind, id, *changed);
  return refused ? std::move(*refused) : made(*changed);
}

int status_of(const DocumentStore::Changed& stored) {
  return stored.change == DocumentChange::kAdded ? 201 : 200;
}

HttpResponse dropped_document(const std::string& id) {
  HttpResponse response{.body = "{\"id\":"};
  append_json_string(id, response.body);
  response.body += ",\"dropped\":true}";
  return response;
}

HttpResponse unknown_document(const DocumentKind& kind, const std::string& id,
                              const DocumentStore::Documents& documents) {
  std::vector<std::string_view> known;
  for (const auto& [name, document] : documents) {
    known.push_back(name);
  }
  const auto meant = nearest(id, known);
  return error_response(404, fmt::format("unknown_{}", kind.word),
                        fmt::format("there is no {} \"{}\"; {}", kind.word, id,
                                    meant ? fmt::format("did you mean \"{}\"?", *meant)
                                          : fmt::format("GET {} lists all", kind.path)));
}

HttpResponse damaged_document(const Document& document) {
  return error_response(500, "data_damaged", document.damage);
}

std::pair<std::string, std::string> revision_header(const Document& document) {
  return {"ETag", fmt::format("\"{}\"", document.revision)};
}

std::string_view origin_text(DocumentOrigin origin) {
  return origin == DocumentOrigin::kMade ? "made" : "own";
}

}  // namespace hapax
