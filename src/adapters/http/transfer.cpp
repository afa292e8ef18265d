#include "adapters/http/transfer.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.hpp"

namespace countersign::http {
namespace {

// oci-registry 0.3.
constexpr std::size_t kMaxHeaderLine = std::size_t{16} * 1024;
constexpr std::size_t kMaxHeaders = std::size_t{64} * 1024;
constexpr std::size_t kMaxHeaderLines = 256;
constexpr std::size_t kErrorBodyKept = std::size_t{8} * 1024;
constexpr std::size_t kErrorBodyRead =
    std::size_t{64} * 1024;  // read on, so that the connection stays usable
constexpr std::size_t kLargeBody = std::size_t{4} * 1024 * 1024;  // longer than any manifest
constexpr const char* kUserAgent = "countersign";
constexpr long kConnectTimeoutMs = 2000;
constexpr long kLowSpeedBytes = 1024;
constexpr long kLowSpeedSeconds = 2;
// Below what load balancers allow, and short enough that a new CA bundle is seen.
constexpr long kMaxIdleSeconds = 60;
constexpr long kMaxConnectionSeconds = 600;
constexpr long kDnsCacheSeconds = 30;
constexpr std::size_t kMaxIdleHandles = 32;

Error client_error(std::string what) {
  return {Outcome::kInternalError, "HTTP_CLIENT", std::move(what)};
}

/// What may stand in a header line without becoming two.
bool is_header_text(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::optional<IpAddress> address_of(const curl_sockaddr& address) {
  if (address.family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address.addr, sizeof four);
    return IpAddress::v4(ntohl(four.sin_addr.s_addr));
  }
  if (address.family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &address.addr, std::min<std::size_t>(sizeof six, address.addrlen));
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    return IpAddress::v6(bytes);
  }
  return std::nullopt;
}

std::size_t count_of(const Response& response, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::count_if(
      response.headers, [&](const auto& header) { return header.first == name; }));
}

std::string_view value_of(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

HandlePool::~HandlePool() {
  for (CURL* easy : idle_) curl_easy_cleanup(easy);
}

CURL* HandlePool::take() {
  if (idle_.empty()) return curl_easy_init();
  CURL* easy = idle_.back();
  idle_.pop_back();
  // Keeps connections and caches, forgets every option of the last user.
  curl_easy_reset(easy);
  return easy;
}

void HandlePool::give_back(CURL* easy) noexcept {
  if (idle_.size() >= kMaxIdleHandles) {
    curl_easy_cleanup(easy);
    return;
  }
  try {
    // At once, since options point into the transfer that ends now.
    curl_easy_reset(easy);
    idle_.push_back(easy);
  } catch (...) {
    curl_easy_cleanup(easy);
  }
}

bool HandlePool::take_bytes(std::size_t count) noexcept {
  if (count > kMaxBodyBytes - body_bytes_) return false;
  body_bytes_ += count;
  return true;
}

Result<std::unique_ptr<Transfer>> Transfer::make(TransferOptions options,
                                                 std::shared_ptr<HandlePool> pool) {
  std::unique_ptr<Transfer> transfer(new Transfer(std::move(options), std::move(pool)));
  if (transfer->easy_ == nullptr) return client_error("no memory for a transfer");
  COUNTERSIGN_CHECK(transfer->set_options());
  return transfer;
}

Transfer::Transfer(TransferOptions options, std::shared_ptr<HandlePool> pool)
    : options_(std::move(options)), pool_(std::move(pool)), easy_(pool_->take()) {
  facts_.purpose = options_.request.route.purpose;
}

Transfer::~Transfer() {
  if (easy_ != nullptr) pool_->give_back(easy_);
  pool_->give_back_bytes(body_held_);
  for (curl_slist* each = header_list_; each != nullptr; each = each->next)
    wipe(each->data, std::strlen(each->data));  // one of them may be a credential
  curl_slist_free_all(header_list_);
}

template <class T>
void Transfer::set(CURLoption option, T value) {
  if (curl_easy_setopt(easy_, option, value) != CURLE_OK && refused_option_ == CURLOPT_LASTENTRY) {
    refused_option_ = option;
  }
}

Status Transfer::set_options() {
  const Request& request = options_.request;
  const std::string url = request.url.to_string();
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, request.url.is_https() ? "https" : "http");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_UNRESTRICTED_AUTH, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_HTTP09_ALLOWED, 0L);
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set(CURLOPT_PIPEWAIT, 1L);
  set(CURLOPT_FRESH_CONNECT, request.fresh_connection ? 1L : 0L);
  set(CURLOPT_USERAGENT, kUserAgent);
  // Cancelling during a name lookup would otherwise stop the whole worker until the resolver
  // answers.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_TCP_NODELAY, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_TCP_KEEPIDLE, 30L);
  set(CURLOPT_TCP_KEEPINTVL, 10L);
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_PREREQFUNCTION, &Transfer::on_before_request);
  set(CURLOPT_PREREQDATA, this);
  set_limits();
  set_method();
  set_tls();
  COUNTERSIGN_CHECK(set_headers());
  if (refused_option_ != CURLOPT_LASTENTRY) {
    return client_error(
        fmt::format("libcurl refuses option {}", static_cast<int>(refused_option_)));
  }
  return ok();
}

