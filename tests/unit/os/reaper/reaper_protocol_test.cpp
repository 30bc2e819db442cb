#include "os/reaper/reaper_protocol.h"

#include <cstring>
#include <random>

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;
using namespace std::chrono_literals;

namespace {

TreeSpec full_spec() {
    TreeSpec spec;
    spec.child.argv = {"prog", "", "a \"b\"\n", std::string("\xff\xfe\x80", 3)};
    spec.child.env = {"PATH=/bin", std::string("X=\xc3\x28")};
    spec.child.cwd = "/some where";
    spec.child.stdin_path = "";
    spec.child.stdout_path = "out\xff";
    spec.child.stderr_path = "err";
    spec.child.binding = Binding{.cpus = {1, 2, 70}, .mems = {1}, .policy = MemPolicy::preferred_many};
    spec.child.new_session = false;
    spec.child.die_with_parent = true;
    spec.child.ignore_warnings = true;
    spec.grace = {.interrupt = 1ms, .terminate = 2s, .kill = 3h};
    spec.marker = "HLAUNCH_INSTANCE=7";
    spec.shm_prefix = "hl_7_";
    spec.temporary_folder = "/tmp/hl 7";
    return spec;
}

std::string body_of(const std::string& frame) {
    return frame.substr(sizeof(std::uint32_t));
}

std::string framed(const std::string& body) {
    const auto length = static_cast<std::uint32_t>(body.size());
    std::string frame(sizeof length, '\0');
    std::memcpy(frame.data(), &length, sizeof length);
    return frame + body;
}

}  // namespace

TEST_CASE("a request to start comes through with every field, whatever bytes are in it") {
    const auto spec = full_spec();
    const auto back = decode_request(body_of(encode_start(spec)));
    CHECK(back.kind == ReaperRequest::Kind::start);
    CHECK(back.spec.child.argv == spec.child.argv);
    CHECK(back.spec.child.env == spec.child.env);
    CHECK(back.spec.child.cwd == spec.child.cwd);
    CHECK(back.spec.child.stdin_path == spec.child.stdin_path);
    CHECK(back.spec.child.stdout_path == spec.child.stdout_path);
    CHECK(back.spec.child.stderr_path == spec.child.stderr_path);
    REQUIRE(back.spec.child.binding);
    CHECK(back.spec.child.binding->cpus == spec.child.binding->cpus);
    CHECK(back.spec.child.binding->mems == spec.child.binding->mems);
    CHECK(back.spec.child.binding->policy == spec.child.binding->policy);
    CHECK_FALSE(back.spec.child.new_session);
    CHECK(back.spec.child.die_with_parent);
    CHECK(back.spec.child.ignore_warnings);
    CHECK(back.spec.grace.interrupt == spec.grace.interrupt);
    CHECK(back.spec.grace.terminate == spec.grace.terminate);
    CHECK(back.spec.grace.kill == spec.grace.kill);
    CHECK(back.spec.marker == spec.marker);
    CHECK(back.spec.shm_prefix == spec.shm_prefix);
    CHECK(back.spec.temporary_folder == spec.temporary_folder);
    CHECK_FALSE(decode_request(body_of(encode_start(TreeSpec{}))).spec.child.binding);
    CHECK(decode_request(body_of(encode_order(ReaperRequest::Kind::stop))).kind == ReaperRequest::Kind::stop);
    CHECK(decode_request(body_of(encode_order(ReaperRequest::Kind::kill))).kind == ReaperRequest::Kind::kill);
}

TEST_CASE("an event comes through with every field") {
    TreeEvent event;
    event.kind = TreeEvent::Kind::ended;
    event.pid = 4711;
    event.status = {.signalled = true, .code = 9};
    event.why = "one line";
    event.cpu_seconds = 1.25;
    event.peak_resident_bytes = std::uint64_t{1} << 40U;
    event.left_behind = 3;
    event.survivors = 2;
    event.shared_memory_removed = 5;
    const auto back = decode_event(body_of(encode_event(event)));
    CHECK(back.kind == event.kind);
    CHECK(back.pid == event.pid);
    CHECK(back.status.signalled);
    CHECK(back.status.code == 9);
    CHECK(back.why == event.why);
    CHECK(back.cpu_seconds == event.cpu_seconds);
    CHECK(back.peak_resident_bytes == event.peak_resident_bytes);
    CHECK(back.left_behind == 3);
    CHECK(back.survivors == 2);
    CHECK(back.shared_memory_removed == 5);
}

TEST_CASE("frames are put together from single bytes, and taken apart when several come at once") {
    const std::string stream =
        encode_order(ReaperRequest::Kind::stop) + encode_start(full_spec()) + encode_order(ReaperRequest::Kind::kill);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, stream.size()}) {
        FrameBuffer buffer;
        std::vector<ReaperRequest::Kind> kinds;
        for (std::size_t at = 0; at < stream.size(); at += step) {
            buffer.add(std::string_view(stream).substr(at, step));
            while (const auto body = buffer.next()) kinds.push_back(decode_request(*body).kind);
        }
        CHECK(kinds == std::vector{ReaperRequest::Kind::stop, ReaperRequest::Kind::start, ReaperRequest::Kind::kill});
    }
}

TEST_CASE("hostile frames are refused, and nothing is allocated for what they promise") {
    const std::string whole = body_of(encode_start(full_spec()));
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK_THROWS_AS(decode_request(std::string_view(whole).substr(0, size)), Error);
    CHECK_THROWS_AS(decode_request(whole + "x"), Error);
    CHECK_THROWS_AS(decode_request("\x03"), Error);
    CHECK_THROWS_AS(decode_event("\x04"), Error);
    // A count of 2^64 - 1 arguments.
    CHECK_THROWS_AS(decode_request(std::string("\0", 1) + std::string(8, '\xff')), Error);
    FrameBuffer empty;
    empty.add(framed(""));
    CHECK_THROWS_AS(empty.next(), Error);
    FrameBuffer huge;
    huge.add("\xff\xff\xff\xff");
    CHECK_THROWS_AS(huge.next(), Error);
    // Flipped bytes: decoded to something else or refused, never more.
    std::mt19937 random(1);
    for (int round = 0; round < 20000; ++round) {
        std::string bent = whole;
        bent[random() % bent.size()] = static_cast<char>(random());
        try {
            (void)decode_request(bent);
        } catch (const Error&) {
            continue;
        }
    }
}

TEST_CASE("a command no kernel would take is refused before it is sent") {
    TreeSpec spec;
    spec.child.argv = {"true", std::string(max_frame_bytes, 'x')};
    CHECK_THROWS_AS(encode_start(spec), Error);
}
