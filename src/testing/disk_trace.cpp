// SPDX-License-Identifier: Apache-2.0
#include "testing/disk_trace.hpp"

#include <algorithm>
#include <set>

namespace hapax {
namespace {

using Kind = DiskOp::Kind;

constexpr std::size_t kSectorBytes = 512;

bool is_promise(Kind kind) {
  return kind == Kind::kSync || kind == Kind::kFailedSync || kind == Kind::kSyncDirectory;
}

bool changes_data(Kind kind) {
  return kind == Kind::kWrite || kind == Kind::kResize;
}

/// The directory whose sync makes a change of names durable.
std::string directory_of_change(const DiskOp& op) {
  return directory_of(op.kind == Kind::kRename ? op.target : op.path);
}

void write(std::string& content, std::uint64_t position, std::string_view bytes) {
  if (content.size() < position + bytes.size()) {
    content.resize(position + bytes.size(), '\0');
  }
  content.replace(position, bytes.size(), bytes);
}

/// The parts of a torn write that are on the disk.
void write_torn(std::string& content, const DiskOp& op, DiskOrder order,
                const DiskTrace::KeepsSector& keeps_sector) {
  const auto first = op.position / kSectorBytes;
  for (std::uint64_t at = op.position; at < op.position + op.bytes.size();) {
    const auto sector = at / kSectorBytes;
    const auto end = std::min((sector + 1) * kSectorBytes, op.position + op.bytes.size());
    if (keeps_sector(sector - first)) {
      write(content, at, std::string_view(op.bytes).substr(at - op.position, end - at));
    } else if (order == DiskOrder::kAppend) {
      return;
    }
    at = end;
  }
}

}  // namespace

std::string directory_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

void DiskImage::apply(const DiskOp& op) {
  switch (op.kind) {
    case Kind::kWrite:
      write(contents[op.inode], op.position, op.bytes);
      break;
    case Kind::kResize:
      contents[op.inode].resize(op.position, '\0');
      break;
    case Kind::kLink:
      names[op.path] = op.inode;
      contents.try_emplace(op.inode);
      break;
    case Kind::kRename:
      names.erase(op.path);
      names[op.target] = op.inode;
      break;
    case Kind::kUnlink:
      names.erase(op.path);
      break;
    case Kind::kSync:
    case Kind::kFailedSync:
    case Kind::kSyncDirectory:
    case Kind::kOpen:
      break;
  }
}

// From the back: an operation is synced when a promise about its file or directory comes later. A
// failed sync ends that: of what came before it, only earlier promises speak.
std::vector<bool> DiskTrace::synced_ops(std::size_t count) const {
  std::vector<bool> synced(count);
  std::map<Inode, bool> file_synced;
  std::map<std::string, bool> directory_synced;
  for (std::size_t i = count; i-- > 0;) {
    const auto& op = ops_[i];
    if (op.kind == Kind::kSync || op.kind == Kind::kFailedSync) {
      file_synced[op.inode] = op.kind == Kind::kSync;
    } else if (op.kind == Kind::kSyncDirectory) {
      directory_synced[op.path] = true;
    } else {
      synced[i] =
          changes_data(op.kind) ? file_synced[op.inode] : directory_synced[directory_of_change(op)];
    }
  }
  return synced;
}

std::size_t DiskTrace::unsynced(std::size_t count) const {
  const auto synced = synced_ops(count);
  std::size_t unsynced = 0;
  for (std::size_t i = 0; i < count; ++i) {
    unsynced += is_promise(ops_[i].kind) || synced[i] ? 0 : 1;
  }
  return unsynced;
}

DiskImage DiskTrace::crash(std::size_t count, DiskOrder order, const Decide& decide,
                           const KeepsSector& keeps_sector) const {
  const auto synced = synced_ops(count);
  DiskImage image = start_;
  std::size_t unsynced_number = 0;
  std::set<std::string> cut;  // Files and directories that lost a change, and so all after it.
  for (std::size_t i = 0; i < count; ++i) {
    const auto& op = ops_[i];
    if (is_promise(op.kind)) {
      continue;
    }
    auto fate = synced[i] ? Fate::kKept : decide(unsynced_number++);
    if (order == DiskOrder::kAppend) {
      const auto subject =
          changes_data(op.kind) ? std::to_string(op.inode) : directory_of_change(op);
      fate = cut.contains(subject) ? Fate::kLost : fate;
      if (fate != Fate::kKept) {
        cut.insert(subject);
      }
    }
    if (fate == Fate::kTorn && op.kind == Kind::kWrite) {
      write_torn(image.contents[op.inode], op, order, keeps_sector);
    } else if (fate != Fate::kLost) {
      image.apply(op);
    }
  }
  return image;
}

}  // namespace hapax
