# SPDX-License-Identifier: Apache-2.0
if(HAPAX_TESTS)
  include(GoogleTest)
endif()

# hapax_include_folder(<target> <PUBLIC|PRIVATE|INTERFACE> <folder>): makes `folder`, and no other, includable as
# "<its path below src or the project>/...". A target sees its own folder and those that it links.
function(hapax_include_folder target scope folder)
  file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${folder})
  string(REGEX REPLACE "^src/" "" path ${path})
  set(root ${PROJECT_BINARY_DIR}/include/${target})
  get_filename_component(parent ${root}/${path} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${folder} ${root}/${path} SYMBOLIC)
  target_include_directories(${target} ${scope} ${root})
endfunction()

# hapax_library(<name> [PUBLIC libs...] [PRIVATE libs...] [TEST libs...]): every .cpp of the folder that is no
# test and no benchmark becomes the library hapax_<name>; every *_test.cpp the test <name>_test.
function(hapax_library name)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE;TEST" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|bench)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(hapax_${name} STATIC ${sources})
    target_link_libraries(hapax_${name} PUBLIC ${ARG_PUBLIC} PRIVATE hapax_options ${ARG_PRIVATE})
    hapax_include_folder(hapax_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  else()
    add_library(hapax_${name} INTERFACE)
    target_link_libraries(hapax_${name} INTERFACE ${ARG_PUBLIC})
    hapax_include_folder(hapax_${name} INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  if(tests)
    hapax_test(${name}_test SOURCES ${tests} LIBRARIES hapax_${name} ${ARG_PRIVATE} ${ARG_TEST})
  endif()
endfunction()

# What nearly every test includes, compiled once for all of them; for builds that no other checkout's cache serves.
if(HAPAX_TESTS AND HAPAX_PRECOMPILE)
  add_library(hapax_test_headers OBJECT ${CMAKE_CURRENT_LIST_DIR}/test_headers.cpp)
  target_link_libraries(hapax_test_headers PRIVATE hapax_options GTest::gmock GTest::gtest_main)
  target_compile_options(hapax_test_headers PRIVATE ${HAPAX_TEST_OPTIMIZATION})
  target_precompile_headers(hapax_test_headers PRIVATE
    <gmock/gmock.h> <gtest/gtest.h> <algorithm> <array> <chrono> <functional> <map> <memory> <optional> <set> <span>
    <string> <string_view> <thread> <utility> <variant> <vector>)
endif()

# Programs in which nothing runs beside anything: a build that looks for data races does without them.
set(HAPAX_TESTS_OF_ONE_THREAD
    audit_test bench_client_test bytes_test cluster_sim_test cluster_test config_test hash_test json_test measure_test record_test
    view_catalog_test view_fields_test view_spec_test views_test window_test zones_test)

# hapax_test(<name> SOURCES ... LIBRARIES ...): a GoogleTest program; each of its tests becomes one of
# ctest's, labelled quick, or soak when its suite's name ends in SoakTest.
function(hapax_test name)
  if(NOT HAPAX_TESTS OR (HAPAX_THREADS_ONLY AND name IN_LIST HAPAX_TESTS_OF_ONE_THREAD))
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} hapax_options GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${HAPAX_TEST_OPTIMIZATION})
  if(TARGET hapax_test_headers)
    target_precompile_headers(${name} REUSE_FROM hapax_test_headers)
  endif()
  gtest_discover_tests(${name} TEST_FILTER "-*SoakTest.*" PROPERTIES LABELS quick TIMEOUT 300
                       DISCOVERY_TIMEOUT 60)
  gtest_discover_tests(${name} TEST_FILTER "*SoakTest.*" PROPERTIES LABELS soak TIMEOUT 3600
                       DISCOVERY_TIMEOUT 60 TEST_SUFFIX "")
endfunction()

# hapax_bench(<name> LIBRARIES ...): <name>.cpp becomes the benchmark program <name>.
function(hapax_bench name)
  cmake_parse_arguments(ARG "" "" "LIBRARIES" ${ARGN})
  if(HAPAX_TESTS AND HAPAX_BENCHES)
    add_executable(${name} ${name}.cpp)
    target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} hapax_options benchmark::benchmark)
  endif()
endfunction()
