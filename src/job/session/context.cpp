#include "job/session/context.h"

#include "job/request/content_hash.h"
#include "run/journal/run_owner.h"

namespace hlaunch {

std::string run_id_of(const RunFolder& folder) {
    return hash_text(this_process(folder.root).folder_id + " " + folder.root).substr(0, 12);
}

}  // namespace hlaunch
