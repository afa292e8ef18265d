# Debian 12 packages only; scripts/deps installs them all.
find_package(OpenSSL 3.0 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(simdjson REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(Threads REQUIRED)
if(COUNTERSIGN_BUILD_TESTS OR NOT DEFINED COUNTERSIGN_BUILD_TESTS)
  find_package(GTest 1.12 REQUIRED)
endif()
if(COUNTERSIGN_BUILD_BENCHMARKS)
  find_package(benchmark 1.7 REQUIRED)
endif()

# Asio and Beast are compiled once, in src/async/asio.cpp, not in every file that includes them.
add_library(countersign_asio_headers INTERFACE)
add_library(countersign::asio_headers ALIAS countersign_asio_headers)
target_compile_definitions(countersign_asio_headers INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_DISABLE_BOOST_ARRAY BOOST_ASIO_DISABLE_BOOST_BIND
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=8)  # a review has more than two coroutines' frames
target_link_libraries(countersign_asio_headers INTERFACE Boost::headers OpenSSL::SSL Threads::Threads)
