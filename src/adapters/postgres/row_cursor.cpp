// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/row_cursor.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "adapters/postgres/errors.hpp"
#include "adapters/postgres/question.hpp"

namespace hapax::postgres {
namespace {

constexpr std::size_t kFirstPageRows = 100;
constexpr std::size_t kPageBytes = std::size_t{4} << 20U;  // About; but a row at least.

enum Field { kHead, kRest, kPart, kValue };

}  // namespace

RowCursor::RowCursor(Session& session, const Texts& texts, const PostgresSettings& settings,
                     std::string_view table, std::string to)
    : session_(session),
      texts_(texts),
      settings_(settings),
      table_(table),
      to_(std::move(to)),
      page_rows_(std::min(kFirstPageRows, settings.page_rows)) {}

std::string_view RowCursor::value() const {
  return bytes_in(*page_, rows_[at_].row, kValue);
}

void RowCursor::seek(std::string_view key) {
  const std::string from(key);  // It may be that of a row of this page.
  rows_.clear();
  at_ = 0;
  if (!status_ || from >= to_) {
    is_last_page_ = true;
    return;
  }
  read_page(texts_.page_from, head_of(from));
  take_page(from);
}

void RowCursor::next() {
  ++at_;
  if (!valid() && !is_last_page_) {
    const std::string head = last_head_;
    read_page(texts_.page_behind, head);
    take_page("");
  }
}

/// Takes pages until one has a row that is not before `from`.
void RowCursor::take_page(std::string_view from) {
  skip_what_is_outside(from);
  while (rows_.empty() && !is_last_page_) {
    const std::string head = last_head_;
    read_page(texts_.page_behind, head);
    skip_what_is_outside(from);
  }
}

void RowCursor::read_page(const std::string& text, std::string_view head) {
  rows_.clear();
  at_ = 0;
  is_last_page_ = true;
  auto page =
      session_.ask("read " + table_,
                   Question(text).bytes(table_).bytes(head).bytes(head_of(to_)).int8(page_rows_));
  if (!page) {
    status_ = page.error();
    return;
  }
  page_ = std::move(*page);
  const int count = PQntuples(page_.get());
  std::size_t bytes = 0;
  for (int row = 0; row < count; ++row) {
    std::string key(bytes_in(*page_, row, kHead));
    key += bytes_in(*page_, row, kRest);
    bytes += key.size() + bytes_in(*page_, row, kValue).size();
    rows_.push_back({std::move(key), int4_in(*page_, row, kPart), row});
  }
  is_last_page_ = rows_.size() < page_rows_;
  if (count > 0) {
    last_head_ = bytes_in(*page_, count - 1, kHead);
    page_rows_ =
        std::clamp<std::size_t>(kPageBytes / (bytes / rows_.size() + 1), 1, settings_.page_rows);
  }
}

/// Pages are by the heads of keys, and have the rows of one head in any order.
void RowCursor::skip_what_is_outside(std::string_view from) {
  std::erase_if(rows_, [&](const Row& row) { return row.key < from || row.key >= to_; });
  const auto place = [](const Row& row) { return std::tie(row.key, row.part); };
  if (!std::ranges::is_sorted(rows_, {}, place)) {
    std::ranges::sort(rows_, {}, place);
  }
}

}  // namespace hapax::postgres
