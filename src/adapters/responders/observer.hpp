#pragma once
/// Who counts what was asked about revocation. Called on every worker's thread.

#include <cstddef>
#include <string_view>

#include "revocation/status.hpp"

namespace countersign::responders {

class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// `method` is "ocsp", "crl" or "ocsp-fallback-crl"; once for each certificate that was asked
  /// about.
  virtual void on_check(std::string_view method, revocation::Status status) noexcept = 0;
  /// `cache` is "ocsp" or "crl"; `result` is "hit", "miss" or "refresh".
  virtual void on_cache(std::string_view cache, std::string_view result,
                        std::size_t entries) noexcept = 0;
};

}  // namespace countersign::responders
