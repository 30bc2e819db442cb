#include "merge/npz/npz.h"

#include <zip.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"

namespace hlaunch {
namespace {

// A posterior of 100 parameters and 2 million draws; what claims more is refused before it is
// inflated.
constexpr std::size_t max_member_bytes = std::size_t{2} << 30;
// What inflates to a hundred times its size are zeros: such a member may be as large as flags of all draws are.
constexpr std::size_t max_ratio = 100, unsuspected_bytes = std::size_t{64} << 20;

struct CloseFile {
    void operator()(zip_file_t* file) const noexcept { zip_fclose(file); }
};
struct DiscardArchive {
    void operator()(zip_t* archive) const noexcept { zip_discard(archive); }
};
struct FreeSource {
    void operator()(zip_source_t* source) const noexcept { zip_source_free(source); }
};

}  // namespace

void NpzReader::Close::operator()(zip* archive) const noexcept {
    zip_discard(archive);
}

NpzReader::NpzReader(const std::filesystem::path& path) : path_(path) {
    std::error_code absent;  // a FIFO would be waited for
    if (std::filesystem::exists(path, absent) && !std::filesystem::is_regular_file(path, absent))
        throw usage_error("{}: is no file, so no npz", path.string());
    int code = 0;
    archive_.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
    if (archive_) return;
    const int why_not = errno;
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    // Here and now: nothing is said about the file.
    if (code == ZIP_ER_MEMORY || ((code == ZIP_ER_OPEN || code == ZIP_ER_READ) &&
                                  (why_not == EMFILE || why_not == ENFILE || why_not == ENOMEM || why_not == EIO)))
        throw infrastructure_error("{}: cannot be read now ({}); try again", path.string(), why);
    throw usage_error("{}: cannot be read as npz ({}); it is damaged or was not written to its end", path.string(),
                      why);
}

bool NpzReader::has(const std::string& member) const {
    return zip_name_locate(archive_.get(), (member + ".npy").c_str(), 0) >= 0;
}

NpyArray NpzReader::read(const std::string& member) const {
    const std::string where = fmt::format("{}: member {}", path_.string(), member);
    const zip_int64_t index = zip_name_locate(archive_.get(), (member + ".npy").c_str(), 0);
    if (index < 0) throw usage_error("{}: has no array {:?}; it is not a file of draws", path_.string(), member);
    const std::unique_ptr<zip_file_t, CloseFile> file(
        zip_fopen_index(archive_.get(), static_cast<zip_uint64_t>(index), 0));
    if (!file) throw usage_error("{}: {}", where, zip_strerror(archive_.get()));

    zip_stat_t claim;
    zip_stat_init(&claim);
    const bool known = zip_stat_index(archive_.get(), static_cast<zip_uint64_t>(index), 0, &claim) == 0 &&
                       (claim.valid & ZIP_STAT_SIZE) != 0 && (claim.valid & ZIP_STAT_COMP_SIZE) != 0;
    const auto most =
        known ? std::max<std::uint64_t>(unsuspected_bytes,
                                        max_ratio * std::min<std::uint64_t>(claim.comp_size, max_member_bytes))
              : max_member_bytes;
    const auto refuse = [&] {
        throw usage_error("{}: inflates to more than {} times its size, which no set of draws does", where, max_ratio);
    };
    if (known && claim.size > most) refuse();
    // Grown by what was really inflated: the size in the zip's directory is only a claim.
    std::vector<std::byte> bytes;
    if (known) bytes.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(claim.size, most)) + (1U << 18U));
    constexpr std::size_t step = std::size_t{1} << 18;
    for (;;) {
        const std::size_t have = bytes.size();
        bytes.resize(have + step);
        const zip_int64_t got = zip_fread(file.get(), bytes.data() + have, step);
        if (got < 0) throw usage_error("{}: {}; the file is damaged", where, zip_file_strerror(file.get()));
        bytes.resize(have + static_cast<std::size_t>(got));
        if (got == 0) break;
        if (bytes.size() > most) refuse();
        if (bytes.size() > max_member_bytes)
            throw usage_error("{}: inflates to more than 2 GiB, which no set of draws is", where);
    }
    return NpyArray::parse(std::move(bytes), where);
}

std::string encode_npz(const std::vector<std::pair<std::string, std::string>>& members) {
    const auto fail = [](const char* why) {
        return infrastructure_error("the draws cannot be packed as npz: {}", why);
    };
    zip_error_t error;
    zip_error_init(&error);
    std::unique_ptr<zip_source_t, FreeSource> memory(zip_source_buffer_create(nullptr, 0, 0, &error));
    if (!memory) throw fail(zip_error_strerror(&error));
    zip_source_keep(memory.get());  // one reference for the archive, one for reading the result
    std::unique_ptr<zip_t, DiscardArchive> archive(
        zip_open_from_source(memory.get(), ZIP_CREATE | ZIP_TRUNCATE, &error));
    if (!archive) {
        zip_source_free(memory.get());
        throw fail(zip_error_strerror(&error));
    }
    for (const auto& [name, bytes] : members) {
        zip_source_t* source = zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0);
        if (source == nullptr) throw fail(zip_strerror(archive.get()));
        const zip_int64_t index = zip_file_add(archive.get(), (name + ".npy").c_str(), source, 0);
        if (index < 0) {
            zip_source_free(source);
            throw fail(zip_strerror(archive.get()));
        }
        const auto member = static_cast<zip_uint64_t>(index);
        zip_set_file_compression(archive.get(), member, ZIP_CM_DEFLATE, 0);
        zip_file_set_dostime(archive.get(), member, 0, 0x21,
                             0);  // 1980-01-01: same draws, same bytes
    }
    if (zip_close(archive.get()) != 0) throw fail(zip_strerror(archive.get()));
    archive.release();  // zip_close freed it

    if (zip_source_open(memory.get()) != 0) throw fail("cannot read it back");
    zip_stat_t status;
    zip_stat_init(&status);
    std::string whole;
    if (zip_source_stat(memory.get(), &status) == 0) whole.resize(static_cast<std::size_t>(status.size));
    const zip_int64_t got = zip_source_read(memory.get(), whole.data(), whole.size());
    zip_source_close(memory.get());
    if (got < 0 || static_cast<std::size_t>(got) != whole.size() || whole.empty()) throw fail("cannot read it back");
    return whole;
}

}  // namespace hlaunch
