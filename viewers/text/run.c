/* What running a program did to the heap. */
#include <inttypes.h>
#include <string.h>

#include "memprof/base/text.h"
#include "memprof/viewers/run_view.h"
#include "memprof/viewers/view.h"

static void row(struct strbuf *out, const char *name, const struct pool_summary *s)
{
	if (s->used_bytes == NOT_KNOWN)
		return;
	strbuf_printf(out, "  %-26.26s%10" PRIu64 "%12" PRIu64, name, s->used_bytes, s->free_bytes);
	if (s->lfb_bytes != NOT_KNOWN)
		strbuf_printf(out, "%12" PRIu64, s->lfb_bytes);
	strbuf_putc(out, '\n');
}

static void say_end(struct strbuf *out, const struct run_info *run, const struct text_style *style)
{
	text_role(out, style, run->raised || run->lost ? ROLE_WARNING : ROLE_HEAD);
	strbuf_puts(out, "RUN ");
	text_visible(out, run->script, strlen(run->script), false);
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
		text_visible(out, run->exception, strlen(run->exception), false);
	}
	strbuf_printf(out, "\n  after %.1f s, %" PRIu64 " sample%s of its heap\n\n", (double)run->duration_us / 1e6,
		      run->n_samples, run->n_samples == 1 ? "" : "s");
}

static void say_kept(struct strbuf *out, const struct run_info *run)
{
	const struct area_counts *was = &run->before_counts, *is = &run->collected_counts;
	int64_t kept = (int64_t)(run->collected.used_bytes - run->before.used_bytes);

	if (run->before.used_bytes == NOT_KNOWN || run->collected.used_bytes == NOT_KNOWN)
		return;
	strbuf_printf(out, "\n  stayed after gc.collect(): %+" PRId64 " B", kept);
	bool any = false;
	for (size_t i = 0; i < ARRAY_SIZE(was->kind_objects); i++) {
		int64_t objects = (int64_t)is->kind_objects[i] - was->kind_objects[i];
		int64_t bytes = ((int64_t)is->kind_blocks[i] - was->kind_blocks[i]) * run->block_bytes;
		if (objects == 0 && bytes == 0)
			continue;
		if (!any)
			strbuf_puts(out, ", of that\n");
		any = true;
		strbuf_printf(out, "    %c %-20s%+8" PRId64 " objects %+10" PRId64 " B\n", (char)i,
			      block_kind_name((uint8_t)i), objects, bytes);
	}
	if (!any)
		strbuf_putc(out, '\n');
}

static void say_owners(struct strbuf *out, const struct run_info *run)
{
	if (run->n_owners == 0)
		return;
	strbuf_puts(out, "  whose the heap is now\n");
	for (size_t i = 0; i < run->n_owners; i++) {
		const struct run_owner *owner = &run->owners[i];
		strbuf_printf(out, "    %-26s%10" PRIu64 " B in %" PRIu64 " object%s", owner->path, owner->n_bytes,
			      owner->n_objects, owner->n_objects == 1 ? "" : "s");
		if (owner->n_most > 1 && strcmp(owner->most, "other") != 0)
			strbuf_printf(out, ", %" PRIu64 " %s", owner->n_most, owner->most);
		strbuf_putc(out, '\n');
	}
	strbuf_printf(out, "    (%" PRIu64 " B were read for this, in %.1f s; --no-memory forbids it)\n",
		      run->n_read_bytes, (double)run->read_us / 1e6);
}

void text_run(struct strbuf *out, const struct run_info *run, const struct text_style *style)
{
	say_end(out, run, style);
	strbuf_printf(out, "  %-26s%10s%12s%12s\n", "bytes", "used", "free", "LFB");
	row(out, "before", &run->before);
	for (uint64_t i = run->n_marks > RUN_MARKS_MAX ? run->n_marks - RUN_MARKS_MAX : 0; i < run->n_marks; i++)
		row(out, run->marks[i % RUN_MARKS_MAX].label, &run->marks[i % RUN_MARKS_MAX].at);
	row(out, "after", &run->after);
	row(out, "after gc.collect()", &run->collected);
	if (run->unanswered)
		strbuf_puts(out, "  after                     not known: there was no memory left to ask the board\n");
	if (run->restarted)
		strbuf_puts(out, "  after                     a new heap: nothing to compare with\n");
	if (run->peak_used_bytes != NOT_KNOWN)
		strbuf_printf(out, "  %-26s%10" PRIu64 "\n", "peak used", run->peak_used_bytes);
	if (run->lowest_lfb_bytes != NOT_KNOWN)
		strbuf_printf(out, "  %-26s%10s%12s%12" PRIu64 "\n", "lowest largest free block", "", "",
			      run->lowest_lfb_bytes);
	say_kept(out, run);
	say_owners(out, run);
	strbuf_putc(out, '\n');
}
