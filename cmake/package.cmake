# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where, and the Debian package of it (script/package).
include(GNUInstallDirs)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # Installing builds no tests.

set(doc_dir ${CMAKE_INSTALL_DATAROOTDIR}/doc/hapax)
install(TARGETS hapax RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT hapax)
install(FILES README.md CHANGELOG.md ARCHITECTURE.md DESTINATION ${doc_dir} COMPONENT hapax)
install(FILES LICENSE DESTINATION ${doc_dir} RENAME copyright COMPONENT hapax)
install(DIRECTORY docs DESTINATION ${doc_dir} COMPONENT hapax)
install(FILES deploy/hapax.service DESTINATION lib/systemd/system COMPONENT service)
install(FILES deploy/hapax.toml DESTINATION /etc/hapax COMPONENT service)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME hapax)
set(CPACK_PACKAGE_CONTACT "Hapax <root@localhost>" CACHE STRING "Who makes the package")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "event tracking that counts every interaction once")
set(CPACK_PACKAGE_DESCRIPTION
    "Hapax receives what people do in an app over Segment's HTTP API, makes it durable, counts each event exactly
once and shows the counts within milliseconds. One self-contained server, without a database.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, init-system-helpers")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${PROJECT_SOURCE_DIR}/deploy/debian/conffiles ${PROJECT_SOURCE_DIR}/deploy/debian/postinst
    ${PROJECT_SOURCE_DIR}/deploy/debian/prerm ${PROJECT_SOURCE_DIR}/deploy/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
