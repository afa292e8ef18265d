#pragma once
/// Signed annotations that a rule or a command asks for beside the trust policy.
///
/// Source: notary-verification PL-7.

#include <map>
#include <string>

namespace countersign::verdict {

/// Each pair must be among the annotations of the signature's payload, exactly; others may be there
/// too. A key may be asked for twice with different values, which nothing fulfils.
using UserMetadata = std::multimap<std::string, std::string>;

}  // namespace countersign::verdict
