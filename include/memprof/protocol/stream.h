/* A saved stream: all bytes received from and sent to a source, with times; written by `--save`, read
 * by `report`. Text around raw bytes, so that grep and less show the console:
 *
 *     memprof-stream/1 2026-11-20T08:15:34.123Z exec:micropython\n
 *     1500 < 14\n<14 bytes>\n          received 1500 us after that time
 *     1730 > 1\n<1 byte>\n             sent
 *
 * Chunks are written whole, so a file truncated anywhere is valid up to its last whole chunk. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"

/* Limit of one chunk; the decoder refuses more. */
enum { STREAM_CHUNK_MAX_BYTES = 1 << 20 };

/* started_us: since 1970. Control characters in source are escaped. */
void stream_head(struct strbuf *out, uint64_t started_us, const char *source);
/* direction: '<' received, '>' sent. Of 0 bytes it is a mark: '>' a command of memprof's own begins, '<' it has ended;
 * a MemoryError in between is no failure of the program. */
void stream_chunk(struct strbuf *out, uint64_t at_us, char direction, const void *bytes, size_t n_bytes);
