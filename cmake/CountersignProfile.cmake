# What ships is optimised by a profile of a webhook's ordinary work (docs/adr/0010). scripts/profile writes the profile
# anew. A function that has changed since is compiled as if there were none; the meaning of nothing depends on it.
set(COUNTERSIGN_PROFILE none CACHE STRING
  "none; use: optimise by cmake/release.proftext.tar.xz; generate: record one, for scripts/profile")
set_property(CACHE COUNTERSIGN_PROFILE PROPERTY STRINGS none use generate)

if(NOT COUNTERSIGN_PROFILE MATCHES "^(none|use|generate)$")
  message(FATAL_ERROR "COUNTERSIGN_PROFILE is \"${COUNTERSIGN_PROFILE}\"; want none, use or generate")
endif()

string(REGEX MATCH "^[0-9]+" compiler_major "${CMAKE_CXX_COMPILER_VERSION}")
get_filename_component(compiler_folder "${CMAKE_CXX_COMPILER}" DIRECTORY)
find_program(LLVM_PROFDATA_PROGRAM NAMES llvm-profdata-${compiler_major} llvm-profdata HINTS "${compiler_folder}")
if(NOT COUNTERSIGN_PROFILE STREQUAL "none" AND NOT (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND LLVM_PROFDATA_PROGRAM))
  if(COUNTERSIGN_PROFILE STREQUAL "generate")
    message(FATAL_ERROR "A profile is recorded by clang++ and its llvm-profdata only; scripts/deps installs them")
  endif()
  message(STATUS "Built without a profile: that needs clang++ and its llvm-profdata")
  return()
endif()
# Functions that only one file knows are named after that file, without its folder: it is another one elsewhere.
set(names_of_functions "SHELL:-mllvm -static-func-full-module-prefix=false")

if(COUNTERSIGN_PROFILE STREQUAL "generate")
  target_compile_options(countersign_options INTERFACE -fprofile-generate ${names_of_functions})
  target_link_options(countersign_options INTERFACE -fprofile-generate)
elseif(COUNTERSIGN_PROFILE STREQUAL "use")
  set(profile "${PROJECT_SOURCE_DIR}/cmake/release.proftext.tar.xz")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${profile}")
  # The compiler wants another form. Its name changes with the profile, so that all is compiled anew.
  file(SHA256 "${profile}" profile_hash)
  string(SUBSTRING "${profile_hash}" 0 16 profile_hash)
  set(indexed_profile "${CMAKE_BINARY_DIR}/release-${profile_hash}.profdata")
  if(NOT EXISTS "${indexed_profile}")
    file(ARCHIVE_EXTRACT INPUT "${profile}" DESTINATION "${CMAKE_BINARY_DIR}/profile")
    execute_process(COMMAND "${LLVM_PROFDATA_PROGRAM}" merge -o "${indexed_profile}" "${CMAKE_BINARY_DIR}/profile/release.proftext"
      COMMAND_ERROR_IS_FATAL ANY)
  endif()
  target_compile_options(countersign_options INTERFACE "-fprofile-use=${indexed_profile}" ${names_of_functions}
    -Wno-profile-instr-out-of-date -Wno-profile-instr-unprofiled -Wno-backend-plugin)
endif()
