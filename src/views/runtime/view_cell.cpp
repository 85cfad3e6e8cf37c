// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/view_cell.hpp"

#include <algorithm>
#include <numeric>
#include <variant>
#include <vector>

namespace hapax {
namespace {

/// Of a size: heavy groups follow the measures.
constexpr std::uint64_t kHasHeavy = std::uint64_t{1} << 63U;

void encode_heavy(const std::vector<HeavyFound>& heavy, ByteWriter& out) {
  out.put_u32(static_cast<std::uint32_t>(heavy.size()));
  for (const HeavyFound& one : heavy) {
    out.put_string(one.bytes);
    out.put_u8(one.is_cut ? 1 : 0);
    out.put_u64(one.count);
    out.put_u64(one.error);
  }
}

std::vector<HeavyFound> decode_heavy(ByteReader& in) {
  std::vector<HeavyFound> heavy;
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    HeavyFound& one = heavy.emplace_back(HeavyFound{.bytes = in.string()});
    one.is_cut = in.u8() != 0;
    one.count = in.u64();
    one.error = in.u64();
  }
  return heavy;
}

/// Reads what encode_value() wrote; of `cell` the measures that do not grow are taken in.
std::optional<ViewCellValue> read_value(ByteReader& in, MeasureSet& measures, Microseconds length) {
  ViewCellValue value{.revision = in.u64()};
  const std::uint64_t size = in.u64();
  value.size = size & ~kHasHeavy;
  auto results = measures.decode_summary(in, length);
  if (!results) {
    return std::nullopt;
  }
  value.results = std::move(*results);
  value.heavy = (size & kHasHeavy) != 0 ? decode_heavy(in) : std::vector<HeavyFound>();
  return in.ok() ? std::optional(std::move(value)) : std::nullopt;
}

bool combine(ByteReader& in, ViewCell& cell) {
  const auto value = read_value(in, cell.measures, Microseconds::zero());
  cell.revision += value ? value->revision : 0;
  cell.size += value ? value->size : 0;
  return value.has_value();
}

/// Of top: events that have a value, or with estimates not fewer.
std::uint64_t events_of(const std::vector<TopValue>& listed, std::uint64_t other) {
  return std::accumulate(listed.begin(), listed.end(), other,
                         [](std::uint64_t sum, const TopValue& one) { return sum + one.count; });
}

/// Whether what is stored of a cell comes to what its summary says. A former version listed nothing
/// that is beyond the limit of top: it is listed now, where the cell has all of it.
bool is_same(const MeasureResult& now, const MeasureResult& stored) {
  if (now == stored) {
    return true;
  }
  const auto* listed = std::get_if<std::vector<TopValue>>(&now.answer);
  const auto* before = std::get_if<std::vector<TopValue>>(&stored.answer);
  const bool is_of_former = before != nullptr && !stored.exact &&
                            std::ranges::none_of(*before, [](auto& one) { return one.error > 0; });
  return listed != nullptr && is_of_former &&
         events_of(*listed, now.other) >= events_of(*before, stored.other);
}

}  // namespace

void CellDelta::encode(ByteWriter& out) {
  measures_.encode(out);
  if (heavy_.size() > 0) {
    heavy_.encode(out);
  }
}

bool CellDelta::decode(ByteReader& in) {
  return measures_.decode(in) && (in.at_end() || heavy_.decode(in));
}

void ViewCell::combine(const ViewCell& other) {
  measures.combine(other.measures);
  size += other.size;
  revision += other.revision;
  if (other.heavy) {
    heavy ? heavy->combine(*other.heavy) : heavy.emplace(*other.heavy);
  }
}

void ViewCell::count_group(const HeavyItem& group, std::uint64_t count) {
  if (!heavy) {
    heavy.emplace();
  }
  heavy->add(group, count);
}

std::vector<HeavyFound> ViewCell::heavy_groups() const {
  const bool is_complete = heavy && heavy->total() == size;
  return is_complete ? heavy->heavy() : std::vector<HeavyFound>();
}

std::size_t ViewCell::bytes() const {
  return measures.bytes() + (heavy ? sizeof(*heavy) + heavy->bytes() : 0);
}

CellDelta ViewCell::take_delta() {
  return {measures.take_delta(), heavy ? heavy->take_delta() : HeavySketch()};
}

bool ViewCell::decode_delta(ByteReader& in) {
  if (!measures.decode_delta(in)) {
    return false;
  }
  if (in.at_end()) {
    return true;
  }
  if (!heavy) {
    heavy.emplace();
  }
  return heavy->decode(in);
}

std::string encode_summary(const ViewCell& cell, const RunList& runs) {
  std::string encoded = encode_value(cell);
  if (!encoded.empty()) {
    ByteWriter out(encoded);
    runs.encode(out);
  }
  return encoded;
}

bool holds_nothing(std::string_view value) {
  ByteReader in(value);
  in.u64();  // The revision.
  const bool is_empty = in.u64() == 0;
  return value.empty() || (is_empty && in.ok());
}

std::string encode_value(const ViewCell& cell) {
  std::string encoded;
  if (cell.size == 0 && cell.revision == 0) {
    return encoded;
  }
  ByteWriter out(encoded);
  out.put_u64(cell.revision);
  out.put_u64(cell.size | (cell.heavy ? kHasHeavy : 0));
  cell.measures.encode_summary(out);
  if (cell.heavy) {
    encode_heavy(cell.heavy_groups(), out);
  }
  return encoded;
}

std::optional<ViewCellValue> decode_value(std::string_view bytes, const MeasurePlan& plan,
                                          Microseconds length) {
  ByteReader in(bytes);
  MeasureSet measures(plan);
  return read_value(in, measures, length);
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
  const auto value = read_value(in, stored.cell.measures, Microseconds::zero());
  stored.runs.decode(in);
  if (!value || !in.ok() || !in.at_end() ||
      (value->size == 0 && (value->revision == 0 || !stored.runs.numbers().empty()))) {
    return damaged_cell(table);
  }
  stored.cell.revision = value->revision;
  stored.cell.size = value->size;
  for (const std::uint32_t number : stored.runs.numbers()) {
    HAPAX_TRY(read_run(store, table, cell_key, number,
                       [&](ByteReader& run) { return stored.cell.decode_delta(run); }));
  }
  if (!std::ranges::equal(stored.cell.measures.finalize(Microseconds::zero()), value->results,
                          is_same) ||
      stored.cell.heavy_groups() != value->heavy) {
    return damaged_cell(table);
  }
  return std::optional(std::move(stored));
}

}  // namespace hapax
