// SPDX-License-Identifier: Apache-2.0
// log_writes <scratch folder>: what ways to write groups of a log cost, with a reader behind them
// and without. Files are as the log's spares: written once, 64 MiB. A group comes as pieces, as
// requests bring them, and gets a checksum. Figures are medians of the rounds, which take turns.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "hash/hash.hpp"

namespace {

constexpr std::size_t kFileBytes = 64U << 20U;
constexpr std::size_t kPieceBytes = 8U << 10U;
constexpr std::size_t kPageBytes = 4096;
constexpr int kRounds = 7;

enum class Way {
  kCopied,    ///< Into one buffer, then its checksum, then through the page cache: as the log does.
  kFused,     ///< The same, with the checksum of each piece as it is copied.
  kGathered,  ///< pwritev of the pieces where they are.
  kDirect,    ///< As kCopied, with O_DIRECT.
};
constexpr std::array kWays{Way::kCopied, Way::kFused, Way::kGathered, Way::kDirect};
constexpr std::array kNames{"copy, checksum, pwrite", "copy with checksum, pwrite", "pwritev",
                            "copy, checksum, O_DIRECT"};

void check(bool good, const char* what) {
  if (!good) {
    throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
  }
}

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : descriptor_(::open(path.c_str(), flags, 0600)) {
    check(descriptor_ >= 0, "open");
  }
  ~Descriptor() { ::close(descriptor_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return descriptor_; }

 private:
  const int descriptor_;
};

struct Free {
  void operator()(std::byte* bytes) const { std::free(bytes); }  // NOLINT: from aligned_alloc.
};
using Buffer = std::unique_ptr<std::byte, Free>;

Buffer page_aligned(std::size_t bytes) {
  return Buffer(static_cast<std::byte*>(std::aligned_alloc(kPageBytes, bytes)));
}

void make_spare(const std::string& path) {
  const Descriptor file(path, O_RDWR | O_CREAT);
  const std::vector<std::byte> zeros(1U << 20U);
  for (std::size_t at = 0; at < kFileBytes; at += zeros.size()) {
    check(::pwrite(file.value(), zeros.data(), zeros.size(), static_cast<off_t>(at)) > 0, "pwrite");
  }
  check(::fdatasync(file.value()) == 0, "fdatasync");
}

double cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
}

/// Writes groups until the file is full.
class Writer {
 public:
  Writer(const std::string& path, Way way, std::size_t group_bytes)
      : way_(way),
        group_bytes_(group_bytes),
        file_(path, way == Way::kDirect ? O_RDWR | O_DIRECT : O_RDWR),
        reading_(path, O_RDONLY),
        buffer_(page_aligned(group_bytes)),
        read_(page_aligned(group_bytes)),
        pieces_(group_bytes / kPieceBytes, std::vector<std::byte>(kPieceBytes, std::byte{7})) {}

  std::size_t groups() const { return kFileBytes / group_bytes_; }
  void write(std::size_t group) {
    const auto at = static_cast<off_t>(group * group_bytes_);
    pieces_.front().front() = static_cast<std::byte>(group);
    const auto written = way_ == Way::kGathered ? gathered(at) : copied(at);
    check(written == static_cast<ssize_t>(group_bytes_), "pwrite");
    check(::fdatasync(file_.value()) == 0, "fdatasync");
  }
  void read(std::size_t group) {
    const auto at = static_cast<off_t>(group * group_bytes_);
    check(::pread(reading_.value(), read_.get(), group_bytes_, at) > 0, "pread");
    check(*read_ == static_cast<std::byte>(group), "what was written");
  }

 private:
  ssize_t copied(off_t at) {
    std::uint32_t crc = 0;
    std::size_t end = 0;
    for (const auto& piece : pieces_) {
      std::memcpy(buffer_.get() + end, piece.data(), piece.size());
      if (way_ == Way::kFused) {
        crc = hapax::crc32c(std::span(buffer_.get() + end, piece.size()), crc);
      }
      end += piece.size();
    }
    if (way_ != Way::kFused) {
      crc = hapax::crc32c(std::span(buffer_.get(), group_bytes_));
    }
    std::memcpy(buffer_.get() + 4, &crc, sizeof(crc));
    return ::pwrite(file_.value(), buffer_.get(), group_bytes_, at);
  }
  ssize_t gathered(off_t at) {
    std::uint32_t crc = 0;
    std::vector<iovec> parts;
    for (auto& piece : pieces_) {
      crc = hapax::crc32c(piece, crc);
      parts.push_back({.iov_base = piece.data(), .iov_len = piece.size()});
    }
    std::memcpy(pieces_.front().data() + 4, &crc, sizeof(crc));
    return ::pwritev(file_.value(), parts.data(), static_cast<int>(parts.size()), at);
  }

