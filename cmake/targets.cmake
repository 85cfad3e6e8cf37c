include(GoogleTest)

# hapax_library(<folder name> [PUBLIC libs...] [PRIVATE libs...]): every .cpp of the folder that is no
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
    target_include_directories(hapax_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  else()
    add_library(hapax_${name} INTERFACE)
    target_link_libraries(hapax_${name} INTERFACE ${ARG_PUBLIC})
    target_include_directories(hapax_${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
  endif()
  if(tests)
    hapax_test(${name}_test SOURCES ${tests} LIBRARIES hapax_${name} ${ARG_PRIVATE} ${ARG_TEST})
  endif()
endfunction()

# hapax_test(<name> SOURCES ... LIBRARIES ...): a GoogleTest program; each of its tests becomes one of
# ctest's, labelled quick, or soak when its suite's name ends in SoakTest.
function(hapax_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} hapax_options GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} TEST_FILTER "-*SoakTest.*" PROPERTIES LABELS quick TIMEOUT 300
                       DISCOVERY_TIMEOUT 60)
  gtest_discover_tests(${name} TEST_FILTER "*SoakTest.*" PROPERTIES LABELS soak TIMEOUT 3600
                       DISCOVERY_TIMEOUT 60 TEST_SUFFIX "")
endfunction()
