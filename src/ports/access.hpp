#pragma once
/// With whose rights an image is fetched.
///
/// Source: oci-registry 4.10: what one namespace's credentials opened is not another's to see.

#include <compare>
#include <cstdint>

namespace countersign::ports {

/// Equal ids may see each other's answers. The process's own credentials are 0.
struct AccessId {
  std::uint64_t value = 0;
  friend auto operator<=>(const AccessId&, const AccessId&) = default;
};

struct Access {
  AccessId id;
};

}  // namespace countersign::ports
