// libzip's functions, passed on to the library once the first of them is called. libzip brings libcrypto: linked, they
// cost each start of hlaunch about 1 ms of CPU, and only merging needs them. Who calls zip_* links zip_on_demand_dep
// instead of libzip and sees no difference.
#include "os/on_demand/zip_on_demand.h"

#include <zip.h>

#include "os/on_demand/on_demand.h"

void hlaunch::load_libzip() {
    static_cast<void>(resolve_on_demand<decltype(zip_open)>(HLAUNCH_LIBZIP, "zip_open"));
}

extern "C" {

zip_t* zip_open(const char* path, int flags, int* error) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_open, path, flags, error);
}
zip_t* zip_open_from_source(zip_source_t* source, int flags, zip_error_t* error) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_open_from_source, source, flags, error);
}
int zip_close(zip_t* archive) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_close, archive);
}
void zip_discard(zip_t* archive) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_discard, archive);
}
const char* zip_strerror(zip_t* archive) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_strerror, archive);
}

void zip_error_init(zip_error_t* error) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_error_init, error);
}
void zip_error_init_with_code(zip_error_t* error, int code) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_error_init_with_code, error, code);
}
void zip_error_fini(zip_error_t* error) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_error_fini, error);
}
const char* zip_error_strerror(zip_error_t* error) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_error_strerror, error);
}

zip_int64_t zip_name_locate(zip_t* archive, const char* name, zip_flags_t flags) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_name_locate, archive, name, flags);
}
void zip_stat_init(zip_stat_t* stat) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_stat_init, stat);
}
int zip_stat_index(zip_t* archive, zip_uint64_t index, zip_flags_t flags, zip_stat_t* stat) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_stat_index, archive, index, flags, stat);
}
zip_int64_t zip_get_num_entries(zip_t* archive, zip_flags_t flags) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_get_num_entries, archive, flags);
}
const char* zip_get_name(zip_t* archive, zip_uint64_t index, zip_flags_t flags) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_get_name, archive, index, flags);
}
zip_file_t* zip_fopen_index(zip_t* archive, zip_uint64_t index, zip_flags_t flags) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_fopen_index, archive, index, flags);
}
zip_int64_t zip_fread(zip_file_t* file, void* buffer, zip_uint64_t bytes) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_fread, file, buffer, bytes);
}
int zip_fclose(zip_file_t* file) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_fclose, file);
}
const char* zip_file_strerror(zip_file_t* file) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_file_strerror, file);
}

zip_int64_t zip_file_add(zip_t* archive, const char* name, zip_source_t* source, zip_flags_t flags) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_file_add, archive, name, source, flags);
}
int zip_file_set_dostime(zip_t* archive, zip_uint64_t index, zip_uint16_t time, zip_uint16_t date, zip_flags_t flags) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_file_set_dostime, archive, index, time, date, flags);
}
int zip_set_file_compression(zip_t* archive, zip_uint64_t index, zip_int32_t method, zip_uint32_t level) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_set_file_compression, archive, index, method, level);
}

zip_source_t* zip_source_buffer(zip_t* archive, const void* bytes, zip_uint64_t count, int owned) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_source_buffer, archive, bytes, count, owned);
}
zip_source_t* zip_source_buffer_create(const void* bytes, zip_uint64_t count, int owned, zip_error_t* error) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_source_buffer_create, bytes, count, owned, error);
}
void zip_source_keep(zip_source_t* source) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_source_keep, source);
}
void zip_source_free(zip_source_t* source) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_source_free, source);
}
int zip_source_open(zip_source_t* source) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_source_open, source);
}
int zip_source_close(zip_source_t* source) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_source_close, source);
}
zip_int64_t zip_source_read(zip_source_t* source, void* buffer, zip_uint64_t bytes) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_source_read, source, buffer, bytes);
}
int zip_source_stat(zip_source_t* source, zip_stat_t* stat) {
    HLAUNCH_FORWARD(HLAUNCH_LIBZIP, zip_source_stat, source, stat);
}

}  // extern "C"
