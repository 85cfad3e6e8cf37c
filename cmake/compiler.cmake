# SPDX-License-Identifier: Apache-2.0
# Warnings for our code, faster builds where the tools are there.
add_library(hapax_options INTERFACE)
target_compile_options(hapax_options INTERFACE -Wall -Wextra -Wpedantic -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(hapax_options INTERFACE -Wthread-safety)
endif()
# g++ 12 warns at -O3 of texts that are put together with + and cannot overlap (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(hapax_options INTERFACE -Wno-restrict)
endif()

# simdjson's On-Demand API is compiled for one processor: without AVX2 and carry-less multiplication it
# falls back to plain code. Set to empty for older machines.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set(HAPAX_CPU_FLAGS "-march=x86-64-v3 -mpclmul" CACHE STRING "What processor to compile for")
endif()
separate_arguments(HAPAX_CPU_FLAGS)
add_compile_options(${HAPAX_CPU_FLAGS})

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()
