# SPDX-License-Identifier: BSD-3-Clause
# How every target of the project is compiled.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
# Assertions guard the model's own invariants; they stay in every build but Release.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g -DNDEBUG")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g")

add_library(realmkit_options INTERFACE)
target_compile_definitions(realmkit_options INTERFACE _GNU_SOURCE)
target_compile_options(realmkit_options INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
  -Wmissing-prototypes -Wold-style-definition -Wundef -Wpointer-arith -Wcast-align -Wwrite-strings
  -Wvla -Wformat=2 -Wimplicit-fallthrough -fno-common -fvisibility=default)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  # Generic tuning clears the registers of a call with rep stos, which costs as much as the call.
  target_compile_options(realmkit_options INTERFACE -mtune=skylake)
endif()
if(REALMKIT_SANITIZE)
  target_compile_options(realmkit_options INTERFACE -fsanitize=${REALMKIT_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(realmkit_options INTERFACE -fsanitize=${REALMKIT_SANITIZE})
endif()

# realmkit_library(name OUTPUT file-name MAP version-script SOURCES ... LINK ... PRIVATE_LINK ...)
#
# A library of the project, as name (static) and name_shared. Both are built from one set of
# objects; the shared one exports what its version script lists.
function(realmkit_library name)
  cmake_parse_arguments(L "" "OUTPUT;MAP" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name}_objects OBJECT ${L_SOURCES})
  target_include_directories(${name}_objects PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name}_objects PRIVATE realmkit_options ${L_LINK} ${L_PRIVATE_LINK})

  add_library(${name} STATIC $<TARGET_OBJECTS:${name}_objects>)
  add_library(${name}_shared SHARED $<TARGET_OBJECTS:${name}_objects>)
  foreach(target ${name} ${name}_shared)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${L_OUTPUT} LINKER_LANGUAGE C)
    target_include_directories(${target} PUBLIC
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:realmkit_options>)
  endforeach()
  target_link_libraries(${name} PUBLIC ${L_LINK} PRIVATE ${L_PRIVATE_LINK})
  foreach(library ${L_LINK})
    if(TARGET ${library}_shared)
      target_link_libraries(${name}_shared PUBLIC ${library}_shared)
    else()
      target_link_libraries(${name}_shared PUBLIC ${library})
    endif()
  endforeach()
  foreach(library ${L_PRIVATE_LINK})
    if(TARGET ${library}_shared)
      target_link_libraries(${name}_shared PRIVATE ${library}_shared)
    else()
      target_link_libraries(${name}_shared PRIVATE ${library})
    endif()
  endforeach()
  set_target_properties(${name}_shared PROPERTIES
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
    LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${L_MAP})
  target_link_options(${name}_shared PRIVATE
    -Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/${L_MAP} -Wl,--no-undefined-version)
  if(NOT REALMKIT_SANITIZE)
    target_link_options(${name}_shared PRIVATE -Wl,--no-undefined)
  endif()
endfunction()

# realmkit_test(name SOURCES ... LINK ...)
#
# A cmocka program that ctest runs under the name of its folder and itself: unit/granule.
function(realmkit_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;LINK;ARGS;LABELS" ${ARGN})
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  set(target test_${folder}_${name})
  if(NOT T_SOURCES)
    set(T_SOURCES ${name}.c)
  endif()
  add_executable(${target} ${T_SOURCES})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${target} PRIVATE realmkit_options ${T_LINK} cmocka Threads::Threads)
  add_test(NAME ${folder}/${name} COMMAND ${target} ${T_ARGS})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  if(CMAKE_CROSSCOMPILING)
    # An emulator runs it.
    math(EXPR T_TIMEOUT "${T_TIMEOUT} * 10")
  endif()
  set_tests_properties(${folder}/${name} PROPERTIES TIMEOUT ${T_TIMEOUT} LABELS "${folder};${T_LABELS}")
endfunction()

# realmkit_program(variable target)
#
# What a test runs to run a program of the build: the program, or when it is not of this machine a
# script that has the emulator run it.
function(realmkit_program variable target)
  set(${variable} $<TARGET_FILE:${target}> PARENT_SCOPE)
  if(CMAKE_CROSSCOMPILING_EMULATOR)
    set(script ${CMAKE_BINARY_DIR}/run/${target})
    list(JOIN CMAKE_CROSSCOMPILING_EMULATOR " " emulator)
    file(GENERATE OUTPUT ${script} CONTENT "#!/bin/sh\nexec ${emulator} $<TARGET_FILE:${target}> \"$@\"\n"
      FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
    set(${variable} ${script} PARENT_SCOPE)
  endif()
endfunction()
