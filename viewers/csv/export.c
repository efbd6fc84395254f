/* Figures over time, or what happened, as a table for spreadsheets and data frames (RFC 4180). */
#include <inttypes.h>

#include "csv/quote.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/viewers/export_view.h"
#include "memprof/viewers/view.h"

/* ---- fields, each with the comma before it but for the first ---- */

static void next_text(struct strbuf *out, const char *value)
{
	strbuf_putc(out, ',');
	if (*value)
		csv_quote(out, value);
}

static void next_count(struct strbuf *out, uint64_t value)
{
	strbuf_putc(out, ',');
	if (value != NOT_KNOWN)
		strbuf_decimal(out, value);
}

static void next_seconds(struct strbuf *out, uint64_t us)
{
	strbuf_putc(out, ',');
	if (us != NOT_KNOWN)
		strbuf_printf(out, "%" PRIu64 ".%06u", us / 1000000, (unsigned)(us % 1000000));
}

static void next_share(struct strbuf *out, double share)
{
	strbuf_putc(out, ',');
	if (share >= 0)
		strbuf_printf(out, "%.4f", share);
}

#define PLACE_COLUMNS "file,boot,time,seconds,line,"

static void place(struct strbuf *out, const struct export_place *p)
{
	csv_quote(out, p->file);
	next_count(out, p->n_boot);
	strbuf_putc(out, ',');
	export_date(out, p);
	next_seconds(out, p->at_us);
	next_count(out, p->line ? p->line : NOT_KNOWN);
}

/* ---- rows ---- */

static void write_header(struct export *e)
{
	strbuf_puts(e->out, e->wants_events ? PLACE_COLUMNS
				    "dump,event,pool,bytes,largest_free,duration_us,label,verdict,text\r\n" :
					      PLACE_COLUMNS
				    "moment,dump,label,complete,pool,kind,total,used,free,largest_free,"
				    "fragmentation,peak\r\n");
}

static void pool(struct strbuf *out, const struct export_moment *m, const struct history_figures *figures)
{
	place(out, &m->place);
	strbuf_printf(out, ",%s", export_moment_name(m->kind));
	next_count(out, m->kind == MOMENT_SNAPSHOT ? m->place.n_dump : NOT_KNOWN);
	next_text(out, m->label);
	strbuf_puts(out, m->complete ? ",1" : ",0");
	next_text(out, figures->name);
	strbuf_printf(out, ",%s", pool_kind_name(figures->kind));
	next_count(out, figures->state.total_bytes);
	next_count(out, figures->state.used_bytes);
	next_count(out, figures->state.free_bytes);
	next_count(out, figures->state.lfb_bytes);
	next_share(out, figures->state.fragmentation);
	next_count(out, figures->peak_bytes);
	strbuf_puts(out, "\r\n");
}

static void moment(struct export *e, const struct export_moment *m)
{
	for (size_t i = 0; i < m->n_pools && !e->wants_events; i++)
		pool(e->out, m, &m->pools[i]);
}

static void event(struct export *e, const struct export_event *event)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT, *out = e->out;
	const struct board_event *of = event->of;

	if (!e->wants_events)
		return;
	text_board_event(&words, of, NULL);
	place(out, &event->place);
	next_count(out, event->place.n_dump ? event->place.n_dump : NOT_KNOWN);
	strbuf_printf(out, ",%s", board_event_kind_name(of->kind));
	next_text(out, of->pool);
	next_count(out, of->bytes);
	next_count(out, of->largest_free_bytes ? of->largest_free_bytes : NOT_KNOWN);
	next_count(out, of->duration_us);
	next_text(out, of->label);
	strbuf_putc(out, ',');
	next_text(out, strbuf_text(&words));
	strbuf_puts(out, "\r\n");
}

static void failure(struct export *e, const struct export_failure *f)
{
	const struct reference_snapshot *reference = &f->error->reference;
	struct strbuf *out = e->out;

	if (!e->wants_events)
		return;
	place(out, &f->place);
	next_count(out, f->place.n_dump ? f->place.n_dump : NOT_KNOWN);
	strbuf_puts(out, ",failure,");
	next_count(out, f->error->asked_bytes);
	next_count(out, reference->n_dump ? reference->summary.lfb_bytes : NOT_KNOWN);
	strbuf_puts(out, ",,");
	next_text(out, cause_name(f->error->cause));
	next_text(out, f->error->text);
	strbuf_puts(out, "\r\n");
}

const struct export_format export_csv = {
	.name = "csv",
	.suffixes = { ".csv" },
	.has_two_tables = true,
	.begin = write_header,
	.moment = moment,
	.event = event,
	.failure = failure,
};
