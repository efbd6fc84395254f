/* diff of the two memory files that are the command's arguments (docs/objects.md): what came between them, and whose it
 * is. The exit code. */
#pragma once

#include "memprof/cli/options.h"

int objects_diff(const struct options *options);
