/* The blobs of a recording: snapshots as bytes (heap_code.c), each whole or as what changed since the one before. Their
 * parts are in streams of their own, which compress better: heads, how many bytes stay, how many follow, these. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"

enum { ENTRIES_MAX_BYTES = 64 << 20 }; /* of a blob, unpacked */

/* ---- writing ---- */

enum entries_stream { ENTRIES_HEADS, ENTRIES_STAYS, ENTRIES_COUNTS, ENTRIES_CONTENT, N_ENTRIES_STREAMS };

/* All-zero is empty. */
struct entries {
	struct strbuf streams[N_ENTRIES_STREAMS];
};
void entries_deinit(struct entries *e);
void entries_reset(struct entries *e);
size_t entries_bytes(const struct entries *e);

/* Adds n_bytes, whose id is so far behind the last entry's; old: the same number of bytes, NULL: all of them are new.
 */
void entries_add(struct entries *e, uint64_t id_step, const void *old, const void *new, size_t n_bytes);

/* Appends the streams as one string. */
void entries_join(const struct entries *e, struct strbuf *out);

/* Appends a zstd frame with a checksum. before: the joined entries of blobs before it in its chain (entries_follow);
 * empty: there are none. 0 or -ENOMEM. */
int entries_pack(struct strbuf *out, const struct strbuf *joined, const struct strbuf *before);

/* Adds joined entries to those that the next blob of the chain refers to: not all of a chain's, but the same when it is
 * written and when it is read. */
void entries_follow(struct strbuf *before, const struct strbuf *joined);

/* ---- reading ---- */

/* What is used again from one frame to the next; all-zero is empty. */
struct unpacker {
	struct ZSTD_DCtx_s *context;
	void *room;
	size_t n_room;
};
void unpacker_deinit(struct unpacker *u); /* safe twice */

/* Appends what a frame of n_joined bytes holds. 0; -EBADMSG; -ENOMEM. */
int entries_unpack(struct unpacker *u, struct strbuf *out, const void *bytes, size_t n_bytes, size_t n_joined,
		   const struct strbuf *before);

/* All-zero has no entries. Borrows the joined bytes. */
struct entries_reader {
	struct {
		const uint8_t *at, *end;
	} streams[N_ENTRIES_STREAMS];
	bool is_key; /* of the entry that is next */
	uint64_t n;  /* its bytes, or its runs */
};
bool entries_read(struct entries_reader *r, const struct strbuf *joined); /* false: these are no entries */
/* False: there are no more. ret_id_step NOT_KNOWN: damaged. */
bool entries_next(struct entries_reader *r, uint64_t *ret_id_step);
/* The next one's bytes, in place of those before it. code NULL: they are passed over. False: damaged. */
bool entries_apply(struct entries_reader *r, struct strbuf *code);
