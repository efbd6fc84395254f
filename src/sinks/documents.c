#include "memprof/sinks/documents.h"

#include "memprof/base/number.h"

/* Nothing of it is printed before it ends. */
static struct heap_document *open_document(struct documents *d)
{
	if (!d->document.capture) {
		d->document = (struct heap_document){
			.out = d->out,
			.options = *d->options,
			.compact = true,
			.boots = d->boots,
			.n_resets = &d->n_resets,
		};
		document_begin_part(&d->document, d->feed->capture);
	}
	return &d->document;
}

/* Of a snapshot and what happened since the last one; NULL: of that alone. */
static void print_document(struct documents *d, struct moment *m)
{
	struct heap_document *document = open_document(d);

	if (m)
		document_moment(document, m);
	struct input_info input = { d->source, document_format(document), NOT_KNOWN, m != NULL };
	document_end(document, &input, 1);
	document_deinit(document);
	d->news = false;
	output_flush(d->out);
}

static void on_moment(void *ctx, struct moment *m)
{
	bool is_part = m->kind == MOMENT_SNAPSHOT && m->heap->problem != HEAP_WHOLE;

	if (m->kind != MOMENT_POOLS && !is_part)
		print_document(ctx, m);
}

static void on_board_event(void *ctx, const struct board_event *event)
{
	struct documents *d = ctx;

	document_board_event(open_document(d), event);
	d->news |= event->kind != BOARD_EVENT_GC;
}

static void on_failure(void *ctx, const struct capture_failure *failure)
{
	struct documents *d = ctx;
	struct error_info error;

	error_explain(&d->judge, failure, false, &error);
	document_error(open_document(d), &error);
	d->news = true;
}

static void on_reference(void *ctx, const struct moment *snapshot)
{
	error_reference(&((struct documents *)ctx)->judge, snapshot);
}

static void on_reset(void *ctx) { ((struct documents *)ctx)->n_resets++; }

struct sink documents_sink(struct documents *d)
{
	return (struct sink){ .on_moment = on_moment,
			      .on_board_event = on_board_event,
			      .on_failure = on_failure,
			      .on_reference = on_reference,
			      .on_reset = on_reset,
			      .ctx = d };
}

void documents_end(struct documents *d)
{
	if (d->news && !d->feed->n_most)
		print_document(d, NULL);
	if (d->document.capture) {
		document_deinit(&d->document);
		strbuf_reset(&d->out->text);
	}
}
