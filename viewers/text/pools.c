/* Other heaps than Python's, one line each. */
#include <inttypes.h>

#include "memprof/view.h"

static void number(struct strbuf *out, uint64_t value)
{
	if (value == NOT_KNOWN)
		strbuf_printf(out, "%11s", "-");
	else
		strbuf_printf(out, "%11" PRIu64, value);
}

void text_pools(struct strbuf *out, const struct pool_info *pools, size_t n_pools,
		const struct text_style *style)
{
	if (n_pools == 0)
		return;
	strbuf_puts(out, out->n_bytes ? "\n" : "");
	text_role(out, style, ROLE_HEAD);
	strbuf_puts(out, "OTHER POOLS  start              bytes       free    largest  least free\n");
	text_role(out, style, ROLE_PLAIN);
	for (size_t i = 0; i < n_pools; i++) {
		const struct event_pool *of = &pools[i].of;
		if (of->start == NOT_KNOWN)
			strbuf_printf(out, "  %-10s %-12s", of->name, "-");
		else
			strbuf_printf(out, "  %-10s 0x%-10" PRIx64, of->name, of->start);
		number(out, of->total_bytes);
		number(out, of->free_bytes);
		number(out, of->largest_free_bytes);
		strbuf_putc(out, ' ');
		number(out, of->min_free_bytes);
		strbuf_putc(out, '\n');
	}
}
