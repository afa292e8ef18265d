#pragma once
/// What one envelope may cost, whatever its format.

#include <cstddef>

#include "base/json.hpp"

namespace countersign::envelope {

/// An envelope (ST-7, decision 19), and so everything in it. Registries are asked for no more.
inline constexpr std::size_t kMaxEnvelopeBytes = std::size_t{4} * 1024 * 1024;
/// JSON or CBOR values of one document, headers and payload each on their own: a real one has some
/// dozens.
inline constexpr std::size_t kMaxValues = std::size_t{16} * 1024;
inline constexpr std::size_t kMaxJsonDepth = 64;
/// CO-3.
inline constexpr std::size_t kMaxCborDepth = 32;
/// Entries of the list of critical headers, each of which is looked for among all attributes. Real
/// ones have up to five.
inline constexpr std::size_t kMaxCritical = 64;

inline constexpr JsonLimits kJsonLimits{
    .max_bytes = kMaxEnvelopeBytes, .max_depth = kMaxJsonDepth, .max_values = kMaxValues};

}  // namespace countersign::envelope
