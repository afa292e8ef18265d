#include "adapters/http/curl_transport.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "adapters/http/curl_loop.hpp"
#include "adapters/http/describe.hpp"
#include "adapters/http/settings.hpp"
#include "adapters/http/transfer.hpp"
#include "async/back_room.hpp"

namespace countersign::http {
namespace {

// A lookup that fails is repeated like any other exchange; only a name that keeps failing is left
// alone.
constexpr std::chrono::seconds kFailedNameTtl{5};
constexpr unsigned kLookups = 3;
constexpr std::size_t kMaxFailedNames = 256;
/// Sets of trust anchors: as many as configurations name.
constexpr std::size_t kMaxStores = 64;

/// Once in the process, and only when something is fetched: start-up and idle memory are watched. A
/// failure is not remembered, since memory may have been short.
Status initialise_libcurl() {
  static std::mutex mutex;
  static std::atomic<bool> initialised = false;
  if (initialised.load(std::memory_order_acquire)) return ok();
  const std::lock_guard lock(mutex);
  if (initialised.load(std::memory_order_relaxed)) return ok();
  if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
    initialised.store(true, std::memory_order_release);
    return ok();
  }
  return Error(Outcome::kInternalError, "HTTP_CLIENT", "libcurl cannot be initialised");
}

}  // namespace

class CurlTransport::Impl {
 public:
  Impl(Executor executor, std::shared_ptr<const Settings> default_peers, BackRoom* back_room,
       Clock& clock)
      : executor_(executor),
        default_peers_(std::move(default_peers)),
        back_room_(back_room),
        clock_(clock),
        handles_(std::make_shared<HandlePool>()) {}

  struct Prepared {
    std::unique_ptr<Transfer> transfer;
    CurlLoop* loop = nullptr;
    std::string host;
  };

  /// Where a request goes, and by which roots the peer is checked.
  struct Way {
    std::shared_ptr<const Settings> peers;
    Url url;
    Contact contact;
    bool verify = true;
    std::string roots;               ///< the key of its trust anchors; empty: none are needed
    std::vector<std::string> texts;  ///< beside the system's
  };

  Result<Way> way_of(const Request& request, Deadline deadline) const;
  /// Trust anchors that are not known yet are read, which takes a while.
  Task<SharedStore> roots_of(const Way& way, Deadline deadline);
  Result<Prepared> prepare(Request request, Way way, SharedStore roots, Deadline deadline);
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

  static Result<Target> target_of(const Settings& peers, const Request& request, const Url& url);
  CurlLoop& loop_for(const PoolKey& key);
  Status check_name(const std::string& host);
  void remember_failed_name(const std::string& host);

  Executor executor_;
  std::shared_ptr<const Settings> default_peers_;
  BackRoom* back_room_;
  Clock& clock_;
  std::shared_ptr<HandlePool> handles_;
  /// By the texts that they are made of: the same roots are the same pool, whatever the generation.
  std::map<std::string, SharedStore> stores_;
  struct FailedName {
    unsigned failures = 0;
    Deadline::Clock::time_point until;
  };
  std::unordered_map<std::string, FailedName> failed_names_;
  std::map<PoolKey, std::unique_ptr<CurlLoop>> loops_;  // last: it ends first
};

Result<CurlTransport::Impl::Target> CurlTransport::Impl::target_of(const Settings& peers,
                                                                   const Request& request,
                                                                   const Url& url) {
  Target target{.contact = {.purpose = request.purpose},
                .registry = find_registry(peers, request.registry)};
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
      if (const RegistryMatch other = find_registry(peers, url.authority()); other.exact)
        target.tls = other.settings;
      break;
    case Purpose::kRevocation:
      break;
  }
  COUNTERSIGN_CHECK(AddressPolicy(peers.egress_allow).check_url(url, contact));
  return target;
}

Result<CurlTransport::Impl::Way> CurlTransport::Impl::way_of(const Request& request,
                                                             Deadline deadline) const {
  if (clock_.now() >= deadline.at()) {
    return Error(Outcome::kDeadlineExceeded, "BUDGET_EXHAUSTED",
                 "the deadline passed before it was asked");
  }
  const std::shared_ptr<const Settings> peers = request.peers ? request.peers : default_peers_;
  COUNTERSIGN_TRY(Url url, Url::parse(request.url));
  COUNTERSIGN_TRY(const Target target, target_of(*peers, request, url));
  const Contact& contact = target.contact;
  const bool own_host = contact.purpose == Purpose::kRegistry ||
                        (contact.purpose == Purpose::kToken && contact.same_host);
  Way way{.peers = peers,
          .url = std::move(url),
          .contact = contact,
          .verify = !(own_host && skips_tls_verification(target.registry)),
          .roots = {},
          .texts = {}};
  if (!way.verify || !way.url.is_https()) return way;
  way.texts = peers->ca;
  if (target.tls != nullptr)
    way.texts.insert(way.texts.end(), target.tls->ca.begin(), target.tls->ca.end());
  way.roots = peers->system_roots_file;
  for (const std::string& text : way.texts) way.roots.append(1, '\0').append(text);
  return way;
}

