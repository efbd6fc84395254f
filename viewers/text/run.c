/* What running a program did to the heap. */
#include <string.h>

#include "memprof/base/text.h"
#include "memprof/viewers/run_view.h"
#include "memprof/viewers/view.h"
#include "text/column.h"

static void row(struct strbuf *out, const char *name, const struct pool_state *s, const struct text_style *style)
{
	if (s->used_bytes == NOT_KNOWN)
		return;
	strbuf_printf(out, "  %-26.26s", name);
	text_size(out, 10, s->used_bytes, style);
	text_size(out, 12, s->free_bytes, style);
	if (s->lfb_bytes != NOT_KNOWN)
		text_size(out, 12, s->lfb_bytes, style);
	strbuf_putc(out, '\n');
}

static void say_end(struct strbuf *out, const struct run_info *run, const struct text_style *style)
{
	text_role(out, style, run->raised || run->lost ? ROLE_WARNING : ROLE_HEAD);
	strbuf_puts(out, "RUN ");
	text_clean(out, run->script);
	if (run->exit_code >= 0)
		strbuf_printf(out, " ended its process with exit code %d", run->exit_code);
	else
		strbuf_puts(out, run->lost      ? " was lost with its board" :
				 run->restarted ? " reset the board" :
				 run->stopped   ? " was stopped" :
				 run->raised    ? " raised" :
						  " ended");
	text_role(out, style, ROLE_PLAIN);
	if (run->exception[0]) {
		strbuf_putc(out, ' ');
		text_clean(out, run->exception);
	}
	strbuf_printf(out, "\n  after %.1f s, %s sample%s of its heap", (double)run->duration_us / 1e6,
		      count_words(run->n_samples, style).text, run->n_samples == 1 ? "" : "s");
	if (run->sampling_us != NOT_KNOWN && run->sampling_us >= 50000)
		strbuf_printf(out, ", %.1f s for them", (double)run->sampling_us / 1e6);
	strbuf_puts(out, "\n\n");
}

static void say_kept(struct strbuf *out, const struct run_info *run, const struct text_style *style)
{
	const struct area_counts *was = &run->before_counts, *is = &run->collected_counts;
	int64_t kept = (int64_t)(run->collected.used_bytes - run->before.used_bytes);

	if (run->before.used_bytes == NOT_KNOWN || run->collected.used_bytes == NOT_KNOWN)
		return;
	strbuf_printf(out, "\n  stayed after gc.collect(): %s", exact_change_words(kept, style).text);
	bool any = false;
	for (size_t i = 0; i < ARRAY_SIZE(was->kind_objects); i++) {
		int64_t objects = (int64_t)is->kind_objects[i] - was->kind_objects[i];
		int64_t bytes = ((int64_t)is->kind_blocks[i] - was->kind_blocks[i]) * run->block_bytes;
		if (objects == 0 && bytes == 0)
			continue;
		if (!any)
			strbuf_puts(out, ", of that\n");
		any = true;
		strbuf_printf(out, "    %c %-20s", (char)i, block_kind_name((uint8_t)i));
		text_right(out, 8, count_change_words(objects, style).text);
		strbuf_puts(out, " objects");
		text_right(out, 13, exact_change_words(bytes, style).text);
		strbuf_putc(out, '\n');
	}
	if (!any)
		strbuf_putc(out, '\n');
}

static void say_owners(struct strbuf *out, const struct run_info *run, const struct text_style *style)
{
	if (run->n_owners == 0)
		return;
	strbuf_puts(out, "  whose the heap is now\n");
	for (size_t i = 0; i < run->n_owners; i++) {
		const struct run_owner *owner = &run->owners[i];
		strbuf_printf(out, "    %-26s", owner->path);
		text_right(out, 12, exact_words(owner->n_bytes, style).text);
		strbuf_printf(out, " in %s object%s", count_words(owner->n_objects, style).text,
			      owner->n_objects == 1 ? "" : "s");
		if (owner->n_most > 1 && strcmp(owner->most, "other") != 0)
			strbuf_printf(out, ", %s %s", count_words(owner->n_most, style).text, owner->most);
		strbuf_putc(out, '\n');
	}
	strbuf_printf(out, "    (%s were read for this, in %.1f s; --no-memory forbids it)\n",
		      exact_words(run->n_read_bytes, style).text, (double)run->read_us / 1e6);
}

static void say_left(struct strbuf *out, const struct run_info *run)
{
	for (size_t i = 0; i < run->n_left; i++)
		strbuf_printf(out, "%s    %s: %s%s\n", i == 0 ? "  still on the board, unless it lost its power\n" : "",
			      run->left[i].name, run->left[i].by_hand ? run->left[i].by_hand : "",
			      run->left[i].by_hand ? ", or reset it" : "reset it");
}

void text_run(struct strbuf *out, const struct run_info *run, const struct text_style *style)
{
	say_end(out, run, style);
	strbuf_printf(out, "  %-26s%10s%12s%12s\n", style->sizes == SIZES_HUMAN ? "" : "bytes", "used", "free", "LFB");
	row(out, "before", &run->before, style);
	for (uint64_t i = run->n_marks > RUN_MARKS_MAX ? run->n_marks - RUN_MARKS_MAX : 0; i < run->n_marks; i++)
		row(out, run->marks[i % RUN_MARKS_MAX].label, &run->marks[i % RUN_MARKS_MAX].at, style);
	row(out, "after", &run->after, style);
	row(out, "after gc.collect()", &run->collected, style);
	if (run->own_bytes != NOT_KNOWN) {
		strbuf_printf(out, "  %-26s", "of which memprof's own");
		text_size(out, 10, run->own_bytes, style);
		strbuf_putc(out, '\n');
	}
	if (run->unanswered)
		strbuf_puts(out, "  after                     not known: there was no memory left to ask the board\n");
	if (run->restarted)
		strbuf_puts(out, "  after                     a new heap: nothing to compare with\n");
	if (run->peak_used_bytes != NOT_KNOWN) {
		strbuf_printf(out, "  %-26s", "peak used");
		text_size(out, 10, run->peak_used_bytes, style);
		strbuf_putc(out, '\n');
	}
	if (run->lowest_lfb_bytes != NOT_KNOWN) {
		strbuf_printf(out, "  %-48s", "lowest largest free block");
		text_size(out, 12, run->lowest_lfb_bytes, style);
		strbuf_putc(out, '\n');
	}
	say_kept(out, run, style);
	say_owners(out, run, style);
	say_left(out, run);
	text_dump_pools(out, &run->pools, style);
	strbuf_putc(out, '\n');
}
