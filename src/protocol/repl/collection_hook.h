/* What the hooks of collections and of a timer have in common. */
#pragma once

#include "memprof/protocol/collection_hook.h"

/* Of the numbers in a frame's head; each is 0x40 and four bits, so that none is a control character. */
enum { HEAD_TOKEN_DIGITS = 16, HEAD_NUMBER_DIGITS = 8 };
enum { HEAD_LAST, HEAD_TABLES, HEAD_ASKS };

/* Appends the line that makes `bin`, the head of a frame. */
void collection_hook_head(struct strbuf *code, const struct collection_hook *hook);

/* Lines of Python that serve the reads of a stop until the host ends it, each after `in`: super, slice, bytes, input
 * and hex are as in collection_hook.c, under the names that they have as defaults of a function. */
/* clang-format off */
#define COLLECTION_HOOK_SERVE(in) \
	in "while set(bytes):\n" \
	in " if bytes[4*str]!=80:raise OSError\n" \
	in " for ord in range(2*str):any[-1-ord]=bytes[2*ord]<<4&255|bytes[2*ord+1]&15\n" \
	in " if not abs:break\n" \
	in " hex(abs)\n" \
	in "hex(b'\\x1f')\n"
/* clang-format on */

/* One of so many distances of an exponential distribution with this mean: where the next sample falls does not depend
 * on the last one. */
enum { COLLECTION_N_STEPS = 16 };
uint64_t collection_hook_step(uint64_t mean, unsigned i);
