#pragma once
/// Where one generation of the configuration finds and keeps answers about revocation. Immutable.

#include <memory>
#include <optional>

#include "adapters/http/route.hpp"
#include "adapters/responders/crl_folder.hpp"
#include "adapters/responders/offline_folder.hpp"

namespace countersign::responders {

struct Places {
  http::Route route;                             ///< to responders and servers of lists
  std::optional<CrlFolder> cache;                ///< where lists survive a restart
  std::shared_ptr<const OfflineFolder> offline;  ///< if it is set, nothing goes over the network
};

}  // namespace countersign::responders
