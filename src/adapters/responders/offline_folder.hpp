#pragma once
/// CRLs and OCSP responses from a folder that somebody else fills, for clusters without egress.
///
/// Every file in it is a CRL in DER, one or more in PEM ("X509 CRL"), or an OCSP response in DER.
/// Names mean nothing: each answer is for whom its signature and its names say. The folder is read
/// again when it is asked after `kReadAgain`; if it cannot be read then, what was read stays, as
/// long as its own times allow.
///
/// Everything here blocks, or takes time with what somebody else wrote: it runs in the back room.

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "revocation/judgement.hpp"
#include "x509/crl.hpp"

namespace countersign::responders {

/// A folder as it was when it was opened. Immutable.
class OfflineFolder {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{64} * 1024 * 1024;
  static constexpr std::size_t kMaxFiles = 1000;

  struct Contents {
    std::vector<x509::Crl> lists;
    std::vector<std::string> responses;
  };

  /// Reads the folder. Errors: `kInternalError` with the file's name: it cannot be read, is neither
  /// CRL nor OCSP response, or there is too much.
  static Result<std::unique_ptr<OfflineFolder>> open(std::string path,
                                                     std::size_t max_bytes = kMaxBytes);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const std::shared_ptr<const Contents>& contents() const noexcept {
    return contents_;
  }
  /// What is in it now.
  [[nodiscard]] Result<std::shared_ptr<const Contents>> read_again() const;

 private:
  OfflineFolder(std::string path, std::size_t max_bytes, std::shared_ptr<const Contents> contents)
      : path_(std::move(path)), max_bytes_(max_bytes), contents_(std::move(contents)) {}

  std::string path_;
  std::size_t max_bytes_;
  std::shared_ptr<const Contents> contents_;
};

/// What was read of folders since they were opened. Thread-safe; no lock is held while a folder is
/// read.
class OfflineShelf {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kReadAgain{60};

  /// What is known of the folder, read again if that was long ago.
  std::shared_ptr<const OfflineFolder::Contents> contents_of(const OfflineFolder& folder,
                                                             Clock::time_point now);

 private:
  struct Known {
    std::shared_ptr<const OfflineFolder::Contents> first;  ///< by which a new generation is told
    std::shared_ptr<const OfflineFolder::Contents> contents;
    Clock::time_point read_at;
  };
  std::mutex mutex_;
  std::map<std::string, Known> folders_;  ///< by path; as many as configurations named
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
