# Refuses compilers that we have seen miscompile coroutines, before anything is built with them.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles common C++20 coroutines (temporaries and braces around "
    "co_await become double frees). Countersign decides about admission, so it is not built on luck: "
    "use clang++-19 (scripts/deps installs it; the presets select it) or g++ 13 or later.")
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
  message(FATAL_ERROR
    "clang++ ${CMAKE_CXX_COMPILER_VERSION} does not know enough of C++23; use clang++-19 (scripts/deps installs it).")
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()
