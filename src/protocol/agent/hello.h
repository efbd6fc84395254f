/* The HELLO message of an agent. */
#ifndef MEMPROF_AGENT_HELLO_H
#define MEMPROF_AGENT_HELLO_H

#include "agent/fields.h"
#include "memprof/event.h"

/* 0 or -EBADMSG. With another major version of the wire, only the version is read and refused is set. */
int agent_hello_read(struct agent_fields *f, struct event_hello *ret);

#endif
