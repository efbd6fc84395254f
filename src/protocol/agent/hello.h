/* HELLO of an agent. */
#ifndef MEMPROF_AGENT_HELLO_H
#define MEMPROF_AGENT_HELLO_H

#include "agent/fields.h"
#include "memprof/event.h"

/* 0, or -EBADMSG. Of another major version only the versions are read, and refused is set. */
int agent_hello_read(struct fields *f, struct event_hello *ret);

#endif
