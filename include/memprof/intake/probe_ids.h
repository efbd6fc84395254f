/* What the probe says of the interpreter, for objects_read and others. */
#ifndef MEMPROF_INTAKE_PROBE_IDS_H
#define MEMPROF_INTAKE_PROBE_IDS_H

#include "memprof/objects/objects.h"
#include "memprof/protocol/probe.h"

struct interpreter_ids probe_ids(const struct probe_hello *hello);

#endif
