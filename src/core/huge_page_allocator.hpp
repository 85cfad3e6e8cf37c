// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <memory>
#include <new>

namespace hapax {

/// For containers that may become large, are filled as soon as they are made, and are read at
/// random: asks the kernel to back blocks of kHugePageBytes or more by huge pages. On small ones
/// each read of a table of many megabytes is also a walk through page tables that the cache does
/// not hold. Where the kernel has none to give, all is as with std::allocator.
template <typename T>
class HugePageAllocator {
 public:
  static constexpr std::size_t kHugePageBytes = std::size_t{2} << 20U;
  using value_type = T;

  HugePageAllocator() = default;
  template <typename Other>
  HugePageAllocator(const HugePageAllocator<Other>& /*other*/) {}

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    if (bytes < kHugePageBytes) {
      return std::allocator<T>().allocate(count);
    }
    void* const block = ::operator new(bytes, kAlignment);
    madvise(block, bytes - bytes % kHugePageBytes, MADV_HUGEPAGE);  // It is a hint.
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t count) {
    if (count * sizeof(T) < kHugePageBytes) {
      std::allocator<T>().deallocate(block, count);
    } else {
      ::operator delete(block, kAlignment);
    }
  }

  friend bool operator==(const HugePageAllocator&, const HugePageAllocator&) { return true; }

 private:
  static constexpr std::align_val_t kAlignment{kHugePageBytes};
};

}  // namespace hapax
