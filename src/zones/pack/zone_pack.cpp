// SPDX-License-Identifier: Apache-2.0
// Writes the time zones of a zoneinfo folder as a C++ source: zone_pack <folder> <output>.
// Names are the zones and links of tzdata.zi; of each compiled file (RFC 8536) its second data
// block, which holds all of it in 64 bits, and the footer. Equal files are written once. The output
// depends on the folder's content alone.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t kHeaderBytes = 44;

[[noreturn]] void stop(const std::string& why) {
  std::cerr << "zone_pack: " << why << "; is the package tzdata installed?\n";
  std::exit(1);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    stop("cannot read " + path);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t count_at(const std::string& file, std::size_t at) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    count = count << 8U | static_cast<std::uint8_t>(file[at + i]);
  }
  return count;
}

/// The second block with its header: all behind the first one.
std::string second_block(const std::string& path) {
  const std::string file = read_file(path);
  if (file.size() < kHeaderBytes || !file.starts_with("TZif") || file[4] < '2') {
    stop(path + " is no TZif file of version 2 or later");
  }
  const std::size_t isut = count_at(file, 20);
  const std::size_t isstd = count_at(file, 24);
  const std::size_t leap = count_at(file, 28);
  const std::size_t times = count_at(file, 32);
  const std::size_t types = count_at(file, 36);
  const std::size_t letters = count_at(file, 40);
  const std::size_t first =
      kHeaderBytes + times * 5 + types * 6 + letters + leap * 8 + isstd + isut;
  if (file.size() < first + kHeaderBytes) {
    stop(path + " ends too early");
  }
  return file.substr(first);
}

struct Index {
  std::string version;
  std::map<std::string, std::string> zones;  // Name to block.
};

Index read_index(const std::string& folder) {
  constexpr std::string_view kVersion = "# version ";
  std::istringstream lines(read_file(folder + "/tzdata.zi"));
  Index index;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kVersion)) {
      index.version = line.substr(kVersion.size());
    }
    std::istringstream words(line);
    std::string kind;
    std::string first;
    std::string second;
    words >> kind >> first >> second;
    const std::string name = kind == "Z" ? first : kind == "L" ? second : "";
    if (!name.empty() && name != "Factory") {
      index.zones[name] = second_block(std::string(folder).append("/").append(name));
    }
  }
  if (index.version.empty() || index.zones.empty()) {
    stop(folder + "/tzdata.zi names no version or no zones");
  }
  return index;
}

void write_bytes(const std::string& bytes, std::ostream& out) {
  out << "  \"";
  for (const char byte : bytes) {
    char octal[5];
    std::snprintf(octal, sizeof(octal), "\\%03o",
                  static_cast<unsigned>(static_cast<std::uint8_t>(byte)));
    out << octal;
  }
  out << "\"\n";
}

void write_source(const Index& index, std::ostream& out) {
  std::map<std::string, std::size_t> places;
  std::size_t end = 0;
  out << "// Written by zone_pack.\n#include \"zones/zone_tables.hpp\"\n\n"
         "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
         "namespace hapax {\nnamespace {\n\nconstexpr char kBlocks[] =\n";
  for (const auto& [name, block] : index.zones) {
    if (places.emplace(block, end).second) {
      write_bytes(block, out);
      end += block.size();
    }
  }
  out << ";\n\nconstexpr ZoneEntry kEntries[] = {\n";
  for (const auto& [name, block] : index.zones) {
    out << "  {\"" << name << "\", " << places.at(block) << ", " << block.size() << "},\n";
  }
  out << "};\n\nconstexpr ZoneTables kTables{\"" << index.version << "\", {kBlocks, " << end
      << "}, kEntries};\n\n}  // namespace\n\n"
         "const ZoneTables& zone_tables() {\n  return kTables;\n}\n\n}  // namespace hapax\n";
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    stop("usage: zone_pack <zoneinfo folder> <output>");
  }
  const Index index = read_index(arguments[1]);
  std::ofstream out(arguments[2], std::ios::binary);
  write_source(index, out);
  out.close();
  if (!out) {
    stop(std::string("cannot write ") + arguments[2]);
  }
  return 0;
}
