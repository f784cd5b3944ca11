# SPDX-License-Identifier: BSD-3-Clause
# What cmake --install puts where: headers, libraries, pkg-config files and a CMake package.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/realmkit)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# realmkit_install_library(target PKGCONFIG name DESCRIPTION text REQUIRES names REQUIRES_PRIVATE names)
#
# A library in both its forms, and the pkg-config file for them.
function(realmkit_install_library target)
  cmake_parse_arguments(I "" "PKGCONFIG;DESCRIPTION;REQUIRES;REQUIRES_PRIVATE" "" ${ARGN})
  install(TARGETS ${target} EXPORT realmkit-static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(TARGETS ${target}_shared EXPORT realmkit-shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  # The libraries lie together, wherever that is.
  set_target_properties(${target}_shared PROPERTIES INSTALL_RPATH "$ORIGIN")
  get_target_property(I_LIBRARY ${target} OUTPUT_NAME)
  file(RELATIVE_PATH I_PREFIX /prefix/${pkgconfig_dir} /prefix)
  string(REGEX REPLACE "/$" "" I_PREFIX ${I_PREFIX})
  configure_file(cmake/library.pc.in ${I_PKGCONFIG}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${I_PKGCONFIG}.pc DESTINATION ${pkgconfig_dir})
endfunction()

realmkit_install_library(rmm_model PKGCONFIG realmkit-rmm
  DESCRIPTION "A Realm Management Monitor in software"
  REQUIRES_PRIVATE "libcrypto, libcbor")
realmkit_install_library(rmi PKGCONFIG realmkit-rmi
  DESCRIPTION "The Realm Management Interface, over a swappable RMM"
  REQUIRES_PRIVATE realmkit-rmm)
realmkit_install_library(host PKGCONFIG realmkit-host
  DESCRIPTION "Realms as a virtual machine monitor handles them"
  REQUIRES realmkit-rmi
  REQUIRES_PRIVATE libelf)

foreach(form static shared)
  install(EXPORT realmkit-${form} NAMESPACE realmkit:: FILE realmkit-${form}.cmake DESTINATION ${package_dir})
endforeach()
configure_package_config_file(cmake/realmkit-config.cmake.in realmkit-config.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(realmkit-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/realmkit-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/realmkit-config-version.cmake
  DESTINATION ${package_dir})
