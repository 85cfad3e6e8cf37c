// SPDX-License-Identifier: Apache-2.0
#include "bench_client/gzip.hpp"

#include <libdeflate.h>

namespace hapax::bench {

void GzipCompressor::Free::operator()(libdeflate_compressor* compressor) const {
  libdeflate_free_compressor(compressor);
}

GzipCompressor::GzipCompressor(int level) : compressor_(libdeflate_alloc_compressor(level)) {}

void GzipCompressor::append(std::string_view text, std::string& out) {
  const auto before = out.size();
  const auto bound = libdeflate_gzip_compress_bound(compressor_.get(), text.size());
  out.resize(before + bound);
  const auto bytes = libdeflate_gzip_compress(compressor_.get(), text.data(), text.size(),
                                              out.data() + before, bound);
  out.resize(before + bytes);
}

}  // namespace hapax::bench
