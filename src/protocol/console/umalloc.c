#include "console/umalloc.h"

#include <stdio.h>
#include <string.h>

#include "console/scan.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/model/uma.h"

/* "FAST|DTCM|": those that it prints. */
static unsigned flags_of(const char *p, const char *end)
{
	static const struct {
		const char *word;
		unsigned flag;
	} words[] = {
		{ "FAST|", UMA_FAST },
		{ "DTCM|", UMA_DTCM },
		{ "TRANSIENT|", UMA_TRANSIENT },
	};
	unsigned flags = 0;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (text_find(p, (size_t)(end - p), words[i].word))
			flags |= words[i].flag;
	return flags;
}

bool umalloc_read(struct umalloc *s, const struct raw_line *raw, const struct plain_line *line)
{
	const char *end = line->text + line->n_bytes, *p;
	uint64_t number, base, n[8];

	if (line->prompt || plain_line_may_be_cut(raw, line) || !text_starts(line->text, line->n_bytes, "pool "))
		return false;
	p = scan_start(line->text, end, "pool #: base=0x", &number);
	p = p ? number_scan_hex(p, end, &base) : NULL;
	p = p ? scan_start(p, end, " size=# used=#(#) free=#(#) persist=#(#) peak=# flags=", n) : NULL;
	if (!p || number > HEAP_POOLS_MAX || n[1] > n[0] || n[3] > n[0])
		return false;
	const unsigned flags = flags_of(p, end);
	s->persisted |= (uint64_t)(n[5] > 0) << number;
	s->has_pool = true;
	s->has_persistent = s->persisted >> number & 1;
	s->persist_bytes = n[5];
	s->pool = heap_pool_named("", POOL_UMA);
	snprintf(s->pool.name, sizeof(s->pool.name), "uma.%u", (unsigned)number);
	s->pool.memory = uma_memory(flags, MEMORY_NOT_KNOWN);
	s->pool.start = base;
	s->pool.reported.total_bytes = n[0];
	s->pool.reported.used_bytes = n[1];
	s->pool.reported.free_bytes = n[3];
	if (!(flags & UMA_TRANSIENT)) {
		s->pool.reported.n_used_blocks = n[2] + n[6];
		s->pool.reported.n_free_blocks = n[4];
	}
	if (n[7] >= n[1]) /* as in SYS_MEMORY */
		s->pool.reported.peak_bytes = n[7];
	return true;
}

bool umalloc_next(struct umalloc *s, struct heap_pool *ret)
{
	if (s->has_pool) {
		s->has_pool = false;
		*ret = s->pool;
		return true;
	}
	if (!s->has_persistent)
		return false;
	s->has_persistent = false;
	*ret = uma_persistent(&s->pool, s->persist_bytes);
	return true;
}
