// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/view_cell.hpp"

#include <vector>

namespace hapax {
namespace {

bool combine(ByteReader& in, ViewCell& cell) {
  cell.revision += in.u64();
  cell.size += in.u64();
  return cell.measures.decode_summary(in, Microseconds::zero()).has_value() && in.ok();
}

}  // namespace

std::string encode_summary(const ViewCell& cell, const RunList& runs) {
  std::string encoded = encode_value(cell);
  if (!encoded.empty()) {
    ByteWriter out(encoded);
    runs.encode(out);
  }
  return encoded;
}

std::string encode_value(const ViewCell& cell) {
  std::string encoded;
  if (cell.size == 0) {
    return encoded;
  }
  ByteWriter out(encoded);
  out.put_u64(cell.revision);
  out.put_u64(cell.size);
  cell.measures.encode_summary(out);
  return encoded;
}

std::optional<ViewCellValue> decode_value(std::string_view bytes, const MeasurePlan& plan,
                                          Microseconds length) {
  ByteReader in(bytes);
  ViewCellValue value{.revision = in.u64()};
  value.size = in.u64();
  auto results = MeasureSet(plan).decode_summary(in, length);
  if (!results || !in.ok()) {
    return std::nullopt;
  }
  value.results = std::move(*results);
  return value;
}

bool combine_value(std::string_view bytes, ViewCell& cell) {
  ByteReader in(bytes);
  return combine(in, cell);
}

std::optional<RunList> combine_summary(std::string_view bytes, ViewCell& cell) {
  ByteReader in(bytes);
  RunList runs;
  const bool is_whole = combine(in, cell);
  runs.decode(in);
  return is_whole && in.ok() && in.at_end() ? std::optional(std::move(runs)) : std::nullopt;
}

Result<std::optional<StoredViewCell>> load_view_cell(TableReader& store, std::string_view table,
                                                     std::string_view cell_key,
                                                     const MeasurePlan& plan) {
  HAPAX_ASSIGN(const std::optional<std::string> summary, store.find(table, summary_key(cell_key)));
  if (!summary) {
    return std::optional<StoredViewCell>();
  }
  StoredViewCell stored{.cell = ViewCell(plan)};
  ByteReader in(*summary);
  stored.cell.revision = in.u64();
  stored.cell.size = in.u64();
  const auto results = stored.cell.measures.decode_summary(in, Microseconds::zero());
  stored.runs.decode(in);
  if (!results || !in.ok() || !in.at_end() || stored.cell.size == 0) {
    return damaged_cell(table);
  }
  for (const std::uint32_t number : stored.runs.numbers()) {
    HAPAX_TRY(read_run(store, table, cell_key, number,
                       [&](ByteReader& run) { return stored.cell.measures.decode_delta(run); }));
  }
  if (stored.cell.measures.finalize(Microseconds::zero()) != *results) {
    return damaged_cell(table);
  }
  return std::optional(std::move(stored));
}

}  // namespace hapax