void Transfer::set_limits() {
  set(CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  set(CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(options_.timeout.count())));
  set(CURLOPT_DNS_CACHE_TIMEOUT, kDnsCacheSeconds);
  set(CURLOPT_MAXAGE_CONN, kMaxIdleSeconds);
  set(CURLOPT_MAXLIFETIME_CONN, kMaxConnectionSeconds);
}

/// The answer has begun in time; from here on it is judged by its speed. A first answer through a
/// pull-through cache may take seconds, which is not a stall.
void Transfer::begin_body() {
  if (options_.sink != nullptr) return;  // a watch may be silent
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200) return;  // the answer itself is still to come
  set(CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(options_.longest.count())));
  set(CURLOPT_LOW_SPEED_LIMIT, kLowSpeedBytes);
  set(CURLOPT_LOW_SPEED_TIME, kLowSpeedSeconds);
}

void Transfer::set_method() {
  const Request& request = options_.request;
  switch (request.method) {
    case Method::kGet:
      set(CURLOPT_HTTPGET, 1L);
      return;
    case Method::kHead:
      // Naming the method instead would have libcurl wait for a body until the timeout.
      set(CURLOPT_NOBODY, 1L);
      return;
    case Method::kDelete:
      set(CURLOPT_CUSTOMREQUEST, name(request.method).data());
      return;
    case Method::kPut:
    case Method::kPatch:
      set(CURLOPT_CUSTOMREQUEST, name(request.method).data());
      break;
    case Method::kPost:
      break;
  }
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  set(CURLOPT_POSTFIELDS, request.body.data());
}

void Transfer::set_tls() {
  const bool verify = options_.request.route.tls == nullptr || options_.request.route.tls->verify();
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
  set(CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
  // The roots come from a store of ours. Left at Debian's default, the directory would stay trusted
  // beside it.
  set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  set(CURLOPT_CAINFO, static_cast<char*>(nullptr));
  if (verify) {
    set(CURLOPT_SSL_CTX_FUNCTION, &Transfer::on_ssl_context);
    set(CURLOPT_SSL_CTX_DATA, this);
  }
}

Status Transfer::add_header(const std::string& line) {
  curl_slist* longer = curl_slist_append(header_list_, line.c_str());
  if (longer == nullptr) return client_error("no memory for headers");
  header_list_ = longer;
  return ok();
}

Status Transfer::set_headers() {
  std::vector<std::string> lines = {"Expect:"};  // no waiting for 100 Continue
  for (const auto& [name, value] : options_.request.headers) {
    if (!is_header_text(name) || !is_header_text(value))
      return client_error("header \"" + printable(name, 64) + "\" has a line end");
    lines.push_back(name + ": " + value);
  }
  if (const Secret& secret = options_.request.authorization; !secret.empty()) {
    if (!is_header_text(secret.reveal()))
      return client_error("header \"Authorization\" has a line end");
    std::string line = "Authorization: " + secret.reveal();
    const WipedAtEnd wiped(line);
    COUNTERSIGN_CHECK(add_header(line));
  }
  for (const std::string& line : lines) COUNTERSIGN_CHECK(add_header(line));
  set(CURLOPT_HTTPHEADER, header_list_);
  return ok();
}

bool Transfer::is_success() const noexcept {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  return status >= 200 && status < 300;
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count,
                                void* self) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    return transfer.accept_header({data, size * count}) ? size * count : 0;
  } catch (...) {
    return 0;  // out of memory
  }
}

bool Transfer::accept_header(std::string_view line) {
  facts_.headers_seen = true;
  header_bytes_ += line.size();
  ++header_lines_;
  if (line.size() > kMaxHeaderLine || header_bytes_ > kMaxHeaders ||
      header_lines_ > kMaxHeaderLines) {
    facts_.headers_too_large = true;
    return false;
  }
  const bool at_end = line == "\r\n" || line == "\n";
  if (at_end) begin_body();
  if (!at_end || !is_success() || options_.request.method == Method::kHead) return true;
  curl_off_t length = -1;
  curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  if (length < 0) return true;
  if (static_cast<std::size_t>(length) > options_.request.max_body) {
    facts_.body_too_large = true;
    return false;
  }
  if (options_.sink != nullptr) return true;
  // A string that grows to the size of a large list would hold it twice on the way. Memory is taken
  // when it is written to, not here.
  if (static_cast<std::size_t>(length) > kLargeBody)
    body_.reserve(static_cast<std::size_t>(length));
  return true;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count,
                              void* self) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    return transfer.accept_body({data, size * count}) ? size * count : 0;
  } catch (...) {
    return 0;  // out of memory
  }
}

