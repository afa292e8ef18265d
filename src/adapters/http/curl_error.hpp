#pragma once
/// What libcurl's result codes mean in our words. Internal to adapters/http. Source:
/// oci-registry 6.6; decisions, "Error ids of oci-registry as outcomes".

#include <curl/curl.h>

#include <string_view>

#include "adapters/http/transport.hpp"
#include "base/error.hpp"

namespace countersign::http {

/// What our own callbacks know about a transfer that failed.
struct TransferFacts {
  Purpose purpose = Purpose::kRegistry;
  bool body_too_large = false;
  bool headers_too_large = false;
  bool memory_bound = false;       ///< all bodies together reached their limit
  bool address_blocked = false;    ///< the address filter refused at least one address
  bool address_tried = false;      ///< it let pass at least one
  bool headers_seen = false;       ///< response headers were being received
  bool queued = false;             ///< it waited for one of our own connections and never got one
  bool deadline_is_limit = false;  ///< the deadline, and not the exchange's own limit, ended it
};

/// `detail` is libcurl's text, for people.
[[nodiscard]] Error to_error(CURLcode code, const TransferFacts& facts, std::string_view detail);

}  // namespace countersign::http
