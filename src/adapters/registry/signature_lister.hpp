#pragma once
/// The search for signatures: referrers API with filter, without it, then the tag schema; cheap
/// first, thorough only when the answer would be "unsigned".
///
/// Source: oci-registry 3.5 (search plan), 3.2 (what an answer means), 3.3 (pages), 3.4 (tag
/// schema), 3.7 (what is remembered); decisions 46.

#include <string>

#include "adapters/registry/capabilities.hpp"
#include "adapters/registry/exchange.hpp"
#include "adapters/registry/referrers.hpp"
#include "ports/registry.hpp"

namespace countersign::registry {

class SignatureLister {
 public:
  explicit SignatureLister(Exchange& exchange) : exchange_(exchange) {}

  Task<ports::SignatureList> list(Target target, ports::Subject subject, Deadline deadline);
  /// What the API says, where `list` has asked the tag only.
  Task<ports::SignatureList> list_rest(Target target, ports::Subject subject, Deadline deadline);

 private:
  enum class Filter : std::uint8_t { kNotarySignatures, kNone };
  /// What a search came to so far.
  struct Search;

  Task<void> search_api(Search& search);
  Task<void> search_tag(Search& search);
  /// Asks for the first page, once more if the answer is odd. The error is that of the search.
  Task<ApiAnswer> first_page(Search& search, const http::Url& url, http::Response& response);
  Task<void> list_by_api(Search& search, Filter filter);
  /// Further pages.
  Task<void> read_pages(Search& search, http::Url page, const http::Response& first,
                        std::string path);
  static ports::SignatureList result_of(Search search);

  Exchange& exchange_;
};

}  // namespace countersign::registry
