# SPDX-License-Identifier: Apache-2.0
# The dashboard, built from dashboard/ by npm and Vite, and the script of our SDK, as a part of the program.
option(HAPAX_DASHBOARD "Build the dashboard (needs Node.js and npm) and carry it in the program" ON)

set(embedded_assets ${PROJECT_BINARY_DIR}/dashboard/embedded_assets.cpp)
if(HAPAX_DASHBOARD)
  file(GLOB_RECURSE dashboard_sources CONFIGURE_DEPENDS
       ${PROJECT_SOURCE_DIR}/dashboard/src/* ${PROJECT_SOURCE_DIR}/sdk/typescript/src/*)
  file(GLOB dashboard_settings CONFIGURE_DEPENDS
       ${PROJECT_SOURCE_DIR}/dashboard/* ${PROJECT_SOURCE_DIR}/sdk/typescript/build.mjs)
  list(FILTER dashboard_settings EXCLUDE REGEX "/(src|node_modules|dist)$")
  add_custom_command(
    OUTPUT ${embedded_assets}
    COMMAND ${PROJECT_SOURCE_DIR}/dashboard/embed.sh ${PROJECT_BINARY_DIR}/dashboard
    DEPENDS ${dashboard_sources} ${dashboard_settings} ${PROJECT_SOURCE_DIR}/docs/cluster.md
            ${PROJECT_SOURCE_DIR}/docs/errors.md
    COMMENT "Building the dashboard"
    USES_TERMINAL VERBATIM)
else()
  file(CONFIGURE OUTPUT ${embedded_assets} CONTENT
"// SPDX-License-Identifier: Apache-2.0
#include \"assets/asset.hpp\"
hapax::Assets hapax::embedded_assets() { return {}; }
" @ONLY)
endif()
add_library(hapax_embedded_assets STATIC ${embedded_assets})
target_link_libraries(hapax_embedded_assets PUBLIC hapax_assets PRIVATE hapax_options)
target_link_libraries(hapax_app PUBLIC hapax_embedded_assets)
