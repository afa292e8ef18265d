#pragma once
/// Small changes to a valid input, which reach deeper than octets without any form.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace countersign::fuzz {

/// The input as edits: two octets of place, one that says what to do there, one octet to do it
/// with.
inline Bytes edited(Bytes bytes, BytesView edits) {
  for (std::size_t i = 0; i + 4 <= edits.size() && !bytes.empty(); i += 4) {
    const std::size_t place = (std::size_t{edits[i]} << 8U | edits[i + 1]) % bytes.size();
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(place);
    const std::uint8_t octet = edits[i + 3];
    const auto left = bytes.end() - at;
    switch (edits[i + 2] % 5) {
      case 0:
        *at = octet;
        break;
      case 1:
        bytes.insert(at, octet);
        break;
      case 2:
        bytes.erase(at, at + std::min<std::ptrdiff_t>(left, octet % 64U + 1U));
        break;
      case 3: {
        const Bytes copy(at, at + std::min<std::ptrdiff_t>(left, octet));
        bytes.insert(at, copy.begin(), copy.end());
        break;
      }
      default:
        *at = static_cast<std::uint8_t>(*at ^ (1U << (octet % 8U)));
    }
  }
  return bytes;
}

}  // namespace countersign::fuzz
