// SPDX-License-Identifier: Apache-2.0
#include "api/board_routes.hpp"

#include <utility>

#include "api/document_changes.hpp"
#include "api/render.hpp"
#include "boards/board.hpp"
#include "http/error_response.hpp"
#include "json/json_text.hpp"

namespace hapax {
namespace {

constexpr DocumentKind kKind{"board", "/api/boards", kBoardsMax, kBoardBytesMax};
/// About what a board occupies in the list.
constexpr std::size_t kEntryBytes = 1024;

/// An object that is not closed yet.
std::string head_of(const Document& document) {
  std::string text = "{\"id\":";
  append_json_string(document.id, text);
  append_json_member("revision", document.revision, text);
  append_json_member("origin", origin_text(document.origin), text);
  return text;
}

/// The board as it is stored, and what is to say of it.
HttpResponse board_response(const Document& document, int status) {
  HttpResponse response{.status = status,
                        .body = head_of(document) + "," + document.text.substr(1)};
  response.headers.push_back(revision_header(document));
  return response;
}

void append_entry(const Document& document, std::string& text) {
  text += head_of(document);
  const auto board = document.damage.empty() ? parse_board(document.text, document.id)
                                             : Error{ErrorKind::kCorrupt, document.damage};
  if (board) {
    append_json_member("name", board->name, text);
    text += ",\"panel_count\":" + std::to_string(board->panels.size());
  } else {
    append_json_member("error", board.error().text(), text);
  }
  text += "}";
}

std::string list_json(const DocumentStore::Documents& documents) {
  std::string text = "{\"boards\":[";
  for (const auto& [id, document] : documents) {
    text += text.ends_with('[') ? "" : ",";
    append_entry(*document, text);
  }
  return text + "]}";
}

}  // namespace

void BoardRoutes::list(const Respond& respond) {
  parts_.renderer.post([this, respond, boards = parts_.boards.current()] {
    respond(render(parts_.answers, boards->size() * kEntryBytes,
                   [&] { return HttpResponse{.body = list_json(*boards)}; }));
  });
}

void BoardRoutes::read(const std::string& id, const Respond& respond) {
  const auto board = parts_.boards.find(id);
  if (board == nullptr) {
    respond(unknown_document(kKind, id, *parts_.boards.current()));
  } else if (!board->damage.empty()) {
    respond(damaged_document(*board));
  } else {
    respond(
        render(parts_.answers, board->text.size(), [&] { return board_response(*board, 200); }));
  }
}

void BoardRoutes::put(const std::string& id, const HttpRequest& request, const Respond& respond) {
  if (auto refused = refused_document(kKind, id, request)) {
    respond(std::move(*refused));
    return;
  }
  const auto expected = expected_of(request);
  if (!expected) {
    respond(error_response(expected.error()));
    return;
  }
  const auto board = parse_board(request.body, id);
  if (!board) {
    respond(error_response(board.error()));
    return;
  }
  std::string text = board_json(*board);
  if (text.size() > kBoardBytesMax) {
    respond(error_response(413, "body_too_large", "the board takes more than it may, written out"));
    return;
  }
  changes_.post([this, id, text = std::move(text), expected = *expected, respond] {
    respond(answer_of(kKind, id, parts_.boards.put(id, text, expected), [](const auto& stored) {
      return board_response(*stored.now, status_of(stored));
    }));
  });
}

void BoardRoutes::drop(const std::string& id, const HttpRequest& request, const Respond& respond) {
  const auto expected = expected_of(request);
  if (!expected) {
    respond(error_response(expected.error()));
    return;
  }
  changes_.post([this, id, expected = *expected, respond] {
    respond(answer_of(kKind, id, parts_.boards.remove(id, expected), [&](const auto& dropped) {
      return dropped.now ? board_response(*dropped.now, 200) : dropped_document(id);
    }));
  });
}

}  // namespace hapax
