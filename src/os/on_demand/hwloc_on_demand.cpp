// hwloc's functions, passed on to the library once the first of them is called: linked, libhwloc and the libudev it
// brings are a tenth of what `hlaunch exec` costs, which reads no topology. Who calls hwloc_* links hwloc_on_demand_dep
// instead of hwloc and sees no difference.
#include <hwloc.h>
#include <hwloc/distances.h>

#include "os/on_demand/on_demand.h"

extern "C" {

int hwloc_bitmap_first(hwloc_const_bitmap_t bitmap) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_bitmap_first, bitmap);
}
int hwloc_bitmap_next(hwloc_const_bitmap_t bitmap, int previous) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_bitmap_next, bitmap, previous);
}
int hwloc_distances_get_by_name(hwloc_topology_t topology, const char* name, unsigned* count,
                                struct hwloc_distances_s** distances, unsigned long flags) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_distances_get_by_name, topology, name, count, distances, flags);
}
void hwloc_distances_release(hwloc_topology_t topology, struct hwloc_distances_s* distances) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_distances_release, topology, distances);
}
hwloc_obj_t hwloc_get_obj_by_depth(hwloc_topology_t topology, int depth, unsigned index) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_get_obj_by_depth, topology, depth, index);
}
int hwloc_get_type_depth(hwloc_topology_t topology, hwloc_obj_type_t type) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_get_type_depth, topology, type);
}
void hwloc_topology_destroy(hwloc_topology_t topology) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_topology_destroy, topology);
}
hwloc_const_cpuset_t hwloc_topology_get_allowed_cpuset(hwloc_topology_t topology) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_topology_get_allowed_cpuset, topology);
}
hwloc_const_nodeset_t hwloc_topology_get_allowed_nodeset(hwloc_topology_t topology) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_topology_get_allowed_nodeset, topology);
}
hwloc_const_cpuset_t hwloc_topology_get_topology_cpuset(hwloc_topology_t topology) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_topology_get_topology_cpuset, topology);
}
int hwloc_topology_init(hwloc_topology_t* topology) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_topology_init, topology);
}
int hwloc_topology_load(hwloc_topology_t topology) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_topology_load, topology);
}
int hwloc_topology_set_components(hwloc_topology_t topology, unsigned long flags, const char* name) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_topology_set_components, topology, flags, name);
}
int hwloc_topology_set_flags(hwloc_topology_t topology, unsigned long flags) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_topology_set_flags, topology, flags);
}
int hwloc_topology_set_icache_types_filter(hwloc_topology_t topology, enum hwloc_type_filter_e filter) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_topology_set_icache_types_filter, topology, filter);
}
int hwloc_topology_set_io_types_filter(hwloc_topology_t topology, enum hwloc_type_filter_e filter) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_topology_set_io_types_filter, topology, filter);
}
int hwloc_topology_set_synthetic(hwloc_topology_t topology, const char* description) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_topology_set_synthetic, topology, description);
}
int hwloc_topology_set_type_filter(hwloc_topology_t topology, hwloc_obj_type_t type, enum hwloc_type_filter_e filter) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_topology_set_type_filter, topology, type, filter);
}
int hwloc_topology_set_xmlbuffer(hwloc_topology_t topology, const char* buffer, int bytes) {
    HLAUNCH_FORWARD(HLAUNCH_LIBHWLOC, hwloc_topology_set_xmlbuffer, topology, buffer, bytes);
}

}  // extern "C"