bool Transfer::accept_body(std::string_view piece) {
  body_seen_ += piece.size();
  if (!is_success()) {
    const std::size_t room = kErrorBodyKept - std::min(kErrorBodyKept, body_.size());
    body_.append(piece.substr(0, room));
    if (body_seen_ <= kErrorBodyRead) return true;
    cut_ = true;
    return false;
  }
  if (body_seen_ > options_.request.max_body) {
    facts_.body_too_large = true;
    return false;
  }
  if (options_.sink != nullptr) {
    if (options_.sink->on_body(piece)) return true;
    cut_ = true;
    return false;
  }
  if (!pool_->take_bytes(piece.size())) {
    facts_.memory_bound = true;
    return false;
  }
  body_held_ += piece.size();
  body_.append(piece);
  return true;
}

curl_socket_t Transfer::on_open_socket(void* self, curlsocktype /*type*/,
                                       curl_sockaddr* address) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    transfer.reached_peer_ = true;
    const auto ip = address_of(*address);
    if (!ip || !may_connect(*ip, transfer.options_.request.route)) {
      transfer.facts_.address_blocked = true;
      return CURL_SOCKET_BAD;
    }
    transfer.facts_.address_tried = true;
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  } catch (...) {
    return CURL_SOCKET_BAD;
  }
}

int Transfer::on_before_request(void* self, char* remote, char* /*local*/, int /*remote_port*/,
                                int /*local_port*/) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    transfer.reached_peer_ = true;
    std::string_view text = remote != nullptr ? std::string_view(remote) : std::string_view();
    const auto ip = IpAddress::parse(text.substr(0, text.find('%')));
    if (ip && may_connect(*ip, transfer.options_.request.route)) return CURL_PREREQFUNC_OK;
  } catch (...) {
    // Not understood is not allowed.
  }
  transfer.facts_.address_blocked = true;
  return CURL_PREREQFUNC_ABORT;
}

CURLcode Transfer::on_ssl_context(CURL* /*easy*/, void* context, void* self) noexcept {
  const auto& transfer = *static_cast<const Transfer*>(self);
  auto* const tls = static_cast<SSL_CTX*>(context);
  if (transfer.options_.roots == nullptr) return CURLE_SSL_CACERT_BADFILE;
  SSL_CTX_set1_cert_store(tls, transfer.options_.roots.get());
  transfer.require_name(tls);
  return CURLE_OK;
}

/// libcurl takes a certificate's common name where it has no alternative name; OpenSSL can be told
/// not to. The context is one connection's.
void Transfer::require_name(SSL_CTX* context) const {
  X509_VERIFY_PARAM* const rules = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(
      rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const std::string& host = options_.request.url.host();
  const std::string literal = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
  if (IpAddress::parse(literal)) {
    X509_VERIFY_PARAM_set1_ip_asc(rules, literal.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(rules, literal.c_str(), literal.size());
  }
}

void Transfer::read_headers(Response* response) const {
  curl_header* header = nullptr;
  while ((header = curl_easy_nextheader(easy_, CURLH_HEADER, -1, header)) != nullptr) {
    response->headers.emplace_back(ascii_lower(header->name), header->value);
  }
}

Status Transfer::check_framing(const Response& response) const {
  const auto bad = [](std::string what) {
    return Error(Outcome::kRegistryMisbehaved, "BAD_RESPONSE", std::move(what));
  };
  const std::string_view length = value_of(response, "content-length");
  for (const auto& [name, value] : response.headers) {
    if (name == "content-length" && value != length)
      return bad("two different Content-Length headers");
  }
  if (count_of(response, "content-length") > 0 && count_of(response, "transfer-encoding") > 0) {
    return bad("Content-Length and Transfer-Encoding in one answer");
  }
  if (options_.request.method == Method::kHead || response.status < 200 || response.status >= 300)
    return ok();
  for (const auto& [name, value] : response.headers) {
    if (name == "content-encoding" && !ascii_iequals(trimmed(value), "identity")) {
      return bad("Content-Encoding \"" + printable(value, 32) + "\", which was not asked for");
    }
  }
  if (!length.empty() && length != std::to_string(body_seen_)) {
    return bad(
        fmt::format("Content-Length {} but {} bytes of body", printable(length, 32), body_seen_));
  }
  return ok();
}

Result<Response> Transfer::finish(CURLcode code) {
  curl_off_t ready = 0;
  curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &ready);
  if (options_.request.was_sent != nullptr) *options_.request.was_sent = ready > 0;
  if (cut_ && code == CURLE_WRITE_ERROR) code = CURLE_OK;
  if (code != CURLE_OK) {
    // Timers are not exact: what ends this near to the deadline was ended by it.
    constexpr std::chrono::milliseconds kNear{20};
    const std::string_view detail(error_text_.data());
    facts_.deadline_is_limit = options_.deadline.at() - options_.clock->now() < kNear;
    facts_.queued = !reached_peer_ && !detail.starts_with("Resolving");
    return to_error(code, facts_, detail);
  }
  Response response;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &response.status);
  read_headers(&response);
  COUNTERSIGN_CHECK(check_framing(response));
  const char* redirect = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_REDIRECT_URL, &redirect);
  if (redirect != nullptr) response.redirect_url = redirect;
  response.body = std::move(body_);
  return response;
}

}  // namespace countersign::http
