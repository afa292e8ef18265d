#pragma once
/// One question about an image, and what makes two questions the same.

#include <compare>
#include <cstdint>
#include <memory>
#include <string>

#include "oci/image_reference.hpp"
#include "ports/access.hpp"
#include "verify/trust_material.hpp"
#include "verify/vocabulary.hpp"

namespace countersign::verify {

/// Made once for each image of an object, and passed on as it is.
struct Ask {
  oci::ImageReference image;
  UserMetadata required = {};  ///< beside what the trust policy asks for
  ports::Access access = {};
};

/// Equal keys have the same verdict at the same time, however the image was written.
struct FlightKey {
  TrustId trust;
  ports::AccessId access;
  std::string repository;  ///< "registry/repository"
  std::string reference;   ///< digest, or tag
  UserMetadata required;

  friend auto operator<=>(const FlightKey&, const FlightKey&) = default;
};

[[nodiscard]] FlightKey key_of(const Ask& ask, const TrustId& trust);

}  // namespace countersign::verify
