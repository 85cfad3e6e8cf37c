// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace hapax {

/// Who made a document.
enum class DocumentOrigin : std::uint8_t {
  kMade,  ///< It comes with the program.
  kOwn,   ///< A user did, perhaps in place of one that is made.
};

/// A text under a name, as it is now.
struct Document {
  std::string id;        ///< is_document_id().
  std::string revision;  ///< Another one after each change; of printable ASCII, without quotes.
  DocumentOrigin origin = DocumentOrigin::kOwn;
  std::string text;
  /// Why the text of the file cannot be read; empty: it can. Then `text` is empty.
  std::string damage = {};
};

constexpr std::size_t kDocumentIdBytesMax = 64;

/// a-z, 0-9, '-' and '_', beginning with a letter or a digit, at most kDocumentIdBytesMax bytes: a
/// name of a file and of a path, too.
bool is_document_id(std::string_view text);

/// What a change is made of. With neither it changes whatever is there.
struct ExpectedDocument {
  std::optional<std::string> revision = {};  ///< Only of that; "*": of any that is there.
  bool absent = false;                       ///< Only where nothing is there yet.
};

/// A file: the line "hapax-<kind> 1 <revision> <crc32c of the text, 8 hex digits>", and the text
/// (docs/formats/documents.md).
std::string encode_document(std::string_view kind, const Document& document);
/// Without id. Errors: kCorrupt, these bytes are not what was written; kInvalid, another version of
/// the program wrote them.
Result<Document> decode_document(std::string_view kind, std::string_view file);

}  // namespace hapax
