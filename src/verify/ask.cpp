#include "verify/ask.hpp"

namespace countersign::verify {

FlightKey key_of(const Ask& ask, const TrustId& trust) {
  return {.trust = trust,
          .access = ask.access.id,
          .repository = ask.image.name(),
          .reference = ask.image.manifest_reference(),
          .required = ask.required};
}

}  // namespace countersign::verify
