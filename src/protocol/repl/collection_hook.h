/* What the hooks of collections and of a timer have in common. */
#ifndef MEMPROF_REPL_COLLECTION_HOOK_H
#define MEMPROF_REPL_COLLECTION_HOOK_H

#include "memprof/protocol/collection_hook.h"

/* Appends the line that makes `bin`, the head of a frame. */
void collection_hook_head(struct strbuf *code, const struct collection_hook *hook);

/* One of so many distances of an exponential distribution with this mean: where the next sample falls does not depend
 * on the last one. */
enum { COLLECTION_N_STEPS = 16 };
uint64_t collection_hook_step(uint64_t mean, unsigned i);

#endif
