/* What is left at the end of an allocation profile: who holds it, and whether it leaks. */
#include <errno.h>
#include <inttypes.h>

#include "memprof/base/number.h"
#include "shared/sites_words.h"
#include "text/column.h"
#include "text/cut.h"
#include "text/sites.h"

enum { COUNT_COLUMNS = 9, QUARTER_COLUMNS = 5 };

void text_sites_leak(struct strbuf *out, const struct sites *s, const struct text_style *style)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	sites_leak_words(&words, s, style);
	if (words.n_bytes > 0)
		strbuf_printf(out, "  %s.\n", strbuf_text(&words));
	if (strbuf_error(&words) < 0)
		out->error = -ENOMEM;
}

static size_t add_heads(struct strbuf *out, const struct sites *s, const struct text_style *style)
{
	static const char *const quarters[SITES_QUARTERS] = { "1/4", "2/4", "3/4", "4/4" };

	strbuf_putc(out, '\n');
	text_in_role(out, style, ROLE_HEAD, s->alive_when == SITES_AT_END ? "LEFT AT THE END" : "STILL THERE");
	strbuf_printf(out, "  in which quarter of the %s it was allocated, in percent\n",
		      s->joined_us == NOT_KNOWN ? "run" : "time");
	size_t begin = out->n_bytes;
	text_right(out, SITES_SIZE_COLUMNS, "bytes");
	text_right(out, COUNT_COLUMNS, "samples");
	for (unsigned i = 0; i < SITES_QUARTERS; i++)
		text_right(out, QUARTER_COLUMNS, quarters[i]);
	strbuf_puts(out, "    ");
	size_t n_columns = out->n_bytes - begin;
	strbuf_printf(out, "held by %s line\n", style->utf8 ? "←" : "<-");
	return n_columns;
}

static void add_row(struct strbuf *out, const struct sites *s, const struct sites_kept *kept, size_t n_before,
		    const struct text_style *style)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint64_t all = sites_kept_bytes(kept);

	text_size(out, SITES_SIZE_COLUMNS, all, style);
	text_count(out, COUNT_COLUMNS, kept->n_samples, style);
	for (unsigned i = 0; i < SITES_QUARTERS; i++)
		strbuf_printf(out, "%*.0f", QUARTER_COLUMNS, all ? 100 * (double)kept->bytes[i] / (double)all : 0);
	strbuf_puts(out, kept->is_leak ? "  + " : kept->in_doubt ? "  ? " : "    ");
	sites_kept_words(&name, s, kept, style->utf8);
	text_sites_name(out, strbuf_text(&name), n_before, style);
	if (strbuf_error(&name) < 0)
		out->error = -ENOMEM;
}

void text_sites_kept(struct strbuf *out, const struct sites *s, uint64_t n_top, const struct text_style *style)
{
	size_t n_shown = n_top ? MIN(s->n_kept, n_top) : s->n_kept, n_before;
	bool any_doubt = false;

	if (s->n_kept == 0)
		return;
	n_before = add_heads(out, s, style);
	for (size_t i = 0; i < n_shown; i++) {
		add_row(out, s, &s->kept[i], n_before, style);
		any_doubt |= s->kept[i].in_doubt;
	}
	if (n_shown < s->n_kept)
		strbuf_printf(out, "\n  %zu more line%s left less.\n", s->n_kept - n_shown,
			      s->n_kept - n_shown == 1 ? "" : "s");
	if (sites_leak_bytes(s) > 0)
		strbuf_puts(out, "\n  + leaks: what its holder has grew in at least three quarters of the run.\n");
	if (any_doubt)
		strbuf_puts(out,
			    "\n  ? in doubt: it may be other memory, or more than is left of a block that moved.\n");
}
