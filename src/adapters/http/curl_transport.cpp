#include "adapters/http/curl_transport.hpp"

#include <boost/asio/this_coro.hpp>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "adapters/http/curl_loop.hpp"
#include "adapters/http/transfer.hpp"
#include "base/text.hpp"

namespace countersign::http {
namespace {

// A lookup that fails is repeated like any other exchange; only a name that keeps failing is left
// alone.
constexpr std::chrono::seconds kFailedNameTtl{5};
constexpr unsigned kLookups = 3;
constexpr std::size_t kMaxFailedNames = 256;

/// Once in the process, and only when something is fetched: start-up and idle memory are watched.
Status initialise_libcurl() {
  static std::once_flag once;
  static CURLcode result = CURLE_FAILED_INIT;
  std::call_once(once, [] { result = curl_global_init(CURL_GLOBAL_DEFAULT); });
  if (result == CURLE_OK) return ok();
  return Error(Outcome::kInternalError, "HTTP_CLIENT", "libcurl cannot be initialised");
}

std::string_view name(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
  }
  return "";
}

}  // namespace

std::string describe(Method method, std::string_view url) {
  const auto parsed = Url::parse(url);
  const std::string shown =
      parsed ? parsed->redacted() : printable(url.substr(0, url.find('?')), 256);
  return std::string(name(method)) + " " + shown;
}

class CurlTransport::Impl {
 public:
  Impl(Executor executor, const Settings& settings)
      : executor_(executor),
        settings_(settings),
        policy_(std::make_shared<const AddressPolicy>(settings.egress_allow)),
        handles_(std::make_shared<HandlePool>()) {}

  struct Prepared {
    std::unique_ptr<Transfer> transfer;
    CurlLoop* loop = nullptr;
    std::string host;
  };

  Result<Prepared> prepare(Request request, Deadline deadline);
  Result<Response> finish(Prepared& prepared, CURLcode code);
  void close() { loops_.clear(); }

 private:
  struct Target {
    Contact contact;
    RegistryMatch registry;
    /// The entry whose roots apply; null for the system's.
    const RegistrySettings* tls = nullptr;
  };
  /// Purpose, shared roots (null: system), verification.
  using PoolKey = std::tuple<Purpose, const x509_store_st*, bool>;

  Result<Target> target_of(const Request& request, const Url& url) const;
  Result<TlsProfile> tls_profile(const Target& target);
  CurlLoop& loop_for(const PoolKey& key);
  Status check_name(const std::string& host);
  void remember_failed_name(const std::string& host);

  Executor executor_;
  const Settings& settings_;
  std::shared_ptr<const AddressPolicy> policy_;
  std::shared_ptr<HandlePool> handles_;
  std::map<const RegistrySettings*, SharedStore> stores_;
  struct FailedName {
    unsigned failures = 0;
    Deadline::Clock::time_point until;
  };
  std::unordered_map<std::string, FailedName> failed_names_;
  std::map<PoolKey, std::unique_ptr<CurlLoop>> loops_;  // last: it ends first
};

Result<CurlTransport::Impl::Target> CurlTransport::Impl::target_of(const Request& request,
                                                                   const Url& url) const {
  Target target{.contact = {.purpose = request.purpose},
                .registry = find_registry(settings_, request.registry)};
  Contact& contact = target.contact;
  contact.registry_is_named = target.registry.exact;
  contact.registry_is_configured = target.registry.settings != nullptr;
  const bool plain = uses_plain_http(target.registry);
  if (const auto registry = parse_host_port(request.registry)) {
    contact.same_host = registry->host == url.host();
    contact.same_port = (registry->port != 0 ? registry->port : (plain ? 80 : 443)) == url.port();
  }
  if (!url.is_https() && request.purpose != Purpose::kRevocation && !plain) {
    return Error(request.purpose == Purpose::kRegistry ? Outcome::kRegistryRefused
                                                       : Outcome::kRegistryMisbehaved,
                 "BAD_RESPONSE", "plain HTTP is not configured for this registry");
  }
  switch (request.purpose) {
    case Purpose::kRegistry:
      target.tls = target.registry.settings;
      break;
    case Purpose::kToken:
      if (contact.same_host || is_token_server(target.registry, url)) {
        target.tls = target.registry.settings;
        break;
      }
      [[fallthrough]];
    case Purpose::kRedirect:
      if (const RegistryMatch other = find_registry(settings_, url.authority()); other.exact)
        target.tls = other.settings;
      break;
    case Purpose::kRevocation:
      break;
  }
  COUNTERSIGN_CHECK(policy_->check_url(url, contact));
  return target;
}

