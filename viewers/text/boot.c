/* The boot of the board that a trend is of, and the failure that ended it. */
#include <inttypes.h>

#include "memprof/base/number.h"
#include "memprof/viewers/trend_view.h"
#include "memprof/viewers/view.h"
#include "shared/number_words.h"
#include "text/chart.h"

static void say_failure(struct strbuf *out, const struct boot_failure *f, const struct text_style *style)
{
	text_in_role(out, style, ROLE_WARNING, "It has failed");
	strbuf_puts(out, ": MemoryError");
	if (f->line > 0)
		strbuf_printf(out, " in line %" PRIu64, f->line);
	if (f->asked_bytes != NOT_KNOWN)
		strbuf_printf(out, ", %s asked", exact_words(f->asked_bytes, style).text);
	strbuf_puts(out, ".\n");
	if (f->after_us != NOT_KNOWN) {
		strbuf_puts(out, "That was ");
		chart_duration(out, f->after_us);
		strbuf_puts(out, " after the first sample. ");
	}
	if (f->before.lfb_bytes != NOT_KNOWN)
		strbuf_printf(out, "The sample before it had an LFB of %s.\n",
			      human_words(f->before.lfb_bytes, style).text);
	else if (f->before.free_bytes != NOT_KNOWN)
		strbuf_printf(out, "The sample before it had %s free.\n",
			      human_words(f->before.free_bytes, style).text);
	else if (f->after_us != NOT_KNOWN)
		strbuf_putc(out, '\n');
}

void text_boot(struct strbuf *out, const struct boot_info *boot, const struct text_style *style)
{
	if (boot->failed.set)
		say_failure(out, &boot->failed, style);
	if (boot->n_boots > 1)
		strbuf_printf(out, "The board was reset: this is boot %" PRIu64 " of %" PRIu64 ", %s.\n", boot->n_boot,
			      boot->n_boots,
			      boot->pinned ? "the boot of this dump" :
			      boot->enough ? "the last with enough collections" :
					     "the one with the most samples");
}