  const Way way_;
  const std::size_t group_bytes_;
  const Descriptor file_;
  const Descriptor reading_;
  const Buffer buffer_;
  const Buffer read_;
  std::vector<std::vector<std::byte>> pieces_;
};

struct Cost {
  std::vector<double> write_ns;   ///< CPU of a KiB.
  std::vector<double> read_ns;    ///< The same.
  std::vector<double> took_us;    ///< Of a group until it is durable.
  std::vector<double> reader_us;  ///< Until it is read.
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::micro>(now).count();
}

void measure(const std::string& path, Way way, std::size_t group_bytes, bool reader, Cost& cost) {
  Writer writer(path, way, group_bytes);
  std::vector<double> took;
  std::vector<double> read_took;
  double write_cpu = 0;
  double read_cpu = 0;
  const auto groups = std::min<std::size_t>(writer.groups(), 1000);
  for (std::size_t group = 0; group < groups; ++group) {
    const auto began = now_us();
    const auto cpu = cpu_ns();
    writer.write(group);
    const auto written = now_us();
    const auto written_cpu = cpu_ns();
    took.push_back(written - began);
    write_cpu += written_cpu - cpu;
    if (reader) {
      writer.read(group);
      read_took.push_back(now_us() - written);
      read_cpu += cpu_ns() - written_cpu;
    }
  }
  const auto kib = static_cast<double>(groups * group_bytes) / 1024;
  cost.write_ns.push_back(write_cpu / kib);
  cost.took_us.push_back(median(took));
  if (reader) {
    cost.read_ns.push_back(read_cpu / kib);
    cost.reader_us.push_back(median(read_took));
  }
}

void measure_all(const std::string& path, std::size_t group_bytes) {
  for (const bool reader : {false, true}) {
    std::array<Cost, kWays.size()> costs;
    for (int round = 0; round < kRounds; ++round) {
      for (std::size_t i = 0; i < kWays.size(); ++i) {
        make_spare(path);
        measure(path, kWays[i], group_bytes, reader, costs[i]);
      }
    }
    for (std::size_t i = 0; i < kWays.size(); ++i) {
      const auto& cost = costs[i];
      fmt::print("| {} KiB | {} | {:.0f} | {:.0f} | {} | {} |\n", group_bytes / 1024, kNames[i],
                 median(cost.write_ns), median(cost.took_us),
                 reader ? fmt::format("{:.0f}", median(cost.read_ns)) : "",
                 reader ? fmt::format("{:.0f}", median(cost.reader_us)) : "");
    }
  }
}

/// Two writers in one file: what a second group in flight could give at most.
void measure_in_flight(const std::string& path, Way way, std::size_t group_bytes) {
  std::array<std::vector<double>, 2> rates;
  for (int round = 0; round < kRounds; ++round) {
    for (const std::size_t writers : {1, 2}) {
      make_spare(path);
      const auto began = now_us();
      const auto groups = kFileBytes / group_bytes;
      std::vector<std::thread> threads;
      for (std::size_t writer = 0; writer < writers; ++writer) {
        threads.emplace_back([&path, way, group_bytes, groups, writers, writer] {
          Writer writes(path, way, group_bytes);
          for (std::size_t group = writer; group < groups; group += writers) {
            writes.write(group);
          }
        });
      }
      std::ranges::for_each(threads, &std::thread::join);
      rates[writers - 1].push_back(static_cast<double>(groups) / (now_us() - began) * 1e6);
    }
  }
  fmt::print("| {} KiB | {} | {:.0f} | {:.0f} |\n", group_bytes / 1024,
             kNames[static_cast<std::size_t>(way)], median(rates[0]), median(rates[1]));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv, argv + argc);
    const auto path = arguments.at(1) + "/log_writes.tmp";
    fmt::print(
        "| group | way | write: CPU ns a KiB | until durable, us | read: CPU ns a KiB | us |\n"
        "|---|---|---|---|---|---|\n");
    for (const std::size_t kib : {32, 320, 2048}) {
      measure_all(path, kib << 10U);
    }
    fmt::print(
        "\n| group | way | groups/s, one in flight | two |\n"
        "|---|---|---|---|\n");
    for (const std::size_t kib : {32, 320, 2048}) {
      measure_in_flight(path, Way::kCopied, kib << 10U);
      measure_in_flight(path, Way::kDirect, kib << 10U);
    }
    ::unlink(path.c_str());
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "log_writes <scratch folder>: {}\n", error.what());
    return 1;
  }
}
