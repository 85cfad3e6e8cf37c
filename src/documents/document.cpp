// SPDX-License-Identifier: Apache-2.0
#include "documents/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "hash/hash.hpp"

namespace hapax {
namespace {

constexpr std::string_view kPrefix = "hapax-";
constexpr std::string_view kVersion = "1";

bool is_word(char c) {
  return ('a' <= c && c <= 'z') || ('0' <= c && c <= '9');
}

std::string checksum(std::string_view text) {
  return fmt::format("{:08x}", crc32c(std::as_bytes(std::span(text))));
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    words.push_back(line.substr(0, line.find(' ')));
    line.remove_prefix(std::min(line.size(), words.back().size() + 1));
  }
  return words;
}

Error damaged(std::string why) {
  return {.kind = ErrorKind::kCorrupt,
          .message = std::move(why),
          .hint = "put the file back from a backup, or write it anew"};
}

}  // namespace

bool is_document_id(std::string_view text) {
  return !text.empty() && text.size() <= kDocumentIdBytesMax && is_word(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_word(c) || c == '-' || c == '_'; });
}

std::string encode_document(std::string_view kind, const Document& document) {
  return fmt::format("{}{} {} {} {}\n{}", kPrefix, kind, kVersion, document.revision,
                     checksum(document.text), document.text);
}

Result<Document> decode_document(std::string_view kind, std::string_view file) {
  const std::size_t end = file.find('\n');
  const auto words = words_of(file.substr(0, end));
  const std::string magic = std::string(kPrefix).append(kind);
  if (end == std::string_view::npos || words.size() < 2 || words[0] != magic) {
    return damaged(fmt::format("it does not begin with \"{}\"", magic));
  }
  if (words[1] != kVersion) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("it is of format version {}, this program reads {}",
                                        words[1], kVersion),
                 .hint = "start the version of hapax that wrote it"};
  }
  const std::string_view text = file.substr(end + 1);
  if (words.size() != 4 || words[3] != checksum(text)) {
    return damaged("its checksum is wrong");
  }
  return Document{.id = {}, .revision = std::string(words[2]), .text = std::string(text)};
}

}  // namespace hapax
