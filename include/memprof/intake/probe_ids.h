/* What the probe says of the interpreter, for objects_read and others. */
#pragma once

#include "memprof/objects/objects.h"
#include "memprof/protocol/probe.h"

struct interpreter_ids probe_ids(const struct probe_hello *hello);
