// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace hapax {

/// A file that is part of the binary. All texts live as long as the program.
struct Asset {
  std::string_view path = {};          ///< Where it is served: "/assets/index-4f2a.js".
  std::string_view content_type = {};  ///< Value of the header.
  std::string_view etag =
      {};                  ///< Of the file as it is, without quotes: differs when the file does.
  bool immutable = false;  ///< Its path has a hash of it: under this path it never changes.
  bool is_shared = false;  ///< For pages of any origin, as a script that they include.
  std::string_view plain = {};   ///< The file.
  std::string_view gzip = {};    ///< The same, compressed; empty: not worth it.
  std::string_view brotli = {};  ///< Likewise.
};

using Assets = std::span<const Asset>;

/// The one that is served at `path`; null: there is none.
const Asset* find_asset(Assets assets, std::string_view path);

/// What this build carries: the dashboard and our SDK's script, or nothing when it was built
/// without them (HAPAX_DASHBOARD=OFF).
Assets embedded_assets();

}  // namespace hapax
