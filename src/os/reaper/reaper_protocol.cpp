#include "os/reaper/reaper_protocol.h"

#include <bit>
#include <cstring>
#include <type_traits>

#include "base/error.h"

namespace hlaunch {
namespace {

using Length = std::uint32_t;

Error broken(const char* what) {
    return infrastructure_error("a message of the reaper is broken: {}; report this", what);
}

class Writer {
  public:
    Writer() : bytes_(sizeof(Length), '\0') {}
    template <class Number>
    requires std::is_arithmetic_v<Number>
    void put(Number number) { bytes_.append(reinterpret_cast<const char*>(&number), sizeof number); }
    template <class Enum>
    requires std::is_enum_v<Enum>
    void put(Enum value) { put(static_cast<std::uint8_t>(value)); }
    void put(std::string_view text) {
        put(static_cast<std::uint64_t>(text.size()));
        bytes_.append(text);
    }
    void put(const std::vector<std::string>& words) {
        put(static_cast<std::uint64_t>(words.size()));
        for (const auto& word : words) put(std::string_view(word));
    }
    void put(const IdSet& ids) {
        put(static_cast<std::uint64_t>(ids.size()));
        for (const unsigned id : ids) put(id);
    }
    void put(Clock::Duration time) { put(static_cast<std::int64_t>(time.count())); }

    [[nodiscard]] std::string frame() && {
        const std::size_t size = bytes_.size() - sizeof(Length);
        if (size > max_frame_bytes)
            throw infrastructure_error(
                "starting a command of {} bytes of arguments and environment is impossible; shorten them", size);
        const auto length = static_cast<Length>(size);
        std::memcpy(bytes_.data(), &length, sizeof length);
        return std::move(bytes_);
    }

  private:
    std::string bytes_;
};

class Reader {
  public:
    explicit Reader(std::string_view body) : rest_(body) {}
    template <class Number>
    requires std::is_arithmetic_v<Number>
    [[nodiscard]] Number number() {
        Number value{};
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }
    template <class Enum>
    [[nodiscard]] Enum one_of(Enum last) {
        const auto value = number<std::uint8_t>();
        if (value > static_cast<std::uint8_t>(last)) throw broken("an unknown kind");
        return static_cast<Enum>(value);
    }
    // Compared as a number: a byte that is no bool must not be read as one.
    [[nodiscard]] bool flag() { return number<std::uint8_t>() != 0; }
    [[nodiscard]] std::string text() { return std::string(take(number<std::uint64_t>())); }
    [[nodiscard]] std::vector<std::string> words() {
        std::vector<std::string> result(count(sizeof(std::uint64_t)));
        for (auto& word : result) word = text();
        return result;
    }
    [[nodiscard]] IdSet ids() {
        IdSet result;
        for (auto left = count(sizeof(unsigned)); left > 0; --left) {
            const auto id = number<unsigned>();
            if (id > IdSet::max_id || (!result.empty() && id <= result.back())) throw broken("a bad list of ids");
            result.insert(id);
        }
        return result;
    }
    [[nodiscard]] Clock::Duration time() { return Clock::Duration(number<std::int64_t>()); }
    void end() const {
        if (!rest_.empty()) throw broken("it is too long");
    }

  private:
    // Checked before anything is allocated for it.
    [[nodiscard]] std::size_t count(std::size_t smallest_bytes) {
        const auto wanted = number<std::uint64_t>();
        if (wanted > rest_.size() / smallest_bytes) throw broken("it is too short");
        return wanted;
    }
    [[nodiscard]] std::string_view take(std::uint64_t size) {
        if (size > rest_.size()) throw broken("it is too short");
        const auto result = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return result;
    }

