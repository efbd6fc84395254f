/* attach: one line per snapshot. */
#include <inttypes.h>
#include <string.h>

#include "memprof/analysis/tasks.h"
#include "memprof/base/text.h"
#include "memprof/viewers/ticker_view.h"
#include "memprof/viewers/view.h"
#include "shared/board_words.h"
#include "shared/number_words.h"
#include "text/cut.h"

enum { TASK_COLUMNS = 24, SIZE_COLUMNS = 11 };

enum { WITH_GC_SAMPLES = 8 }; /* so many fit besides the column for the collector */

void text_ticker_head(struct strbuf *out, const struct ticker *t, const struct text_style *style)
{
	text_role(out, style, ROLE_HEAD);
	strbuf_printf(out, "      time       used       free    largest   frag%s     change  used\n",
		      t->reports_gc ? " gc ms/s" : "");
	text_role(out, style, ROLE_PLAIN);
}

static void remember(struct ticker *t, uint64_t used_bytes)
{
	if (t->n == TICKER_SAMPLES) {
		memmove(t->used, t->used + 1, (TICKER_SAMPLES - 1) * sizeof(t->used[0]));
		t->n--;
	}
	t->used[t->n++] = used_bytes;
}

static void sparkline(struct strbuf *out, const struct ticker *t, bool utf8)
{
	static const char *const fine[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const plain[] = { "_", ".", "-", "-", "=", "=", "^", "^" };
	uint64_t low = t->used[0], high = t->used[0];

	for (size_t i = 1; i < t->n; i++) {
		low = MIN(low, t->used[i]);
		high = MAX(high, t->used[i]);
	}
	for (size_t i = t->reports_gc && t->n > WITH_GC_SAMPLES ? t->n - WITH_GC_SAMPLES : 0; i < t->n; i++) {
		size_t step = high > low ? (size_t)((t->used[i] - low) * 7 / (high - low)) : 0;
		strbuf_puts(out, utf8 ? fine[step] : plain[step]);
	}
}

static void size(struct strbuf *out, uint64_t n_bytes, const struct text_style *style)
{
	text_right(out, SIZE_COLUMNS, n_bytes == NOT_KNOWN ? "-" : figure_words(n_bytes, style).text);
}

static void figures(struct strbuf *out, const struct pool_state *now, const struct text_style *style)
{
	size(out, now->used_bytes, style);
	size(out, now->free_bytes, style);
	size(out, now->lfb_bytes, style);
	if (now->fragmentation < 0)
		strbuf_printf(out, "%7s", "-");
	else
		strbuf_printf(out, "%5.1f %%", 100 * now->fragmentation);
}

/* The time that collections took of each second since the line before, both by the board's clock. */
static void collections(struct strbuf *out, const struct ticker *t)
{
	bool is_known = t->n_lines > 0 && t->board_us != NOT_KNOWN && t->last_board_us != NOT_KNOWN;

	if (is_known && t->board_us > t->last_board_us)
		strbuf_printf(out, "%8.1f", (double)t->gc_us * 1000.0 / (double)(t->board_us - t->last_board_us));
	else
		strbuf_printf(out, "%8s", "-");
}

void text_ticker_line(struct strbuf *out, struct ticker *t, const struct pool_state *now, uint64_t at_us,
		      const struct text_style *style)
{
	uint64_t ms = at_us / 1000;

	if (at_us == NOT_KNOWN)
		strbuf_printf(out, "%10s", TEXT_NO_TIME);
	else
		strbuf_printf(out, "%3" PRIu64 ":%02u.%03u", ms / 60000, (unsigned)(ms / 1000 % 60),
			      (unsigned)(ms % 1000));
	figures(out, now, style);
	if (t->reports_gc)
		collections(out, t);
	if (now->used_bytes != NOT_KNOWN) {
		if (t->n > 0)
			text_right(out, SIZE_COLUMNS,
				   change_words((int64_t)(now->used_bytes - t->last_used_bytes), style).text);
		else
			strbuf_printf(out, " %10s", "");
		t->last_used_bytes = now->used_bytes;
		remember(t, now->used_bytes);
		strbuf_puts(out, "  ");
		sparkline(out, t, style->utf8);
	}
	strbuf_puts(out, t->damaged ? "  damaged" : "");
	t->n_lines++;
	t->gc_us = 0;
	t->last_board_us = t->board_us;
	strbuf_putc(out, '\n');
}

static void say_pool(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style)
{
	const struct pool_state now = pool_state_counted(pool);

	text_role(out, style, pool->damaged ? ROLE_WARNING : ROLE_FAINT);
	strbuf_printf(out, "%10.10s", pool->name);
	figures(out, &now, style);
	strbuf_puts(out, pool->damaged ? "  damaged" : "");
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}

void text_ticker_pools(struct strbuf *out, struct ticker *t, const struct heap *heap, bool is_first,
		       const struct text_style *style)
{
	for (uint32_t i = 1; i < heap->n_pools; i++) {
		const struct heap_reported *now = &heap->pools[i].reported;
		bool same = now->used_bytes == t->pools[i].used_bytes && now->free_bytes == t->pools[i].free_bytes;
		if (!same || is_first)
			say_pool(out, &heap->pools[i], style);
		t->pools[i].used_bytes = now->used_bytes;
		t->pools[i].free_bytes = now->free_bytes;
		text_ticker_allocations(out, &heap->pools[i], style);
	}
}

void text_ticker_allocations(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style)
{
	enum { COLUMN = 12 };
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!pool->window)
		return;
	text_pool_allocations(&words, pool, style);
	text_role(out, style, ROLE_FAINT);
	strbuf_printf(out, "%10.10s  ", pool->name);
	text_wrap(out, strbuf_text(&words), COLUMN, COLUMN);
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}

static void add_note(struct strbuf *out, const char *clean, enum text_role role, const struct text_style *style)
{
	enum { NOTE_COLUMN = 11 };

	text_role(out, style, role);
	strbuf_printf(out, "%10s ", "--");
	text_wrap(out, clean, NOTE_COLUMN, NOTE_COLUMN);
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}

void text_ticker_board(struct strbuf *out, const struct board_info *board, const struct text_style *style)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT, clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	board_words(&words, board, style);
	text_clean(&clean, strbuf_text(&words));
	add_note(out, strbuf_text(&clean), ROLE_FAINT, style);
}

void text_ticker_note(struct strbuf *out, const char *text, const struct text_style *style)
{
	add_note(out, text, ROLE_WARNING, style);
}

/* "-- task radio: 48 of 768 B of its stack were never used" */
void text_ticker_task(struct strbuf *out, const struct heap_task *task, const struct text_style *style)
{
	const char *name = task->name[0] ? task->name : "(no name)";
	struct task_report r;

	report_task(task, &r);
	text_role(out, style, r.is_low ? ROLE_WARNING : ROLE_FAINT);
	strbuf_puts(out, "        -- task ");
	text_cut(out, name, strlen(name), TASK_COLUMNS, CUT_END);
	if (task->stack_bytes == NOT_KNOWN)
		strbuf_printf(out, ": %s", exact_words(task->least_free_bytes, style).text);
	else
		strbuf_printf(out, ": %s of %s", figure_words(task->least_free_bytes, style).text,
			      exact_words(task->stack_bytes, style).text);
	strbuf_puts(out, " of its stack were never used");
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}
