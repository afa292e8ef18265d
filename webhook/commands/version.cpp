#include "commands/version.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <simdjson.h>
#include <boost/version.hpp>
#include <nlohmann/json.hpp>

namespace countersign::commands {

std::string_view version() noexcept { return COUNTERSIGN_VERSION; }
std::string_view commit() noexcept { return COUNTERSIGN_COMMIT; }

std::string version_text() {
  const auto* curl = curl_version_info(CURLVERSION_NOW);
  return fmt::format(
      "countersign {}\ncommit {}\ncompiler {}\n{}\nlibcurl {}\nBoost {}.{}.{}\nsimdjson "
      "{}\nnlohmann_json {}.{}.{}\nfmt {}.{}.{}\n",
      version(), commit(), __VERSION__, OpenSSL_version(OPENSSL_VERSION),
      curl != nullptr ? curl->version : "cannot be loaded", BOOST_VERSION / 100000,
      BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100, SIMDJSON_STRINGIFY(SIMDJSON_VERSION),
      NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH,
      FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
}

}  // namespace countersign::commands
