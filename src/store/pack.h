/* What a batch holds, as zstd frames with a checksum. Block tables are bytes at fixed places, so what stays between two
 * snapshots is found by zstd itself: each frame refers to the tables of the batch before it as a prefix. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"

enum { PACK_MAX_BYTES = 64 << 20 }; /* unpacked */

/* Appends a frame. prefix: what is before it in its chain; NULL: nothing. is_fast: it is read once. 0 or -ENOMEM. */
int frame_pack(struct strbuf *out, const struct strbuf *bytes, const struct strbuf *prefix, bool is_fast);

/* What is used again from one frame to the next; all-zero is empty. */
struct unpacker {
	struct ZSTD_DCtx_s *context;
};
void unpacker_deinit(struct unpacker *u); /* safe twice */
/* Replaces *out with what a frame of n_unpacked bytes holds. 0; -EBADMSG; -ENOMEM. */
int frame_unpack(struct unpacker *u, struct strbuf *out, const void *bytes, size_t n_bytes, uint64_t n_unpacked,
		 const struct strbuf *prefix);