Task<SharedStore> CurlTransport::Impl::roots_of(const Way& way, Deadline deadline) {
  if (way.roots.empty()) co_return SharedStore();
  if (const auto known = stores_.find(way.roots); known != stores_.end()) co_return known->second;
  const std::function<Result<SharedStore>()> load =
      [file = way.peers->system_roots_file, texts = way.texts] { return load_roots(file, texts); };
  Result<SharedStore> roots = Error();
  if (back_room_ == nullptr) {
    roots = load();
  } else {
    roots = co_await back_room_->run<SharedStore>(load, clock_, deadline);
  }
  if (!roots) co_return roots;
  if (stores_.size() >= kMaxStores) stores_.clear();
  stores_.insert_or_assign(way.roots, *roots);
  co_return roots;
}

CurlLoop& CurlTransport::Impl::loop_for(const PoolKey& key) {
  auto& loop = loops_[key];
  if (!loop) loop = std::make_unique<CurlLoop>(executor_);
  return *loop;
}

Status CurlTransport::Impl::check_name(const std::string& host) {
  const auto failed = failed_names_.find(host);
  if (failed == failed_names_.end()) return ok();
  if (clock_.now() < failed->second.until) {
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
  name.until = clock_.now() + kFailedNameTtl;
}

Result<CurlTransport::Impl::Prepared> CurlTransport::Impl::prepare(Request request, Way way,
                                                                   SharedStore roots,
                                                                   Deadline deadline) {
  COUNTERSIGN_CHECK(check_name(way.url.host()));
  COUNTERSIGN_CHECK(initialise_libcurl());
  const PoolKey key{request.purpose, roots.get(), way.verify};
  const auto remaining =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline.at() - clock_.now());
  const auto timeout = std::max(std::min(remaining, request.timeout), std::chrono::milliseconds(1));
  std::string host = way.url.host();
  TransferOptions options{.request = std::move(request),
                          .url = std::move(way.url),
                          .contact = way.contact,
                          .tls = {.verify = way.verify, .roots = std::move(roots)},
                          .system_roots_file = way.peers->system_roots_file,
                          .user_agent = way.peers->user_agent,
                          .timeout = timeout,
                          .deadline = deadline,
                          .clock = &clock_};
  COUNTERSIGN_TRY(
      auto transfer,
      Transfer::make(std::move(options),
                     std::make_shared<const AddressPolicy>(way.peers->egress_allow), handles_));
  return Prepared{std::move(transfer), &loop_for(key), std::move(host)};
}

Result<Response> CurlTransport::Impl::finish(Prepared& prepared, CURLcode code) {
  if (code == CURLE_COULDNT_RESOLVE_HOST) remember_failed_name(prepared.host);
  return prepared.transfer->finish(code);
}

CurlTransport::CurlTransport(asio::io_context& context,
                             std::shared_ptr<const Settings> default_peers, BackRoom* back_room,
                             Clock& clock)
    : impl_(std::make_shared<Impl>(
          context.get_executor(),
          default_peers ? std::move(default_peers) : std::make_shared<const Settings>(), back_room,
          clock)) {}

CurlTransport::~CurlTransport() { impl_->close(); }

Task<Response> CurlTransport::send(Request request, Deadline deadline) {
  const std::shared_ptr<Impl> impl = impl_;
  const Method method = request.method;
  const std::string url = request.url;
  auto way = impl->way_of(request, deadline);
  if (!way) co_return std::move(way).error().while_doing(describe(method, url));
  auto roots = co_await impl->roots_of(*way, deadline);
  if (!roots) co_return std::move(roots).error().while_doing(describe(method, url));
  auto prepared = impl->prepare(std::move(request), *std::move(way), *std::move(roots), deadline);
  if (!prepared) co_return std::move(prepared).error().while_doing(describe(method, url));
  const CURLcode code = co_await prepared->loop->perform(prepared->transfer->easy());
  auto response = impl->finish(*prepared, code);
  if (!response) co_return std::move(response).error().while_doing(describe(method, url));
  co_return response;
}

}  // namespace countersign::http
