# SPDX-License-Identifier: BSD-3-Clause
# Toolchain: Debian's cross compiler for arm64, the libraries that scripts/check-arm64 unpacks below
# build/arm64/sysroot (or REALMKIT_SYSROOT), and programs run by qemu-aarch64.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)

set(REALMKIT_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../build/arm64/sysroot CACHE PATH "Root of arm64 libraries")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES REALMKIT_SYSROOT)
get_filename_component(CMAKE_SYSROOT ${REALMKIT_SYSROOT} ABSOLUTE)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH ${CMAKE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig)

set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L ${CMAKE_SYSROOT})
