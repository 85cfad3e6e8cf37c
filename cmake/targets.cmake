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

# hapax_unite(<target> <libraries|all>): compiles its sources in few translation units, where such are
# united. Not where people work: a change of one file compiles others, too, and what a file does not
# include it may still see.
function(hapax_unite target those)
  if(NOT HAPAX_UNITE STREQUAL those AND NOT HAPAX_UNITE STREQUAL all)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  set(apart)
  set(together)
  foreach(source ${sources})
    cmake_path(ABSOLUTE_PATH source)
    cmake_path(IS_PREFIX PROJECT_BINARY_DIR ${source} is_made)
    if(is_made OR NOT source MATCHES "\\.cpp$")
      list(APPEND apart ${source})
    else()
      list(APPEND together ${source})
    endif()
  endforeach()
  execute_process(COMMAND python3 ${PROJECT_SOURCE_DIR}/cmake/unite.py ${PROJECT_BINARY_DIR}/united/${target} ${together}
                  OUTPUT_VARIABLE units COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" units "${units}")
  set_property(TARGET ${target} PROPERTY SOURCES ${units} ${apart})
  # To gcc what a unit includes is a header, in which no unnamed namespace should be.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${together} ${PROJECT_SOURCE_DIR}/cmake/unite.py)
endfunction()

# hapax_library(<name> [PUBLIC libs...] [PRIVATE libs...] [TEST libs...] [SANITIZED tests...]): every .cpp of the
# folder that is no test and no benchmark becomes the library hapax_<name>; every *_test.cpp the test <name>_test,
# which has in sanitized programs those alone that SANITIZED names, if any.
function(hapax_library name)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE;TEST;SANITIZED" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|bench)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(HAPAX_TESTS_FOR AND ARG_SANITIZED)
    list(TRANSFORM ARG_SANITIZED PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE tests)
  endif()
  if(sources)
    add_library(hapax_${name} STATIC ${sources})
    target_link_libraries(hapax_${name} PUBLIC ${ARG_PUBLIC} PRIVATE hapax_options ${ARG_PRIVATE})
    hapax_include_folder(hapax_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
    hapax_unite(hapax_${name} libraries)
  else()
    add_library(hapax_${name} INTERFACE)
    target_link_libraries(hapax_${name} INTERFACE ${ARG_PUBLIC})
    hapax_include_folder(hapax_${name} INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  if(tests)
    hapax_test(${name}_test SOURCES ${tests} LIBRARIES hapax_${name} ${ARG_PRIVATE} ${ARG_TEST})
  endif()
endfunction()

# What nearly every test includes, compiled once for all of them.
if(HAPAX_TESTS AND HAPAX_PRECOMPILE)
  add_library(hapax_test_headers OBJECT ${CMAKE_CURRENT_LIST_DIR}/test_headers.cpp)
  target_link_libraries(hapax_test_headers PRIVATE hapax_options GTest::gmock GTest::gtest_main)
  target_compile_options(hapax_test_headers PRIVATE ${HAPAX_TEST_OPTIMIZATION})
  target_precompile_headers(hapax_test_headers PRIVATE
    <gmock/gmock.h> <gtest/gtest.h> <algorithm> <array> <chrono> <functional> <map> <memory> <optional> <set> <span>
    <string> <string_view> <thread> <utility> <variant> <vector>)
endif()

# What sanitized programs leave out, since each is made and run once more for them. Whose results alone are in
# question: they handle no bytes by hand and no threads, and the server that runs them is sanitized, too, in tests
# that need one.
set(HAPAX_TESTS_OF_RESULTS
    access_test arrival_test assets_test audit_test bench_client_test boards_test cluster_sim_test config_test documents_test
    measure_test numbers_test pipeline_test view_catalog_test view_fields_test view_keeper_test view_spec_test views_test
    window_test zones_test)
# In which nothing runs beside anything: whoever looks for data races does without them.
set(HAPAX_TESTS_OF_ONE_THREAD
    bytes_test cluster_test collector_test core_test curl_test folder_objects_test hash_test http_test json_test posix_test
    postgres_test published_test record_test s3_test testing_test view_runtime_test)
set(HAPAX_TESTS_LEFT_OUT)
if(HAPAX_TESTS_FOR MATCHES "^(memory|threads)$")
  list(APPEND HAPAX_TESTS_LEFT_OUT ${HAPAX_TESTS_OF_RESULTS})
endif()
if(HAPAX_TESTS_FOR STREQUAL threads)
  list(APPEND HAPAX_TESTS_LEFT_OUT ${HAPAX_TESTS_OF_ONE_THREAD})
endif()

# hapax_test(<name> SOURCES ... LIBRARIES ...): a GoogleTest program; each of its tests becomes one of
# ctest's, labelled quick, or soak when its suite's name ends in SoakTest.
function(hapax_test name)
  if(NOT HAPAX_TESTS OR name IN_LIST HAPAX_TESTS_LEFT_OUT)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  hapax_unite(${name} all)
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

# hapax_cluster_program(<name> SOURCES ... LIBRARIES ...): a program of tests that need other systems; the target
# cluster_tests makes all of them.
add_custom_target(cluster_tests)
function(hapax_cluster_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} EXCLUDE_FROM_ALL ${ARG_SOURCES})
  hapax_unite(${name} all)
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} hapax_options)
  target_compile_options(${name} PRIVATE ${HAPAX_TEST_OPTIMIZATION})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  add_dependencies(cluster_tests ${name})
endfunction()

# hapax_bench(<name> LIBRARIES ...): <name>.cpp becomes the benchmark program <name>, which is made where it is named.
function(hapax_bench name)
  cmake_parse_arguments(ARG "" "" "LIBRARIES" ${ARGN})
  if(HAPAX_TESTS)
    add_executable(${name} EXCLUDE_FROM_ALL ${name}.cpp)
    target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} hapax_options benchmark::benchmark)
  endif()
endfunction()
