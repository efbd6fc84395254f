/* Makes the hook's Python. What it sends is read in collection_filter.c. */
#include "collection_hook.h"

#include <inttypes.h>

#include "collection_hook.py.h"
#include "memprof/base/number.h"

/* ---- the code ---- */

static void put_digits(struct strbuf *out, uint64_t value, unsigned n_digits)
{
	while (n_digits-- > 0)
		strbuf_putc(out, (char)(0x40 | (value >> 4 * n_digits & 0xf)));
}

void collection_hook_head(struct strbuf *code, const struct collection_hook *hook)
{
	strbuf_printf(code, " bin=bytearray(b'\\x%02x", COLLECTION_BEGIN);
	put_digits(code, hook->token, HEAD_TOKEN_DIGITS);
	put_digits(code, 0, 2 * HEAD_NUMBER_DIGITS);
	put_digits(code, hook->asks ? HEAD_ASKS : HEAD_TABLES, 1);
	strbuf_puts(code, "')\n");
}

static void put_thresholds(struct strbuf *code, const struct collection_hook *hook)
{
	struct strbuf steps CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (unsigned i = 0; i < COLLECTION_N_STEPS; i++)
		strbuf_printf(&steps, "%s%" PRIu64, i ? "," : "", collection_hook_threshold(hook, i));
	strbuf_printf(code, samples_begin, strbuf_text(&steps), hook->token & 32767);
}

uint64_t collection_hook_step(uint64_t mean, unsigned i)
{
	/* -log(1 - (i + 0.5) / 16), and of the last one what makes their mean 1. */
	static const double quantiles[COLLECTION_N_STEPS] = { 0.0317, 0.0984, 0.1699, 0.2469, 0.3302, 0.4212,
							      0.5213, 0.6325, 0.7577, 0.9008, 1.0678, 1.2685,
							      1.5198, 1.8563, 2.3671, 3.8099 };

	return (uint64_t)((double)mean * quantiles[i]);
}

/* What is prepared for a burst is allocated, too. */
static uint64_t burst_bytes(const struct collection_hook *hook)
{
	return 2 * (uint64_t)COLLECTION_BURST * hook->layout.block_bytes;
}

uint64_t collection_hook_threshold(const struct collection_hook *hook, unsigned i)
{
	return collection_hook_step(hook->step_bytes, i) + burst_bytes(hook);
}

uint64_t collection_hook_doubled(const struct collection_hook *hook, unsigned n_doubled)
{
	return ((hook->step_bytes + burst_bytes(hook)) << n_doubled) - burst_bytes(hook);
}

void collection_hook_code(struct strbuf *code, const struct collection_hook *hook)
{
	const struct gc_layout *layout = &hook->layout;

	strbuf_puts(code, begin);
	collection_hook_head(code, hook);
	strbuf_printf(code, constants, layout->address + (layout->chained ? 0 : layout->word_bytes), layout->chained,
		      layout->block_bytes, layout->word_bytes, collection_hook_area_bytes(hook), hook->bytes_max,
		      hook->rest);
	strbuf_puts(code, lists);
	strbuf_puts(code, waiting);
	if (hook->asks)
		put_thresholds(code, hook);
	else
		strbuf_printf(code, steps_begin, hook->step_bytes);
	strbuf_puts(code, hook->asks ? samples_finaliser : tables_finaliser);
	strbuf_puts(code, rest);
	strbuf_puts(code, hook->asks ? samples_preparer : tables_preparer);
	strbuf_puts(code, at_prompt);
	strbuf_puts(code, preparer);
	if (hook->asks)
		strbuf_puts(code, samples_prepared);
	else
		strbuf_printf(code, tables_prepared, (uint64_t)hook->room_words * layout->word_bytes,
			      hook->share_percent, hook->step_max_bytes);
	strbuf_puts(code, prepare);
	strbuf_printf(code, hook->asks ? samples_exec : tables_exec, hook->room_words * layout->word_bytes);
	strbuf_puts(code, rest_end);
}

/* ---- its limits ---- */

size_t collection_bytes_max(double bytes_per_s)
{
	double n = bytes_per_s * COLLECTION_BYTES_SLOW / (115200 / 10.0);

	return n < COLLECTION_BYTES_SLOW ? COLLECTION_BYTES_SLOW :
	       n > COLLECTION_BYTES_MAX  ? COLLECTION_BYTES_MAX :
					   (size_t)n;
}

const char *collection_hook_lacks(const struct collection_hook *hook, const struct gc_areas *areas)
{
	for (size_t i = 0; i < areas->n_areas; i++)
		if (areas->areas[i].finalisers == 0)
			return "its firmware has no finalisers";
	uint64_t n = gc_areas_table_bytes(areas);
	return n > COLLECTION_BYTES_MAX ? "its heap is too large" :
	       n > hook->bytes_max      ? "its heap is too large for so slow a line" :
					  NULL;
}
