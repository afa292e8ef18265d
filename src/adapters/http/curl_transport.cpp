#include "adapters/http/curl_transport.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "adapters/http/curl_loop.hpp"
#include "adapters/http/describe.hpp"
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
/// More pools than this keep no idle connections.
constexpr std::size_t kMaxPools = 256;

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
  Impl(Executor executor, BackRoom* back_room, Clock& clock)
      : executor_(executor),
        back_room_(back_room),
        clock_(clock),
        handles_(std::make_shared<HandlePool>()) {}

  struct Prepared {
    std::unique_ptr<Transfer> transfer;
    CurlLoop* loop = nullptr;
    std::string host;
  };

  /// Whether the request may be sent at all.
  [[nodiscard]] Status check(const Request& request, Deadline deadline) const;
  /// Trust anchors that are not known yet are read, which takes a while.
  Task<SharedStore> roots_of(const Request& request, Deadline deadline);
  Result<Prepared> prepare(Request request, SharedStore roots, BodySink* sink, Deadline deadline);
  Result<Response> finish(Prepared& prepared, CURLcode code);
  void close() { loops_.clear(); }
  [[nodiscard]] Executor executor() const noexcept { return executor_; }

 private:
  /// Purpose, and the id of the roots that peers are checked by.
  using PoolKey = std::pair<Purpose, std::string>;

  CurlLoop& loop_for(const PoolKey& key);
  Status check_name(const std::string& host);
  void remember_failed_name(const std::string& host);

  Executor executor_;
  BackRoom* back_room_;
  Clock& clock_;
  std::shared_ptr<HandlePool> handles_;
  /// By the profile's id: the same roots are the same pool, whatever the generation.
  std::map<std::string, SharedStore> stores_;
  struct FailedName {
    unsigned failures = 0;
    Deadline::Clock::time_point until;
  };
  std::unordered_map<std::string, FailedName> failed_names_;
  std::map<PoolKey, std::unique_ptr<CurlLoop>> loops_;  // last: it ends first
};

Status CurlTransport::Impl::check(const Request& request, Deadline deadline) const {
  if (clock_.now() >= deadline.at()) {
    return Error(Outcome::kDeadlineExceeded, "BUDGET_EXHAUSTED",
                 "the deadline passed before it was asked");
  }
  if (request.url.is_https() && request.route.tls == nullptr)
    return Error(Outcome::kInternalError, "HTTP_CLIENT", "a route without TLS to an https address");
  return check_url(request.url, request.route);
}

Task<SharedStore> CurlTransport::Impl::roots_of(const Request& request, Deadline deadline) {
  if (!request.url.is_https() || !request.route.tls->verify()) co_return SharedStore();
  const std::shared_ptr<const TlsProfile> profile = request.route.tls;
  if (const auto known = stores_.find(profile->id()); known != stores_.end())
    co_return known->second;
  const std::function<Result<SharedStore>()> load = [profile] {
    return load_roots(profile->system_roots_file(), profile->texts());
  };
  Result<SharedStore> roots = Error();
  if (back_room_ == nullptr) {
    roots = load();
  } else {
    roots = co_await back_room_->run<SharedStore>(load, clock_, deadline);
  }
  if (!roots) co_return roots;
  if (stores_.size() >= kMaxStores) stores_.clear();
  stores_.insert_or_assign(profile->id(), *roots);
  co_return roots;
}

CurlLoop& CurlTransport::Impl::loop_for(const PoolKey& key) {
  if (loops_.size() >= kMaxPools && !loops_.contains(key))
    std::erase_if(loops_, [](const auto& each) { return each.second->live_transfers() == 0; });
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

Result<CurlTransport::Impl::Prepared> CurlTransport::Impl::prepare(Request request,
                                                                   SharedStore roots,
                                                                   BodySink* sink,
                                                                   Deadline deadline) {
  std::string host = request.url.host();
  COUNTERSIGN_CHECK(check_name(host));
  COUNTERSIGN_CHECK(initialise_libcurl());
  const PoolKey key{request.route.purpose,
                    request.url.is_https() ? request.route.tls->id() : std::string()};
  const auto remaining =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline.at() - clock_.now());
  const auto timeout = sink != nullptr ? remaining : std::min(remaining, request.timeout);
  TransferOptions options{.request = std::move(request),
                          .roots = std::move(roots),
                          .sink = sink,
                          .timeout = std::max(timeout, std::chrono::milliseconds(1)),
                          .longest = std::min(remaining, 2 * timeout),
                          .deadline = deadline,
                          .clock = &clock_};
  COUNTERSIGN_TRY(auto transfer, Transfer::make(std::move(options), handles_));
  return Prepared{std::move(transfer), &loop_for(key), std::move(host)};
}

Result<Response> CurlTransport::Impl::finish(Prepared& prepared, CURLcode code) {
  if (code == CURLE_COULDNT_RESOLVE_HOST) remember_failed_name(prepared.host);
  return prepared.transfer->finish(code);
}

CurlTransport::CurlTransport(asio::io_context& context, BackRoom* back_room, Clock& clock)
    : impl_(std::make_shared<Impl>(context.get_executor(), back_room, clock)) {}

CurlTransport::~CurlTransport() { impl_->close(); }

namespace {

/// Ends a transfer whose answer does not begin in time.
class BeginLimit {
 public:
  BeginLimit(Executor executor, const CurlLoop& loop, const Transfer& transfer,
             std::chrono::milliseconds limit)
      : timer_(executor, limit) {
    timer_.async_wait([loop = loop.handle(), &transfer,
                       under_way = std::weak_ptr<void>(alive_)](boost::system::error_code error) {
      if (error || under_way.expired() || *loop == nullptr || transfer.has_begun()) return;
      (*loop)->time_out(transfer.easy());
    });
  }

 private:
  std::shared_ptr<void> alive_ = std::make_shared<bool>();
  Timer timer_;
};

}  // namespace

Task<Response> CurlTransport::exchange(std::shared_ptr<Impl> impl, Request request, BodySink* sink,
                                       Deadline deadline) {
  const Asked what(request.method, request.url);
  const std::chrono::milliseconds begin = request.timeout;
  if (auto fine = impl->check(request, deadline); !fine)
    co_return std::move(fine).error().while_doing(what.text());
  auto roots = co_await impl->roots_of(request, deadline);
  if (!roots) co_return std::move(roots).error().while_doing(what.text());
  auto prepared = impl->prepare(std::move(request), *std::move(roots), sink, deadline);
  if (!prepared) co_return std::move(prepared).error().while_doing(what.text());
  std::optional<BeginLimit> limit;
  if (sink != nullptr) limit.emplace(impl->executor(), *prepared->loop, *prepared->transfer, begin);
  const CURLcode code = co_await prepared->loop->perform(prepared->transfer->easy());
  limit.reset();
  auto response = impl->finish(*prepared, code);
  if (!response) co_return std::move(response).error().while_doing(what.text());
  co_return response;
}

Task<Response> CurlTransport::send(Request request, Deadline deadline) {
  auto response = co_await exchange(impl_, std::move(request), nullptr, deadline);
  co_return response;
}

Task<Response> CurlTransport::stream(Request request, BodySink& sink, Deadline deadline) {
  auto response = co_await exchange(impl_, std::move(request), &sink, deadline);
  co_return response;
}

}  // namespace countersign::http
