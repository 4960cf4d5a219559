// The C file, as C++.
#include "test/support/plugin_header.c"
