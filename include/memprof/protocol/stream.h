/* A saved stream: all that a source said and was told, with the times; what `--save` writes and
 * `report` reads. Text around raw bytes, so that grep and less still show the console:
 *
 *     memprof-stream/1 2026-11-20T08:15:34.123Z exec:micropython\n
 *     1500 < 14\n<14 bytes>\n          received 1500 us after that moment
 *     1730 > 1\n<1 byte>\n             sent
 *
 * Chunks are written whole, so a file cut anywhere is good up to its last whole chunk. */
#ifndef MEMPROF_STREAM_H
#define MEMPROF_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"

/* One chunk holds at most so much; the decoder refuses more. */
enum { STREAM_CHUNK_MAX_BYTES = 1 << 20 };

/* started_us: since 1970. source is cleaned of what would break the line. */
void stream_head(struct strbuf *out, uint64_t started_us, const char *source);
void stream_chunk(struct strbuf *out, uint64_t at_us, char direction, const void *bytes, size_t n_bytes);

#endif
