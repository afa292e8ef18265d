// libcurl, loaded when it is first called.
//
// Debian's libcurl brings some 25 libraries along (GnuTLS, Kerberos, LDAP, SSH, …), about 3 MiB of
// resident memory and a third of the time that the loader takes. Most processes never fetch
// anything in their first second, and `version`, `config check` and `review` of skipped objects
// never do at all. So this file defines the functions of libcurl that we call and passes them on to
// the real ones. See docs/adr/0004.
//
// Without the library the functions fail as libcurl's own do: null handles and error codes, which
// deny.
#include <curl/curl.h>
#include <dlfcn.h>

#include <atomic>
#include <cstdarg>

static_assert(sizeof(long) == sizeof(void*) && sizeof(curl_off_t) == sizeof(void*),
              "options are passed on as one machine word each");

// The last named parameter is an enumeration of the size of int, as in libcurl's own definitions of
// these functions.
#pragma GCC diagnostic ignored "-Wvarargs"

namespace {

/// Debian's OpenSSL flavour; the SONAME is libcurl's interface version.
constexpr const char* kLibrary = "libcurl.so.4";

/// Tried again at each call until it is there: memory may have been short.
void* library() {
  static std::atomic<void*> known = nullptr;
  void* handle = known.load(std::memory_order_acquire);
  if (handle == nullptr) {
    handle = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
    if (handle != nullptr) known.store(handle, std::memory_order_release);
  }
  return handle;
}

template <class Function>
Function* find(std::atomic<Function*>& known, const char* name) {
  Function* function = known.load(std::memory_order_relaxed);
  if (function != nullptr) return function;
  void* const handle = library();
  if (handle == nullptr) return nullptr;
  function = reinterpret_cast<Function*>(dlsym(handle, name));
  known.store(function, std::memory_order_relaxed);
  return function;
}

/// The next argument as a machine word: a long, a pointer or a curl_off_t.
#define COUNTERSIGN_WORD(last, word)           \
  std::va_list arguments;                      \
  va_start(arguments, last);                   \
  void* const word = va_arg(arguments, void*); \
  va_end(arguments)

// One line a function: its real counterpart, looked up once, or what it answers without the
// library.
#define COUNTERSIGN_REAL(name)                                \
  static std::atomic<decltype(name)*> known_##name = nullptr; \
  auto* const real = find(known_##name, #name)

}  // namespace

extern "C" {

// The macros of the header that check option types are for C only; these are the functions
// themselves.
CURL* curl_easy_init() {
  COUNTERSIGN_REAL(curl_easy_init);
  return real != nullptr ? real() : nullptr;
}
void curl_easy_cleanup(CURL* handle) {
  COUNTERSIGN_REAL(curl_easy_cleanup);
  if (real != nullptr) real(handle);
}
void curl_easy_reset(CURL* handle) {
  COUNTERSIGN_REAL(curl_easy_reset);
  if (real != nullptr) real(handle);
}
CURLcode curl_easy_setopt(CURL* handle, CURLoption option, ...) {
  COUNTERSIGN_REAL(curl_easy_setopt);
  COUNTERSIGN_WORD(option, word);  // NOLINT(*-vararg)
  return real != nullptr ? real(handle, option, word) : CURLE_FAILED_INIT;
}
CURLcode curl_easy_getinfo(CURL* handle, CURLINFO info, ...) {
  COUNTERSIGN_REAL(curl_easy_getinfo);
  COUNTERSIGN_WORD(info, word);  // NOLINT(*-vararg)
  return real != nullptr ? real(handle, info, word) : CURLE_FAILED_INIT;
}
curl_header* curl_easy_nextheader(CURL* handle, unsigned int origin, int request,
                                  curl_header* previous) {
  COUNTERSIGN_REAL(curl_easy_nextheader);
  return real != nullptr ? real(handle, origin, request, previous) : nullptr;
}
const char* curl_easy_strerror(CURLcode code) {
  COUNTERSIGN_REAL(curl_easy_strerror);
  return real != nullptr ? real(code) : "libcurl.so.4 cannot be loaded";
}
CURLcode curl_global_init(long flags) {
  COUNTERSIGN_REAL(curl_global_init);
  return real != nullptr ? real(flags) : CURLE_FAILED_INIT;
}
CURLM* curl_multi_init() {
  COUNTERSIGN_REAL(curl_multi_init);
  return real != nullptr ? real() : nullptr;
}
CURLMcode curl_multi_cleanup(CURLM* multi) {
  COUNTERSIGN_REAL(curl_multi_cleanup);
  return real != nullptr ? real(multi) : CURLM_INTERNAL_ERROR;
}
CURLMcode curl_multi_add_handle(CURLM* multi, CURL* handle) {
  COUNTERSIGN_REAL(curl_multi_add_handle);
  return real != nullptr ? real(multi, handle) : CURLM_INTERNAL_ERROR;
}
CURLMcode curl_multi_remove_handle(CURLM* multi, CURL* handle) {
  COUNTERSIGN_REAL(curl_multi_remove_handle);
  return real != nullptr ? real(multi, handle) : CURLM_INTERNAL_ERROR;
}
CURLMsg* curl_multi_info_read(CURLM* multi, int* left) {
  COUNTERSIGN_REAL(curl_multi_info_read);
  return real != nullptr ? real(multi, left) : nullptr;
}
CURLMcode curl_multi_setopt(CURLM* multi, CURLMoption option, ...) {
  COUNTERSIGN_REAL(curl_multi_setopt);
  COUNTERSIGN_WORD(option, word);  // NOLINT(*-vararg)
  return real != nullptr ? real(multi, option, word) : CURLM_INTERNAL_ERROR;
}
CURLMcode curl_multi_socket_action(CURLM* multi, curl_socket_t socket, int events, int* running) {
  COUNTERSIGN_REAL(curl_multi_socket_action);
  return real != nullptr ? real(multi, socket, events, running) : CURLM_INTERNAL_ERROR;
}
curl_slist* curl_slist_append(curl_slist* list, const char* text) {
  COUNTERSIGN_REAL(curl_slist_append);
  return real != nullptr ? real(list, text) : nullptr;
}
void curl_slist_free_all(curl_slist* list) {
  COUNTERSIGN_REAL(curl_slist_free_all);
  if (real != nullptr) real(list);
}
curl_version_info_data* curl_version_info(CURLversion age) {
  COUNTERSIGN_REAL(curl_version_info);
  return real != nullptr ? real(age) : nullptr;
}

}  // extern "C"
