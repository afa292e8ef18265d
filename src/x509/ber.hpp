#pragma once
/// From BER with definite lengths to DER lengths: what a timestamp token may be written in.
///
/// Source: notary-verification TS-2; X.690 section 8.1.

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace countersign::x509::der {

/// Constructed elements in each other. A token with its certificates is about 15 deep.
inline constexpr std::size_t kMaxDepth = 32;

/// The one element that makes up all of `ber`, each length written in its shortest form and every
/// content octet as it was. Nothing for an indefinite length, a length of more than four octets or
/// of 2^31 and more, a tag of several octets, elements that do not fit, trailing bytes, or
/// more than `kMaxDepth` levels. What is DER already comes back unchanged.
[[nodiscard]] std::optional<Bytes> with_shortest_lengths(BytesView ber);

/// One element: tag, shortest length, content.
[[nodiscard]] Bytes encoded(std::uint8_t tag, BytesView content);

}  // namespace countersign::x509::der
