#pragma once
/// `countersign verify`: the webhook's verdict on the command line.

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace countersign::commands {

struct VerifyOptions {
  std::vector<std::string> images;
  std::vector<std::string> files;  ///< manifests; "-" is stdin
  std::string configuration;       ///< empty: policy and store below, or notation's own directories
  std::string trust_policy;
  std::string trust_store;  ///< the folder that contains x509/
  std::string namespace_name = "default";
  std::vector<std::pair<std::string, std::string>> user_metadata;  ///< asked of every image
  std::vector<std::string> plain_http;
  std::vector<std::string> insecure_skip_tls_verify;
  std::string ca_file;
  std::string username;
  bool password_stdin = false;
  std::string oci_layout;
  std::string revocation_offline;         ///< a folder with CRLs and OCSP responses
  std::vector<std::string> egress_allow;  ///< networks, beside those of the configuration
  bool json = false;
  std::string now;  ///< RFC 3339; empty: the clock
  std::chrono::milliseconds timeout{10000};
  bool verbose = false;
};

/// Returns the exit status; prints verdicts to stdout and problems to stderr.
int verify(const VerifyOptions& options);

}  // namespace countersign::commands
