/* Compiled as C99 and as C++ with every complaint an error: include/windlass/plugin.h stands alone
 * in both. */
#include "windlass/plugin.h"

typedef char
    symbol_names_the_major[sizeof(WINDLASS_PLUGIN_SYMBOL) == sizeof("windlass_plugin_v1") ? 1 : -1];
typedef char sizes_come_first[offsetof(struct windlass_plugin, size) == 0 &&
                                      offsetof(struct windlass_host, size) == 0 &&
                                      offsetof(struct windlass_query, size) == 0 &&
                                      offsetof(struct windlass_reply, size) == 0 &&
                                      offsetof(struct windlass_config, size) == 0 &&
                                      offsetof(struct windlass_fault, size) == 0 &&
                                      offsetof(struct windlass_position, size) == 0 &&
                                      offsetof(struct windlass_time, size) == 0 &&
                                      offsetof(struct windlass_ask, size) == 0 &&
                                      offsetof(struct windlass_command, size) == 0
                                  ? 1
                                  : -1];
