/* When a heap was as a row says it was, in the words that somebody needs to find it in the log. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "budget/check_heaps.h"
#include "memprof/base/text.h"

void pick_keep_when(struct check_heaps *h, struct pick *pick, const struct heap_moment *m)
{
	const struct check_moment *moment = m->moment;

	if (!moment)
		return;
	if (!pick->when)
		pick->when = calloc(1, sizeof(*pick->when));
	if (!pick->when) {
		h->error = -ENOMEM;
		return;
	}
	*pick->when = (struct heap_when){
		.number = m->number,
		.is_dump = m->n_dump > 0,
		.file = moment->file,
		.line = moment->line,
	};
	text_copy(pick->when->label, sizeof(pick->when->label), m->label, strlen(m->label));
	memcpy(pick->when->time, moment->time, sizeof(pick->when->time) - 1);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void add_place(struct strbuf *s, const struct heap_when *when)
{
	if (when->label[0]) {
		strbuf_puts(s, ", '");
		text_visible(s, when->label, strlen(when->label), false);
		strbuf_putc(s, '\'');
	} else if (when->file && when->line) {
		strbuf_printf(s, ", line %" PRIu64, when->line);
	} else if (when->time[0]) {
		strbuf_puts(s, ", ");
		text_visible(s, when->time, strlen(when->time), false);
	}
}

const char *pick_when_text(struct check_heaps *h, const struct heaps_side *s, const struct named_heap *heap,
			   const struct pick *pick)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct heap_when *when = pick->when;

	if (!when || (when->is_dump ? s->n_dumps : heap->n_figures) < 2)
		return NULL;
	strbuf_printf(&text, "%s %" PRIu64, when->is_dump ? "dump" : "sample", when->number);
	if (when->file && s->several_files)
		strbuf_printf(&text, " of %s", base_name(when->file));
	add_place(&text, when);
	if (strbuf_error(&text) < 0)
		h->error = -ENOMEM;
	return arena_text(&h->check->arena, strbuf_text(&text), text.n_bytes);
}
