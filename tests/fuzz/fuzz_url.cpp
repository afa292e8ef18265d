// Two lines of any bytes: a URL, and a reference on its page. What is accepted prints to a form
// that is accepted again and means the same, to us and to libcurl; what refers to a page leads
// where RFC 3986 says, and to another origin only if it names one; no query is shown.
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/url.hpp"
#include "base/ip_address.hpp"
#include "fuzz/memory.hpp"
#include "fuzz/require.hpp"

namespace {

using countersign::Result;
using countersign::fuzz::require;
using countersign::fuzz::require_showable;
using countersign::http::Url;

/// What seeds write where a query must not be shown.
constexpr std::string_view kMarker = "S3CR3T";

void require_refused(std::string_view text, const Result<Url>& url) {
  require_showable(url.error());
  require(url.error().outcome() == countersign::Outcome::kRegistryMisbehaved);
  require(url.error().reason() == countersign::Reason("BAD_RESPONSE"));
  const std::size_t question = text.find('?');
  if (question != std::string_view::npos && !text.substr(0, question).contains(kMarker))
    require(!url.error().message().contains(kMarker));
}

// ---- libcurl's reading

struct FreeCurl {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};

std::optional<std::string> part(CURLU* url, CURLUPart what, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, what, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool is_same_host(const std::string& ours, const std::string& theirs) {
  if (!ours.starts_with('[')) return ours == theirs;
  const auto address = [](const std::string& host) {
    return countersign::IpAddress::parse(std::string_view(host).substr(1, host.size() - 2));
  };
  return theirs.starts_with('[') && address(ours) == address(theirs);
}

void require_same_to_libcurl(const Url& url) {
  const std::unique_ptr<CURLU, FreeCurl> read(curl_url());
  require(read != nullptr);
  require(curl_url_set(read.get(), CURLUPART_URL, url.to_string().c_str(), CURLU_PATH_AS_IS) ==
          CURLUE_OK);
  require(part(read.get(), CURLUPART_SCHEME) == (url.is_https() ? "https" : "http"));
  require(is_same_host(url.host(), part(read.get(), CURLUPART_HOST).value_or("")));
  require(part(read.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT) == std::to_string(url.port()));
  require(part(read.get(), CURLUPART_PATH) == url.path());
  require(part(read.get(), CURLUPART_QUERY).value_or("") == url.query());
  for (const CURLUPart none : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT})
    require(!part(read.get(), none));
}

// ---- what every URL keeps

void require_hidden_query(const Url& url) {
  constexpr std::array<std::string_view, 4> kShown = {"ns", "artifactType", "n", "last"};
  constexpr std::size_t kWhole = 256;  // longer ones are cut
  const std::string shown = url.redacted();
  const std::size_t question = shown.find('?');
  if (url.query().empty()) return require(question == std::string::npos);
  require(question != std::string::npos);
  std::string_view query = std::string_view(shown).substr(question + 1);
  if (query.size() >= kWhole) return;
  for (bool more = true; more;) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    more = end != std::string_view::npos;
    if (more) query.remove_prefix(end + 1);
    const bool named = std::ranges::find(kShown, pair.substr(0, pair.find('='))) != kShown.end();
    require(named || pair == "REDACTED" || pair.ends_with("=REDACTED"));
  }
}

void require_sound(const Url& url) {
  const std::string printed = url.to_string();
  require(printed.size() <= Url::kMaxLength);
  for (const char c : printed) require(c > 0x20 && c < 0x7f && c != '#' && c != '\\');
  require(!url.host().empty() && url.host() == countersign::ascii_lower(url.host()));
  require(url.port() != 0 && url.path().starts_with('/'));
  require(printed.starts_with(url.origin() + "/") && url.origin().ends_with(url.authority()));

  const auto again = Url::parse(printed);
  require(again.has_value() && again->to_string() == printed);
  require(same_origin(*again, url) && again->path() == url.path() && again->query() == url.query());
  const auto own = countersign::http::parse_host_port(url.authority());
  require(own.has_value() && own->host == url.host() &&
          (own->port == 0 || own->port == url.port()));
  require_hidden_query(url);
  require_same_to_libcurl(url);
}

// ---- RFC 3986, section 5.2, to the letter

/// Section 5.2.4, with its two buffers.
std::string without_dots(std::string in) {
  std::string out;
  const auto drop_last = [&out] {
    out.resize(out.rfind('/') == std::string::npos ? 0 : out.rfind('/'));
  };
  while (!in.empty()) {
    if (in.starts_with("../")) {
      in.erase(0, 3);
    } else if (in.starts_with("./") || in.starts_with("/./")) {
      in.erase(0, 2);
    } else if (in == "/.") {
      in = "/";
    } else if (in.starts_with("/../")) {
      in.erase(0, 3);
      drop_last();
    } else if (in == "/..") {
      in = "/";
      drop_last();
    } else if (in == "." || in == "..") {
      in.clear();
    } else {
      const std::size_t end = std::min(in.find('/', 1), in.size());
      out += in.substr(0, end);
      in.erase(0, end);
    }
  }
  return out;
}

/// The text that section 5.2.2 makes; as it is, if the reference has a scheme.
std::string target(const Url& page, std::string_view reference) {
  reference = reference.substr(0, reference.find('#'));
  const std::string_view first = reference.substr(0, reference.find_first_of("/?"));
  if (first.contains(':')) return std::string(reference);
  if (reference.starts_with("//"))
    return (page.is_https() ? "https:" : "http:") + std::string(reference);
  const std::size_t question = reference.find('?');
  const std::string path(reference.substr(0, question));
  const std::string query(question == std::string_view::npos ? "" : reference.substr(question));
  if (path.empty()) {
    const std::string own = page.query().empty() ? "" : "?" + page.query();
    return page.origin() + page.path() + (question == std::string_view::npos ? own : query);
  }
  if (path.starts_with('/')) return page.origin() + without_dots(path) + query;
  return page.origin() + without_dots(page.path().substr(0, page.path().rfind('/') + 1) + path) +
         query;
}

void require_resolves(const Url& page, std::string_view reference) {
  const auto got = page.resolve(reference);
  const auto want = Url::parse(target(page, reference));
  require(got.has_value() == want.has_value());
  if (!got) return require_refused(reference, got);
  require(got->to_string() == want->to_string());
  require_sound(*got);
  const std::string_view first = reference.substr(0, reference.find_first_of("/?#"));
  if (!first.contains(':') && !reference.starts_with("//")) require(same_origin(*got, page));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.find('\n');
  const std::string_view first = text.substr(0, end);
  std::optional<Result<Url>> url;
  const std::size_t cost = countersign::fuzz::peak_of([&] { url = Url::parse(first); });
  require(cost <= 4 * first.size() + 2048);
  if (!*url) {
    require_refused(first, *url);
    return 0;
  }
  require_sound(**url);
  if (end == std::string_view::npos) return 0;
  const std::string_view reference = text.substr(end + 1);
  require_resolves(**url, reference);

  Url more = **url;
  more.add_query(reference, reference);
  if (more.to_string().size() > Url::kMaxLength) return 0;
  require_sound(more);
  require(same_origin(more, **url) && more.path() == (*url)->path());
  require(more.query().starts_with((*url)->query()));
  return 0;
}
