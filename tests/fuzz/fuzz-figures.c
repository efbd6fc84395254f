/* Patterns up to a NUL, one after each \x01, and behind it a log that is read by them. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include "fuzz.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/protocol/decoder.h"
#include "memprof/protocol/figures.h"

static void add_patterns(struct figures *figures, char *text)
{
	for (char *next; text; text = next) {
		struct diag diag = { .text = "" };
		next = strchr(text, '\x01');
		if (next)
			*next++ = '\0';
		int r = figures_add(figures, text, POOL_OTHER, &diag);
		MUST(r == 0 || (diag.text[0] && (r == -EINVAL || r == -E2BIG)));
	}
}

/* Each event costs a line. */
static void drain(void *state, size_t *n_left)
{
	struct diag diag = { .text = "" };
	struct event event;

	while (decoder_mem_info.next_event(state, &event, &diag) == DECODER_EVENT) {
		MUST((*n_left)-- > 0);
		if (event.kind != EVENT_SNAPSHOT)
			continue;
		const struct heap *heap = event.snapshot.heap;
		MUST(heap_check(heap) == 0 && heap->n_pools > 0 && heap->n_pools <= HEAP_POOLS_MAX);
		for (uint32_t i = 0; i < heap->n_pools; i++)
			for (const char *p = heap->pools[i].name; *p; p++)
				MUST(*p > ' ' && *p <= '~');
	}
}

static void read_log(const struct figures *figures, const uint8_t *log, size_t n)
{
	const struct decoder_options options = { .figures = figures };
	void *state = calloc(1, decoder_mem_info.state_bytes);
	size_t n_left = 2 * n + 2; /* a reset and a heap of a line */

	MUST(state);
	decoder_mem_info.set(state, &options);
	decoder_mem_info.feed(state, log, n / 2, NOT_KNOWN);
	drain(state, &n_left);
	decoder_mem_info.feed(state, log + n / 2, n - n / 2, NOT_KNOWN);
	drain(state, &n_left);
	decoder_mem_info.finish(state);
	drain(state, &n_left);
	decoder_mem_info.deinit(state);
	free(state);
}

/* Text from a log comes out clean. */
static void nearest(const struct figures *figures, const char *log, size_t n)
{
	struct strbuf out = STRBUF_INIT;

	if (figures_nearest(figures, log, MIN(n, (size_t)4096), &out))
		MUST(out.n_bytes > 0 && text_is_visible(strbuf_text(&out), out.n_bytes));
	strbuf_deinit(&out);
}

FUZZ(data, size)
{
	const uint8_t *nul = memchr(data, '\0', size);
	struct figures *figures = figures_new();

	if (nul) {
		char *patterns = strdup((const char *)data);
		MUST(figures && patterns);
		add_patterns(figures, patterns);
		nearest(figures, (const char *)nul + 1, size - (size_t)(nul + 1 - data));
		read_log(figures, nul + 1, size - (size_t)(nul + 1 - data));
		free(patterns);
	}
	figures_free(figures);
}
