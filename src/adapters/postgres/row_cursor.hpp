// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/postgres/handles.hpp"
#include "adapters/postgres/session.hpp"
#include "adapters/postgres/settings.hpp"
#include "adapters/postgres/texts.hpp"
#include "core/result.hpp"
#include "ports/state_store.hpp"

namespace hapax::postgres {

/// Over the rows of one table in all partitions, in a transaction that sees one moment. Rows come a
/// page at a time: a small one at first, then as many as settings allow, or as a few MiB have.
/// Lifetime: what it is made of must outlive it.
class RowCursor : public StateCursor {
 public:
  RowCursor(Session& session, const Texts& texts, const PostgresSettings& settings,
            std::string_view table, std::string to);

  void seek(std::string_view key) override;
  void next() override;
  bool valid() const override { return at_ < rows_.size(); }
  std::string_view key() const override { return rows_[at_].key; }
  std::string_view value() const override;
  std::uint32_t part() const override { return rows_[at_].part; }
  Result<void> status() const override { return status_; }

 private:
  struct Row {
    std::string key;
    std::uint32_t part;
    int row;  // In the page.
  };

  void read_page(const std::string& text, std::string_view head);
  void take_page(std::string_view from);
  void skip_what_is_outside(std::string_view from);

  Session& session_;
  const Texts& texts_;
  const PostgresSettings& settings_;
  const std::string table_;
  const std::string to_;
  std::string last_head_;  // Of the page.
  bool is_last_page_ = true;
  std::size_t page_rows_;  // Of the next one.
  ResultHandle page_;
  std::vector<Row> rows_;  // Of the page; in order.
  std::size_t at_ = 0;
  Result<void> status_;
};

}  // namespace hapax::postgres
