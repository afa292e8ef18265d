#include "ports/observer.hpp"

namespace countersign::ports {

void Observer::on_exchange(std::string_view /*registry*/, ExchangeKind /*kind*/, long /*status*/,
                           std::chrono::steady_clock::duration /*duration*/) noexcept {}
void Observer::on_check(std::string_view /*method*/, revocation::Status /*status*/) noexcept {}
void Observer::on_cache(std::string_view /*cache*/, std::string_view /*result*/,
                        std::size_t /*entries*/) noexcept {}

}  // namespace countersign::ports
