# SPDX-License-Identifier: Apache-2.0
# Debian 12 packages; script/install names them.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(simdjson REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(RocksDB REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED)
if(HAPAX_TESTS)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
  find_package(Protobuf REQUIRED)
endif()

# Not in Debian 12 in a version that tells the ids of topics: script/install --cluster builds it.
set(HAPAX_LIBRDKAFKA "$ENV{HOME}/.cache/hapax/cluster/librdkafka-2.12.1" CACHE PATH "Where librdkafka is installed")
find_package(RdKafka 2.3 CONFIG QUIET PATHS "${HAPAX_LIBRDKAFKA}")

# Header-only or without a CMake package of their own.
function(hapax_system_library target name)
  find_library(${target}_path ${name} REQUIRED)
  add_library(${target} INTERFACE)
  target_link_libraries(${target} INTERFACE ${${target}_path})
endfunction()
hapax_system_library(isal isal)
hapax_system_library(deflate deflate)
hapax_system_library(sodium sodium)
hapax_system_library(re2 re2)
hapax_system_library(zstd zstd)
