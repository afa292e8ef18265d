// Any lines as the Link fields of pages of referrers. Where a field leads is on the same host and a
// list of the same referrers; what is strictly written leads where a second reader says. A walk
// over the pages ends, asks each page once, and says so where it left some out.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/registry/link.hpp"
#include "adapters/registry/referrers.hpp"
#include "fuzz/memory.hpp"
#include "fuzz/require.hpp"
#include "fuzz/scripted_registry.hpp"

namespace {

namespace cs = countersign;
using cs::fuzz::require;
using cs::http::Url;

const std::string& subject() {
  static const std::string digest = "sha256:" + std::string(64, '5');
  return digest;
}
const std::string& path() {
  static const std::string path = "/v2/team/app/referrers/" + subject();
  return path;
}
const Url& page() {
  static const Url url = *Url::parse("https://r.io" + path() + "?n=2");
  return url;
}

// ---- the second reader: RFC 8288 to the letter, and silent about all else

struct StrictLink {
  std::string target;
  std::string rel;
};

class StrictReader {
 public:
  explicit StrictReader(std::string_view text) : text_(text) {}

  /// Nothing if it is not written strictly.
  std::optional<std::vector<StrictLink>> read() {
    std::vector<StrictLink> links;
    for (;;) {
      while (take(' ') || take('\t') || take(',')) {
      }
      if (at_ == text_.size()) return links;
      auto link = read_link();
      blanks();
      if (!link || (at_ != text_.size() && text_[at_] != ',')) return std::nullopt;
      links.push_back(*std::move(link));
    }
  }

 private:
  bool take(char wanted) {
    const bool here = at_ < text_.size() && text_[at_] == wanted;
    at_ += here ? 1 : 0;
    return here;
  }
  void blanks() {
    while (take(' ') || take('\t')) {
    }
  }
  std::string token() {
    std::string run;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-.^_`|~").contains(c);
      if (!plain) break;
      run.push_back(c);
    }
    return run;
  }
  /// A quoted string without escapes and control characters.
  std::optional<std::string> quoted() {
    const std::size_t end = text_.find('"', at_);
    if (end == std::string_view::npos) return std::nullopt;
    std::string inside(text_.substr(at_, end - at_));
    at_ = end + 1;
    for (const char c : inside) {
      if (c == '\\' || (static_cast<unsigned char>(c) < 0x20 && c != '\t')) return std::nullopt;
    }
    return inside;
  }

  std::optional<StrictLink> read_link() {
    StrictLink link;
    if (!take('<')) return std::nullopt;
    while (at_ < text_.size() && text_[at_] != '>' && text_[at_] != '<')
      link.target.push_back(text_[at_++]);
    if (!take('>')) return std::nullopt;
    for (bool rel_seen = false; blanks(), take(';');) {
      blanks();
      const std::string name = cs::ascii_lower(token());
      if (name.empty()) continue;  // "<x>; ;rel=next"
      blanks();
      std::string value;
      if (take('=')) {
        blanks();
        if (take('"')) {
          auto inside = quoted();
          if (!inside) return std::nullopt;
          value = *std::move(inside);
        } else {
          value = token();
          if (value.empty()) return std::nullopt;
        }
      }
      if (name == "rel" && !rel_seen) link.rel = value;
      rel_seen = rel_seen || name == "rel";
    }
    return link;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool says_next(std::string rel) {
  for (char& c : rel) {
    if (c == '\t') c = ' ';
  }
  return (" " + cs::ascii_lower(rel) + " ").contains(" next ");
}

/// Percent-decoded, as some server may read it.
std::string decoded(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain.push_back(text[i]);
    } else {
      plain.push_back(static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])));
      i += 2;
    }
  }
  return plain;
}

bool may_be_next(const Url& url) {
  for (const std::string_view segment : cs::fuzz::split(url.path(), '/')) {
    const std::string plain = decoded(segment);
    if (plain == "." || plain == "..") return false;
  }
  return url.origin() == "https://r.io" && url.path().starts_with(path());
}

using Next = cs::Result<std::optional<Url>>;

void require_as_strictly_read(const std::vector<std::string_view>& fields, const Next& got) {
  for (const std::string_view field : fields) {
    const auto links = StrictReader(field).read();
    if (!links) return;
    for (const StrictLink& link : *links) {
      if (!says_next(link.rel)) continue;
      const auto url = page().resolve(link.target);
      if (!url || !may_be_next(*url)) return require(!got.has_value());
      require(got.has_value() && got->has_value());
      return require((*got)->to_string() == url->to_string());
    }
  }
  require(got.has_value() && !got->has_value());
}

void check_fields(std::string_view text) {
  const auto fields = cs::fuzz::split(text, '\n');
  std::optional<Next> next;
  const std::size_t cost =
      cs::fuzz::peak_of([&] { next = cs::registry::next_page(fields, page(), path()); });
  require(cost <= 16 * text.size() + 8192);
  require_as_strictly_read(fields, *next);
  if (!*next) {
    cs::fuzz::require_showable(next->error());
    require(next->error().outcome() == cs::Outcome::kRegistryMisbehaved);
    require(next->error().reason() == cs::Reason("BAD_RESPONSE"));
    return;
  }
  if (!**next) return;
  const Url& url = ***next;
  require(may_be_next(url));
  const auto again = Url::parse(url.to_string());
  require(again.has_value() && again->to_string() == url.to_string());
}

// ---- the walk

/// The k-th page: one signature, and the k-th line as its Link field.
cs::http::Response page_of(std::size_t k, std::string_view link) {
  const std::string number = std::to_string(k);
  cs::http::Response response;
  response.status = 200;
  response.headers = {{"content-type", "application/vnd.oci.image.index.v1+json"},
                      {"link", std::string(link)}};
  response.body =
      R"({"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
      R"("artifactType":"application/vnd.cncf.notary.signature","size":7,"digest":"sha256:)" +
      std::string(64 - number.size(), 'a') + number + R"("}]})";
  return response;
}

void check_walk(std::string_view text) {
  std::vector<cs::http::Response> pages;
  for (const std::string_view line : cs::fuzz::split(text, '\n'))
    pages.push_back(page_of(pages.size(), line));
  if (pages.empty()) return;
  const std::size_t served = pages.size();
  cs::fuzz::ScriptedRegistry registry({}, std::move(pages));
  const cs::ports::Subject image{.digest = *cs::oci::Digest::parse(subject()),
                                 .media_type = "application/vnd.oci.image.manifest.v1+json",
                                 .size = 7};
  const auto list = registry.list("r.io/team/app:v1", image);
  // The first page had a signature, so there is a list, and no other way is tried.
  require(list.has_value() && !list->candidates.empty());
  require(registry.asked().size() <= cs::registry::kMaxPages);
  std::set<std::string> asked;
  for (const cs::http::Request& request : registry.asked()) {
    require(may_be_next(request.url) && request.method == cs::http::Method::kGet);
    require(request.authorization.empty() && request.body.empty());
    require(asked.insert(request.url.to_string()).second);
  }
  const std::size_t read = std::min(registry.asked().size(), served);
  require(list->candidates.size() == read);
  // A page that could not be had, or was not asked for, is said.
  const auto last = cs::registry::next_page({cs::fuzz::split(text, '\n')[read - 1]},
                                            registry.asked()[read - 1].url, path());
  const bool ended = registry.asked().size() == read && last.has_value() && !last->has_value();
  require(list->incomplete.has_value() == !ended);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_fields(text);
  check_walk(text);
  return 0;
}