Result<TlsProfile> CurlTransport::Impl::tls_profile(const Target& target) {
  TlsProfile profile;
  const Contact& contact = target.contact;
  const bool own_host = contact.purpose == Purpose::kRegistry ||
                        (contact.purpose == Purpose::kToken && contact.same_host);
  if (own_host && skips_tls_verification(target.registry)) {
    profile.verify = false;
    return profile;
  }
  const bool own_roots = target.tls != nullptr && !target.tls->ca.empty();
  if (!own_roots && settings_.ca.empty()) return profile;
  const auto known = stores_.find(own_roots ? target.tls : nullptr);
  if (known != stores_.end()) {
    profile.roots = known->second;
    return profile;
  }
  std::vector<std::string> texts = settings_.ca;
  if (own_roots) texts.insert(texts.end(), target.tls->ca.begin(), target.tls->ca.end());
  COUNTERSIGN_TRY(profile.roots, load_roots(settings_.system_roots_file, texts));
  stores_.emplace(own_roots ? target.tls : nullptr, profile.roots);
  return profile;
}

CurlLoop& CurlTransport::Impl::loop_for(const PoolKey& key) {
  auto& loop = loops_[key];
  if (!loop) loop = std::make_unique<CurlLoop>(executor_);
  return *loop;
}

Status CurlTransport::Impl::check_name(const std::string& host) {
  const auto failed = failed_names_.find(host);
  if (failed == failed_names_.end()) return ok();
  if (Deadline::Clock::now() < failed->second.until) {
    if (failed->second.failures < kLookups) return ok();
    return Error(Outcome::kRegistryUnreachable, "DNS_FAILED",
                 "its name did not resolve a moment ago");
  }
  failed_names_.erase(failed);
  return ok();
}

void CurlTransport::Impl::remember_failed_name(const std::string& host) {
  // Names are the tenants' choice. When there are too many, forgetting all of them only costs a
  // lookup.
  if (failed_names_.size() >= kMaxFailedNames) failed_names_.clear();
  FailedName& name = failed_names_[host];
  ++name.failures;
  name.until = Deadline::Clock::now() + kFailedNameTtl;
}

Result<CurlTransport::Impl::Prepared> CurlTransport::Impl::prepare(Request request,
                                                                   Deadline deadline) {
  const std::chrono::milliseconds remaining = deadline.remaining();
  if (remaining.count() <= 0) {
    return Error(Outcome::kDeadlineExceeded, "BUDGET_EXHAUSTED",
                 "the deadline passed before it was asked");
  }
  COUNTERSIGN_TRY(Url url, Url::parse(request.url));
  COUNTERSIGN_TRY(const Target target, target_of(request, url));
  COUNTERSIGN_CHECK(check_name(url.host()));
  COUNTERSIGN_CHECK(initialise_libcurl());
  COUNTERSIGN_TRY(TlsProfile tls, tls_profile(target));
  const PoolKey key{request.purpose, tls.roots.get(), tls.verify};
  const auto timeout = std::min(remaining, request.timeout);
  std::string host = url.host();
  TransferOptions options{.request = std::move(request),
                          .url = std::move(url),
                          .contact = target.contact,
                          .tls = std::move(tls),
                          .system_roots_file = settings_.system_roots_file,
                          .user_agent = settings_.user_agent,
                          .timeout = timeout,
                          .deadline = deadline};
  COUNTERSIGN_TRY(auto transfer, Transfer::make(std::move(options), policy_, handles_));
  return Prepared{std::move(transfer), &loop_for(key), std::move(host)};
}

Result<Response> CurlTransport::Impl::finish(Prepared& prepared, CURLcode code) {
  if (code == CURLE_COULDNT_RESOLVE_HOST) remember_failed_name(prepared.host);
  return prepared.transfer->finish(code);
}

CurlTransport::CurlTransport(asio::io_context& context, const Settings& settings)
    : impl_(std::make_shared<Impl>(context.get_executor(), settings)) {}

CurlTransport::~CurlTransport() { impl_->close(); }

Task<Response> CurlTransport::send(Request request, Deadline deadline) {
  const std::shared_ptr<Impl> impl = impl_;
  const std::string what = describe(request.method, request.url);
  auto prepared = impl->prepare(std::move(request), deadline);
  if (!prepared) co_return std::move(prepared).error().while_doing(what);
  const CURLcode code = co_await prepared->loop->perform(prepared->transfer->easy());
  auto response = impl->finish(*prepared, code);
  if (!response) co_return std::move(response).error().while_doing(what);
  co_return response;
}

}  // namespace countersign::http
