#include "os/numa/binding.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <functional>

#include "catch.h"
#include "os/numa/binding_probe.h"
#include "os/spawn/child.h"

using namespace hlaunch;

namespace {

// Runs the function in a forked process and returns its result as the exit code; the test stays
// unbound.
int in_child(const std::function<int()>& function) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(function());
    return wait(pid).shell_code();
}

// As a container's default profile does: set_mempolicy and get_mempolicy fail with EPERM.
bool deny_memory_policy() {
    const auto when = [](unsigned number) { return sock_filter(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1)); };
    const sock_filter deny = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    std::array<sock_filter, 6> code{{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                     when(SYS_set_mempolicy), deny, when(SYS_get_mempolicy), deny,
                                     BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}};
    const sock_fprog program{code.size(), code.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

TEST_CASE("a bit mask holds ids beyond 1024 and compares by content") {
    const IdSet ids{0, 63, 64, 1023, 1024, 5000};
    const BitMask mask(64, ids);
    CHECK(mask.bits() >= 5001);
    CHECK(mask.ids() == ids);
    CHECK(BitMask(64, {3}).equals(BitMask(4096, {3})));
    CHECK(BitMask(4096, {3}).equals(BitMask(64, {3})));
    CHECK_FALSE(BitMask(64, {3}).equals(BitMask(4096, {3, 4000})));
    CHECK_FALSE(BitMask(64, {3}).equals(BitMask(64, {4})));
}

TEST_CASE("a binding to each single CPU is read back from the kernel") {
    const IdSet allowed = affinity_of(0);
    REQUIRE_FALSE(allowed.empty());
    for (const unsigned cpu : allowed)
        CHECK(in_child([&] {
                  PreparedBinding binding({.cpus = {cpu}, .mems = {}, .policy = MemPolicy::bind});
                  if (!binding.apply().ok()) return 1;
                  return affinity_of(0) == IdSet{cpu} ? 0 : 2;
              }) == 0);
    CHECK(affinity_of(0) == allowed);
}

TEST_CASE("CPUs outside the affinity are refused before anything is changed") {
    const IdSet allowed = affinity_of(0);
    const unsigned foreign = allowed.back() + 1;
    const Binding binding{.cpus = allowed | IdSet{foreign}, .mems = {}, .policy = MemPolicy::bind};
    CHECK_THROWS_WITH(PreparedBinding(binding), contains_text(std::to_string(foreign)) && contains_text("impossible"));
    try {
        PreparedBinding prepared(binding);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::infrastructure);
    }
    // Also those that only an inherited mask excludes, which the kernel itself would grant.
    if (allowed.size() > 1)
        CHECK(in_child([&] {
                  (void)PreparedBinding({.cpus = {allowed.back()}, .mems = {}, .policy = MemPolicy::bind}).apply();
                  try {
                      PreparedBinding again({.cpus = {allowed.front()}, .mems = {}, .policy = MemPolicy::bind});
                  } catch (const Error&) {
                      return 0;
                  }
                  return 1;
              }) == 0);
}

TEST_CASE("memory nodes: absent ones and contradictions are refused") {
    CHECK_THROWS_AS(PreparedBinding({.cpus = {}, .mems = {4095}, .policy = MemPolicy::bind}), Error);
    CHECK_THROWS_AS(PreparedBinding({.cpus = {}, .mems = {0, 1}, .policy = MemPolicy::preferred}), Error);
}

TEST_CASE("a memory policy is applied and read back, or its refusal is said with the remedy") {
    const IdSet mems = allowed_mems();
    if (mems.empty()) {
        WARN("skipped: this kernel has no NUMA support");
        return;
    }
    for (const MemPolicy policy :
         {MemPolicy::bind, MemPolicy::preferred, MemPolicy::preferred_many, MemPolicy::interleave}) {
        PreparedBinding binding({.cpus = {}, .mems = {mems.front()}, .policy = policy});
        const int result = in_child([&] {
            const BindOutcome outcome = binding.apply();
            return outcome.ok() ? 0 : outcome.error;
        });
        INFO(to_string(policy));
        CHECK((result == 0 || result == EPERM));  // EPERM: these tests run in a container
    }
}

TEST_CASE("a container that denies memory policies is an error, but not for the local policy") {
    const IdSet mems = allowed_mems();
    if (mems.empty()) return;
    PreparedBinding bind({.cpus = {}, .mems = {mems.front()}, .policy = MemPolicy::bind});
    PreparedBinding local({.cpus = {}, .mems = {}, .policy = MemPolicy::local});
    CHECK(in_child([&] {
              if (!deny_memory_policy()) return 9;
              const BindOutcome outcome = bind.apply();
              if (outcome.failed != BindStage::set_policy || outcome.error != EPERM) return 1;
              return local.apply().ok() ? 0 : 2;
          }) == 0);
    const Error error = bind.explain({BindStage::set_policy, EPERM});
    CHECK(error.code() == ExitCode::infrastructure);
    // An option of exec alone: who starts otherwise cannot give it.
    CHECK_THAT(error.what(), contains_text("SYS_NICE") && !contains_text("--mem-policy"));
}

TEST_CASE("whether binding is possible is tried in a thread, and leaves this process as it is") {
    const auto before = affinity_of(0);
    REQUIRE_FALSE(before.empty());
    const Binding first{.cpus = {before.front()}, .mems = {}, .policy = MemPolicy::bind};
    CHECK(binding_complaint(first) == std::nullopt);
    CHECK(affinity_of(0) == before);
    const IdSet mems = allowed_mems();
    if (mems.empty()) return;
    CHECK(in_child([&] {
              if (!deny_memory_policy()) return 2;
              return binding_complaint({.cpus = before, .mems = mems, .policy = MemPolicy::bind}) ? 0 : 1;
          }) == 0);
}