    std::string_view rest_;
};

void put_child(Writer& out, const ChildSpec& child) {
    out.put(child.argv);
    out.put(child.env);
    for (const auto* path : {&child.cwd, &child.stdin_path, &child.stdout_path, &child.stderr_path})
        out.put(std::string_view(path->native()));
    out.put(static_cast<std::uint8_t>(child.binding.has_value()));
    if (child.binding) {
        out.put(child.binding->cpus);
        out.put(child.binding->mems);
        out.put(child.binding->policy);
    }
    out.put(static_cast<std::uint8_t>(child.new_session));
    out.put(static_cast<std::uint8_t>(child.die_with_parent));
    out.put(static_cast<std::uint8_t>(child.ignore_warnings));
}

ChildSpec take_child(Reader& in) {
    ChildSpec child;
    child.argv = in.words();
    child.env = in.words();
    for (auto* path : {&child.cwd, &child.stdin_path, &child.stdout_path, &child.stderr_path}) *path = in.text();
    if (in.flag()) {
        Binding binding;
        binding.cpus = in.ids();
        binding.mems = in.ids();
        binding.policy = in.one_of(MemPolicy::local);
        child.binding = std::move(binding);
    }
    child.new_session = in.flag();
    child.die_with_parent = in.flag();
    child.ignore_warnings = in.flag();
    return child;
}

}  // namespace

std::string encode_start(const TreeSpec& spec) {
    Writer out;
    out.put(ReaperRequest::Kind::start);
    put_child(out, spec.child);
    out.put(spec.grace.interrupt);
    out.put(spec.grace.terminate);
    out.put(spec.grace.kill);
    out.put(std::string_view(spec.marker));
    out.put(std::string_view(spec.shm_prefix));
    out.put(std::string_view(spec.temporary_folder));
    out.put(spec.receipt);
    return std::move(out).frame();
}

std::string encode_order(ReaperRequest::Kind kind) {
    Writer out;
    out.put(kind);
    return std::move(out).frame();
}

ReaperRequest decode_request(std::string_view body) {
    Reader in(body);
    ReaperRequest request;
    request.kind = in.one_of(ReaperRequest::Kind::kill);
    if (request.kind == ReaperRequest::Kind::start) {
        request.spec.child = take_child(in);
        request.spec.grace.interrupt = in.time();
        request.spec.grace.terminate = in.time();
        request.spec.grace.kill = in.time();
        request.spec.marker = in.text();
        request.spec.shm_prefix = in.text();
        request.spec.temporary_folder = in.text();
        request.spec.receipt = in.number<std::uint64_t>();
    }
    in.end();
    return request;
}

std::string encode_event(const TreeEvent& event) {
    Writer out;
    out.put(event.kind);
    out.put(event.pid);
    out.put(static_cast<std::uint8_t>(event.status.signalled));
    out.put(event.status.code);
    out.put(std::string_view(event.why));
    out.put(event.blame);
    out.put(event.cpu_seconds);
    out.put(event.peak_resident_bytes);
    out.put(event.left_behind);
    out.put(event.survivors);
    out.put(event.shared_memory_removed);
    return std::move(out).frame();
}

TreeEvent decode_event(std::string_view body) {
    Reader in(body);
    TreeEvent event;
    event.kind = in.one_of(TreeEvent::Kind::lost);
    event.pid = in.number<pid_t>();
    event.status.signalled = in.flag();
    event.status.code = in.number<int>();
    event.why = in.text();
    event.blame = in.one_of(StartBlame::place);
    event.cpu_seconds = in.number<double>();
    event.peak_resident_bytes = in.number<std::uint64_t>();
    event.left_behind = in.number<unsigned>();
    event.survivors = in.number<unsigned>();
    event.shared_memory_removed = in.number<unsigned>();
    in.end();
    return event;
}

void FrameBuffer::add(std::string_view bytes) {
    bytes_.erase(0, std::exchange(used_, 0));
    // A large environment is not kept for the next thousand small ones.
    if (bytes_.empty() && bytes_.capacity() > (1U << 16U)) bytes_ = std::string();
    bytes_.append(bytes);
}

std::optional<std::string_view> FrameBuffer::next() {
    const auto rest = std::string_view(bytes_).substr(used_);
    Length length = 0;
    if (rest.size() < sizeof length) return std::nullopt;
    std::memcpy(&length, rest.data(), sizeof length);
    if (length == 0 || length > max_frame_bytes) throw broken("its length is impossible");
    if (rest.size() - sizeof length < length) return std::nullopt;
    used_ += sizeof length + length;
    return rest.substr(sizeof length, length);
}

}  // namespace hlaunch
