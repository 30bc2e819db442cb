#include "mpi/mpi_link.h"

#include <mpi.h>
#include <unistd.h>

#include <array>

#include "base/error.h"

namespace hlaunch {
namespace {

constexpr int tag = 1;

void check(int code, const char* doing) {
    if (code == MPI_SUCCESS) return;
    std::array<char, MPI_MAX_ERROR_STRING> text{};
    int size = 0;
    MPI_Error_string(code, text.data(), &size);
    throw infrastructure_error("MPI failed while {}: {}", doing,
                               std::string_view(text.data(), static_cast<std::size_t>(size)));
}

}  // namespace

struct MpiLink::Sending {
    std::string message;
    MPI_Request request = MPI_REQUEST_NULL;
};

MpiLink::MpiLink(int& argc, char**& argv) {
    int provided = 0, rank = 0, ranks = 0;
    check(MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided), "starting");
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    check(MPI_Comm_rank(MPI_COMM_WORLD, &rank), "asking for the rank");
    check(MPI_Comm_size(MPI_COMM_WORLD, &ranks), "asking for the number of ranks");
    rank_ = static_cast<unsigned>(rank);
    ranks_ = static_cast<unsigned>(ranks);
}

MpiLink::~MpiLink() = default;

void MpiLink::send(unsigned rank, std::string message) {
    auto& sending = *sending_.emplace_back(std::make_unique<Sending>(Sending{.message = std::move(message)}));
    check(MPI_Isend(sending.message.data(), static_cast<int>(sending.message.size()), MPI_BYTE, static_cast<int>(rank),
                    tag, MPI_COMM_WORLD, &sending.request),
          "sending");
}

std::optional<MpiLink::Received> MpiLink::receive() {
    int there = 0, bytes = 0;
    MPI_Status status;
    check(MPI_Iprobe(MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, &there, &status), "looking for messages");
    if (there == 0) return std::nullopt;
    MPI_Get_count(&status, MPI_BYTE, &bytes);
    Received out{static_cast<unsigned>(status.MPI_SOURCE), std::string(static_cast<std::size_t>(bytes), '\0')};
    check(MPI_Recv(out.message.data(), bytes, MPI_BYTE, status.MPI_SOURCE, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE),
          "receiving");
    return out;
}

bool MpiLink::all_sent() {
    std::erase_if(sending_, [](const auto& sending) {
        int done = 0;
        check(MPI_Test(&sending->request, &done, MPI_STATUS_IGNORE), "sending");
        return done != 0;
    });
    return sending_.empty();
}

void MpiLink::finish() {
    check(MPI_Finalize(), "ending");
}

void MpiLink::abort(int code) {
    MPI_Abort(MPI_COMM_WORLD, code);
    ::_exit(code);
}

}  // namespace hlaunch
