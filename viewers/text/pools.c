/* What is said of one pool in a line. */
#include <inttypes.h>

#include "memprof/viewers/view.h"
#include "shared/number_words.h"

static void say_failures(struct strbuf *out, const struct heap_reported *r, const struct text_style *style)
{
	if (r->n_failures == NOT_KNOWN)
		return;
	strbuf_printf(out, ", %s", count_words(r->n_failures, style).text);
	if (r->n_allocations != NOT_KNOWN)
		strbuf_printf(out, " of %s", count_words(r->n_allocations, style).text);
	strbuf_printf(out, " allocation%s failed", r->n_failures == 1 && r->n_allocations == NOT_KNOWN ? "" : "s");
}

void text_pool_line(struct strbuf *out, const struct heap_pool *pool)
{
	static const struct text_style style = { 0 };
	const struct heap_reported *r = &pool->reported;

	strbuf_printf(out, "pool %s:", pool->name);
	if (pool->damaged)
		strbuf_puts(out, " damaged: something wrote past a block,");
	if (r->used_bytes != NOT_KNOWN && r->total_bytes != NOT_KNOWN)
		strbuf_printf(out, " %s of %s used", figure_words(r->used_bytes, &style).text,
			      exact_words(r->total_bytes, &style).text);
	else
		strbuf_puts(out, " not known what is used");
	say_failures(out, r, &style);
}

/* "12 allocations in 2.5 s (4.8/s)"; a window as short as a HELLO's makes no rate. */
static void say_rate(struct strbuf *out, uint64_t n, uint64_t window_us, const struct text_style *style)
{
	enum { LEAST_MS = 100 };
	double seconds = (double)window_us / 1e6, per_second = (double)n / seconds;

	strbuf_printf(out, "%s allocation%s in ", count_words(n, style).text, n == 1 ? "" : "s");
	if (window_us < LEAST_MS * UINT64_C(1000))
		strbuf_printf(out, "%" PRIu64 " ms", window_us / 1000);
	else
		strbuf_printf(out, per_second < 100 ? "%.1f s (%.1f/s)" : "%.1f s (%.0f/s)", seconds, per_second);
}

void text_pool_allocations(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style)
{
	const struct heap_window *w = pool->window;

	if (!w)
		return;
	if (w->n_allocations != NOT_KNOWN)
		say_rate(out, w->n_allocations, w->window_us, style);
	else
		strbuf_puts(out, "allocations are not counted");
	if (w->allocated_bytes != NOT_KNOWN)
		strbuf_printf(out, ", %s", exact_words(w->allocated_bytes, style).text);
	if (w->n_failures != NOT_KNOWN && w->n_failures > 0)
		strbuf_printf(out, ", %s failed", count_words(w->n_failures, style).text);
	if (w->least_used_bytes != NOT_KNOWN && w->most_used_bytes != NOT_KNOWN)
		strbuf_printf(out, ", %s to %s used", figure_words(w->least_used_bytes, style).text,
			      exact_words(w->most_used_bytes, style).text);
	if (w->least_free_bytes != NOT_KNOWN)
		strbuf_printf(out, ", at least %s free", exact_words(w->least_free_bytes, style).text);
}
