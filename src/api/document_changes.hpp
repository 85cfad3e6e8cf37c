// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/result.hpp"
#include "documents/document_store.hpp"
#include "http/http.hpp"

namespace hapax {

// What the routes of boards and of alerts share (docs/http-api.md, "Boards").

/// What is called how: "board", and "/api/boards".
struct DocumentKind {
  std::string_view word;
  std::string_view path;
  std::size_t documents_max;
  std::size_t bytes_max;
};

/// What a request expects to be there, by If-Match and If-None-Match. Errors: kInvalid.
Result<ExpectedDocument> expected_of(const HttpRequest& request);

/// Nothing when `id` may name one, and the body be one.
std::optional<HttpResponse> refused_document(const DocumentKind& kind, const std::string& id,
                                             const HttpRequest& request);

/// What a change is answered with: why it was not made, else what `made` makes of it.
HttpResponse answer_of(const DocumentKind& kind, const std::string& id,
                       const Result<DocumentStore::Changed>& changed,
                       const std::function<HttpResponse(const DocumentStore::Changed&)>& made);
/// 201 of one that is new.
int status_of(const DocumentStore::Changed& stored);
/// Of one that is there no more.
HttpResponse dropped_document(const std::string& id);
HttpResponse unknown_document(const DocumentKind& kind, const std::string& id,
                              const DocumentStore::Documents& documents);
/// Of a file that cannot be read.
HttpResponse damaged_document(const Document& document);

/// The ETag header of that revision.
std::pair<std::string, std::string> revision_header(const Document& document);

std::string_view origin_text(DocumentOrigin origin);

}  // namespace hapax
