// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Names and keys in the state folder: docs/formats/state.md. Stored: never change.
namespace hapax::state_format {

/// Value of kFormatKey in the root family.
inline constexpr std::string_view kFormat = "3";
inline constexpr std::string_view kFormatKey = "format";
/// What only the root of a folder of format 2 holds; it has no kFormatKey.
inline constexpr std::string_view kFormat2Key = "meta";

/// Keys of the root family, sorted: kFormatKey, then "manifest/<owner>", then
/// "table/<owner>/<name>".
inline constexpr std::string_view kManifestPrefix = "manifest/";
inline constexpr std::string_view kTablePrefix = "table/";
inline constexpr std::string_view kTablesEnd = "table0";  // '0' follows '/'.

/// "processor/cells", as StateDb knows a table of an owner.
std::string table_name(std::string_view owner, std::string_view table);

/// "processor/cells#12": no two families have one number, so that what a cut write left is never
/// taken for a table.
std::string family_name(std::string_view table, std::uint64_t number);
/// "processor/cells" of "processor/cells#12".
std::string_view table_of_family(std::string_view family);
/// 0 when `family` is of another kind.
std::uint64_t number_of_family(std::string_view family);

}  // namespace hapax::state_format
