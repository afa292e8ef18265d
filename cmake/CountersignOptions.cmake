# countersign::options alone carries warnings, hardening and sanitizers. Nothing touches CMAKE_CXX_FLAGS.
option(COUNTERSIGN_WERROR "Treat warnings as errors (presets turn it on; packagers need not)" OFF)
set(COUNTERSIGN_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, e.g. address,undefined")
option(COUNTERSIGN_LTO "Link-time optimisation" OFF)

add_library(countersign_options INTERFACE)
add_library(countersign::options ALIAS countersign_options)

target_compile_options(countersign_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast -Wnon-virtual-dtor -Wimplicit-fallthrough
  -fstack-protector-strong -fno-omit-frame-pointer)
if(COUNTERSIGN_WERROR)
  target_compile_options(countersign_options INTERFACE -Werror)
endif()
target_compile_definitions(countersign_options INTERFACE _GLIBCXX_ASSERTIONS)
if(NOT COUNTERSIGN_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  # Both as options, which keep their order: definitions come before all options, and -U would undo this one.
  target_compile_options(countersign_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
target_link_options(countersign_options INTERFACE
  $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>
  -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
if(COUNTERSIGN_SANITIZE)
  target_compile_options(countersign_options INTERFACE
    -fsanitize=${COUNTERSIGN_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(countersign_options INTERFACE -fsanitize=${COUNTERSIGN_SANITIZE})
endif()
if(COUNTERSIGN_BUILD_FUZZERS)
  target_compile_options(countersign_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(COUNTERSIGN_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
find_program(LLD_PROGRAM NAMES ld.lld-19)
if(LLD_PROGRAM AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_link_options(countersign_options INTERFACE -fuse-ld=lld)
endif()
