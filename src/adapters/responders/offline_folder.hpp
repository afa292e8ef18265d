#pragma once
/// CRLs and OCSP responses from a folder that somebody else fills, for clusters without egress.
///
/// Every file in it is a CRL in DER, one or more in PEM ("X509 CRL"), or an OCSP response in DER.
/// Names mean nothing: each answer is for whom its signature and its names say. The folder is read
/// again when it is asked after `kReadAgain`; if it cannot be read then, what was read stays, as
/// long as its own times allow. Thread-safe.

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "revocation/judgement.hpp"
#include "x509/crl.hpp"

namespace countersign::responders {

class OfflineFolder {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{64} * 1024 * 1024;
  static constexpr std::size_t kMaxFiles = 1000;
  static constexpr std::chrono::seconds kReadAgain{60};

  struct Contents {
    std::vector<x509::Crl> lists;
    std::vector<std::string> responses;
  };

  /// Reads the folder. Errors: `kInternalError` with the file's name: it cannot be read, is neither
  /// CRL nor OCSP response, or there is too much.
  static Result<std::unique_ptr<OfflineFolder>> open(std::string path,
                                                     std::size_t max_bytes = kMaxBytes);

  [[nodiscard]] std::shared_ptr<const Contents> contents();

 private:
  OfflineFolder(std::string path, std::size_t max_bytes, std::shared_ptr<const Contents> contents)
      : path_(std::move(path)), max_bytes_(max_bytes), contents_(std::move(contents)) {}

  std::string path_;
  std::size_t max_bytes_;
  std::mutex mutex_;
  std::shared_ptr<const Contents> contents_;
  std::chrono::steady_clock::time_point read_at_ = std::chrono::steady_clock::now();
};

/// What the folder says by OCSP: the newest response about the certificate. Errors:
/// `kRevocationUnknown`: none can be used.
Result<revocation::Finding> judge_offline_ocsp(const OfflineFolder::Contents& contents,
                                               const revocation::Subject& subject);
/// What the folder says by CRL: the newest list of the issuer that covers the certificate, with its
/// delta list if it has one. Errors likewise.
Result<revocation::Finding> judge_offline_crl(const OfflineFolder::Contents& contents,
                                              const revocation::Subject& subject);

}  // namespace countersign::responders
