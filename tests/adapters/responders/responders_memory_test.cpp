// What is remembered of answers, on disk too, how long, and what an offline folder says.
#include "adapters/responders/responders.hpp"

#include "adapters/responders/asking.hpp"
#include "support/temporary_folder.hpp"

namespace countersign::responders {
namespace {

asio::awaitable<void, Executor> ignore(asio::awaitable<revocation::ChainAnswer, Executor> work) {
  [[maybe_unused]] const auto answer = co_await std::move(work);
}

using countersign::testing::Extension;
using countersign::testing::TemporaryFolder;

// shows: N-529
TEST_F(Asking, AnAnswerIsUsedUntilItEnds) {
  chain(both(ocsp(), crl()));
  fails(ocsp_url());
  lists({});
  EXPECT_EQ(asked(), "good");
  const std::size_t first = transport_.asked.size();
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(transport_.count("GET " + std::string(kCrl)), 1U);
  EXPECT_EQ(transport_.asked.size(), first);  // the failure is remembered for seconds too
  // In the last quarter of its life it is fetched anew; while that fails, it is still there.
  now_ = "2026-06-25T00:00:00Z";
  transport_.on("GET " + std::string(kCrl), answer({}, 503));
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(transport_.count("GET " + std::string(kCrl)), 2U);
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(transport_.count("GET " + std::string(kCrl)), 2U);
  now_ = "2026-06-26T00:00:00Z";
  lists({.next_update = asn1::utc_time("260801000000Z")});
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(transport_.count("GET " + std::string(kCrl)), 3U);
  // Past its end it is fetched, or nothing is known.
  now_ = "2026-08-02T00:00:00Z";
  transport_.on("GET " + std::string(kCrl), answer({}, 503));
  EXPECT_TRUE(asked().starts_with("unknown: "));
}

TEST_F(Asking, AFailureIsRememberedForSecondsOnly) {
  chain(ocsp());
  fails(ocsp_url());
  EXPECT_TRUE(asked().starts_with("unknown: "));
  EXPECT_TRUE(asked().starts_with("unknown: "));
  EXPECT_EQ(transport_.asked.size(), 1U);
  // What our own haste cut short is no failure of the server.
  forget();
  EXPECT_TRUE(asked(Deadline::after(0ms)).starts_with("unknown: "));
  says({});
  EXPECT_EQ(asked(), "good");
}

// What is asked of the same address on behalf of another issuer is another question.
TEST_F(Asking, AnswersAreKeptByIssuer) {
  chain(crl());
  lists({});
  EXPECT_EQ(asked(), "good");
  chain_.clear();
  for (const Bytes& der : testing::make_chain({.leaf = crl(), .first_key = 20}).ders)
    chain_.push_back(*x509::Certificate::parse(der));
  EXPECT_TRUE(asked().ends_with("its signature does not verify with the issuer's key"));
  chain(crl());
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(transport_.asked.size(), 2U);
}

// Decisions 26.
TEST_F(Asking, OnceRevokedOnlyNewerDataClears) {
  chain(both(ocsp(), crl()));
  says({.status = Said::kRevoked});
  EXPECT_EQ(asked(), "revoked");
  const auto reopened = [&] {
    store_->ocsp = std::make_shared<AnswerCache>(kOcspCacheLimits);
    store_->crls = std::make_shared<AnswerCache>(kCrlCacheLimits);
    transport_.answers.clear();
  };
  reopened();
  EXPECT_EQ(asked(), "revoked");  // everybody is down
  reopened();
  says({});  // as old as what said revoked
  EXPECT_EQ(asked(), "revoked");
  reopened();
  lists({});
  EXPECT_EQ(asked(), "revoked");
  reopened();
  lists({.this_update = asn1::utc_time("260501000001Z")});
  EXPECT_EQ(asked(), "good");
  reopened();
  EXPECT_TRUE(asked().starts_with("unknown: "));
}

// A server must not take back what it published, by an older list.
TEST_F(Asking, AnOlderListIsNoNews) {
  chain(crl());
  now_ = "2026-06-25T00:00:00Z";
  lists({.this_update = asn1::utc_time("260601000000Z"), .entries = {{.serial = 7}}});
  EXPECT_EQ(asked(), "good");
  now_ = "2026-06-26T00:00:00Z";
  lists({.this_update = asn1::utc_time("260501000000Z"), .entries = {{.serial = kSerials[0]}}});
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(transport_.asked.size(), 2U);
}

// Somebody in between can show what the issuer signed for another purpose, and newer than the list
// that belongs there.
TEST_F(Asking, AListThatIsOfNoUseDisplacesNone) {
  for (const Extension& wrong :
       {testing::delta_indicator(5), testing::scope({}, {"http://crl.example/other-part.crl"}),
        testing::scope({2}), Extension{.oid = "1.2.3", .critical = true, .value = asn1::null()}}) {
    forget();
    chain(crl());
    now_ = "2026-06-01T00:00:00Z";
    lists({});
    EXPECT_EQ(asked(), "good");
    now_ = "2026-06-25T00:00:00Z";
    lists({.this_update = asn1::utc_time("260624000000Z"),
           .next_update = asn1::utc_time("270701000000Z"),
           .extensions = {testing::crl_number(9), wrong}});
    EXPECT_EQ(asked(), "good");
    now_ = "2026-06-26T00:00:00Z";
    lists({.this_update = asn1::utc_time("260601000000Z"),
           .next_update = asn1::utc_time("260801000000Z"),
           .entries = {{.serial = kSerials[0]}}});
    EXPECT_EQ(asked(), "revoked");
    EXPECT_EQ(transport_.asked.size(), 3U);
  }
}

// VE-13.
TEST_F(Asking, TheDeadlineCutsShort) {
  chain(both(ocsp(), crl()), crl());
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(asked(Deadline::after(0ms)).starts_with("unknown: "));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(Asking, FewListsAreDownloadedAtATime) {
  chain(crl());
  lists({});
  std::vector<Semaphore::Permit> taken;
  while (taken.size() < kMaxCrlDownloads) taken.push_back(store_->crl_downloads.try_acquire());
  EXPECT_EQ(asked(Deadline::after(50ms)),
            "unknown: " + std::string(kCrl) + ": no time was left to ask");
  taken.pop_back();
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(store_->crl_downloads.taken(), kMaxCrlDownloads - 1);
}

class NeverAnswers final : public http::Transport {
 public:
  Task<http::Response> send(http::Request /*request*/, Deadline /*deadline*/) override {
    [[maybe_unused]] const bool slept = co_await sleep_for(real_clock(), std::chrono::hours(1));
    co_return Error();
  }
};

// At the end of the process some question is always under way.
TEST_F(Asking, WhatNeverAnswersEndsWithItsTasks) {
  chain(both(ocsp(), crl()), crl());
  NeverAnswers transport;
  Loop loop;
  BackRoom back_room;
  TaskSet tasks(loop.get_executor(), real_clock(), {});
  Responders responders(transport, *store_, back_room, tasks, &counts_);
  tasks.spawn("question", ignore(responders.statuses_of(
                              {.chain = chain_, .signing_time = {}, .now = *parse_rfc3339(now_)},
                              places_, Deadline::after(1h))));
  loop.poll();
  EXPECT_EQ(store_->crl_downloads.taken(), 1U);
  EXPECT_TRUE(*run_to_end(loop, tasks.end(Deadline(real_clock().now() + 10s))));
  EXPECT_EQ(store_->crl_downloads.taken(), 0U);
  EXPECT_EQ(store_->fetches.size(), 0U);
}

// shows: N-529 N-530
TEST_F(Asking, ListsSurviveARestart) {
  const TemporaryFolder folder;
  chain(crl());
  lists({});
  places_.cache.emplace(folder.path());
  EXPECT_EQ(asked(), "good");
  forget();
  places_.cache.emplace(folder.path());
  EXPECT_EQ(asked(), "good");
  EXPECT_TRUE(transport_.asked.empty());
  // Whatever stands there is verified.
  for (const Bytes& bad :
       {Bytes{}, Bytes{1, 2, 3},
        make_crl({.issuer = testing::acme("root"), .key = &testing::issuer_key(1)})}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      std::ofstream(entry.path(), std::ios::binary) << as_text(bad);
    forget();
    places_.cache.emplace(folder.path());
    EXPECT_TRUE(asked().ends_with("HTTP status 404"));
    store_ = std::make_shared<SharedStore>();
    places_.cache.emplace(folder.path());
    lists({});
    EXPECT_EQ(asked(), "good");
  }
  // What has ended meanwhile is fetched.
  forget();
  places_.cache.emplace(folder.path());
  now_ = "2026-08-01T00:00:00Z";
  EXPECT_TRUE(asked().ends_with("HTTP status 404"));
  // A folder that is not there costs nothing but speed.
  now_ = "2026-06-01T00:00:00Z";
  forget();
  places_.cache.emplace(folder.path("none"));
  lists({});
  EXPECT_EQ(asked(), "good");
}

TEST_F(Asking, OfflineNothingGoesOverTheNetwork) {
  const TemporaryFolder folder;
  chain(both(ocsp(), crl()), crl());
  const auto offline = [&] {
    store_ = std::make_shared<SharedStore>();
    auto opened = OfflineFolder::open(folder.path());
    ASSERT_TRUE(opened) << opened.error().message();
    places_.offline = *std::move(opened);
  };
  offline();
  EXPECT_EQ(asked(), "unknown: no CRL of its issuer in the offline folder");
  folder.write("leaf.crl", as_text(make_crl({})));
  folder.project("mounted", "root.pem", testing::pem("X509 CRL", make_crl({.place = 1})));
  folder.link("root.pem", "mounted/..data/root.pem");
  offline();
  auto answer = ask();
  EXPECT_EQ(text(answer[0]), "good");
  EXPECT_EQ(text(answer[1]), "good");
  folder.write("newer.crl", as_text(make_crl({.this_update = asn1::utc_time("260502000000Z"),
                                              .entries = {{.serial = kSerials[0]}}})));
  offline();
  EXPECT_EQ(asked(), "revoked");
  folder.write("leaf.ocsp", as_text(make_ocsp()));
  offline();
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(counts_.checks[counts_.checks.size() - 2], "ocsp good");
  now_ = "2026-08-01T00:00:00Z";
  EXPECT_TRUE(asked().starts_with("unknown: CRL: outdated")) << asked();
  EXPECT_TRUE(transport_.asked.empty());
}

TEST_F(Asking, OfflineAPartOfAListIsNotTheWhole) {
  const TemporaryFolder folder;
  chain(crl());
  const auto judged = [&](const std::vector<CrlSpec>& specs) {
    for (std::size_t i = 0; i < specs.size(); ++i)
      folder.write(std::to_string(i), as_text(make_crl(specs[i])));
    store_ = std::make_shared<SharedStore>();
    places_.offline = *OfflineFolder::open(folder.path());
    return asked();
  };
  const auto scoped = [](Extension scope) {
    CrlSpec spec;
    spec.extensions.push_back(std::move(scope));
    return spec;
  };
  const std::string none = "unknown: no CRL of its issuer in the offline folder";
  EXPECT_EQ(judged({scoped(testing::scope({}, {"http://crl.example/another"}))}), none);
  EXPECT_EQ(judged({scoped({.oid = testing::kScopeType,
                            .critical = true,
                            .value = asn1::sequence({asn1::tlv(0x83, Bytes{1, 2})})})}),
            none);
  EXPECT_EQ(judged({scoped(testing::scope({}, {kCrl}))}), "good");
  EXPECT_EQ(judged({with_delta()}),
            "unknown: the CRL in the offline folder has a delta CRL, and none fits");
  EXPECT_EQ(judged({with_delta(), delta()}), "good");
  EXPECT_EQ(judged({with_delta(), delta({{.serial = kSerials[0]}})}), "revoked");
}

}  // namespace
}  // namespace countersign::responders
