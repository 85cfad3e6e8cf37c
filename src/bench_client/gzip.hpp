// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct libdeflate_compressor;

namespace hapax::bench {

/// Makes gzip members with libdeflate. Threading: one owner.
class GzipCompressor {
 public:
  explicit GzipCompressor(int level);

  /// Appends `text`, compressed, to `out`.
  void append(std::string_view text, std::string& out);

 private:
  struct Free {
    void operator()(libdeflate_compressor* compressor) const;
  };
  std::unique_ptr<libdeflate_compressor, Free> compressor_;
};

}  // namespace hapax::bench
