#pragma once
/// Who knows whether certificates are revoked.
///
/// Source: notary-verification section 10. An implementation lives on one thread, that of its loop.

#include "async/task.hpp"
#include "base/deadline.hpp"
#include "revocation/status.hpp"

namespace countersign::ports {

/// Who knows whether certificates are revoked. Implemented by adapters/responders (OCSP and CRL
/// over HTTP, or from a folder), and by fakes in tests.
class RevocationSource {
 public:
  RevocationSource() = default;
  RevocationSource(const RevocationSource&) = delete;
  RevocationSource& operator=(const RevocationSource&) = delete;
  virtual ~RevocationSource() = default;

  /// Never an error: what cannot be found out by the deadline is unknown (VE-13).
  virtual asio::awaitable<revocation::ChainAnswer, Executor> statuses_of(
      revocation::ChainQuestion question, Deadline deadline) = 0;
};

}  // namespace countersign::ports
