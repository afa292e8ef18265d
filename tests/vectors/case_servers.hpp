#pragma once
/// The OCSP and CRL servers of a case, behind the program's own client: what they answer is
/// fetched, bounded, cached and judged by adapters/responders, as it is when the program runs. Only
/// libcurl and the address policy are left out. README.md describes the member "responders".

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "adapters/http/transport.hpp"
#include "adapters/responders/shared_store.hpp"
#include "revocation/status.hpp"

namespace countersign::vectors {

class CaseServers final : public http::Transport {
 public:
  /// The member "responders". Throws nlohmann's exceptions, and std::runtime_error, if it is not of
  /// its form.
  explicit CaseServers(const nlohmann::ordered_json& responders);

  /// Asks all that the chain names.
  revocation::ChainAnswer ask(const revocation::ChainQuestion& question);

  /// Addresses that were asked. Those that the case does not list stand there as they were asked;
  /// nobody is there.
  [[nodiscard]] const std::set<std::string>& asked() const noexcept { return asked_; }

  Task<http::Response> send(http::Request request, Deadline deadline) override;

 private:
  /// The address that a request is for: a question to an OCSP responder is its last segment.
  [[nodiscard]] std::string address_of(const std::string& url) const;

  std::map<std::string, Result<http::Response>> answers_;
  std::set<std::string> asked_;
  std::shared_ptr<responders::SharedStore> store_ = std::make_shared<responders::SharedStore>();
};

}  // namespace countersign::vectors
