/* The block under the cursor: what it is, since when, what is beside it, and what freeing it would gain. */
#include <inttypes.h>

#include "memprof/base/number.h"
#include "text/chart.h"
#include "tui/panels/panel.h"

static void say_size(struct flow *f, const struct map_object *o)
{
	flow_printf(f, TUI_PLAIN, "%" PRIu64 " B, %" PRIu32 " block%s", o->size_bytes, o->n_blocks,
		    o->n_blocks == 1 ? "" : "s");
}

static void say_what(struct flow *f, const struct heap_area *area, const struct map_object *o, uint64_t lfb_bytes)
{
	if (area->loose)
		flow_printf(f, TUI_HEAD, "+0x%" PRIx64, o->address - area->base);
	else
		flow_printf(f, TUI_HEAD, "0x%" PRIx64, o->address);
	if (o->kind == BLOCK_UNKNOWN)
		flow_printf(f, TUI_UNKNOWN, "? not known: its rows are missing");
	else if (o->kind == BLOCK_FREE && o->size_bytes == lfb_bytes)
		flow_printf(f, TUI_LARGEST, "_ the largest free block");
	else if (o->kind == BLOCK_FREE)
		flow_printf(f, TUI_FREE, ". free");
	else if (o->kind == BLOCK_TAIL)
		flow_printf(f, TUI_UNKNOWN, "= the end of an object whose head is missing");
	else
		flow_printf(f, palette_kind(o->kind), "%c %s", (char)palette_letter(o->kind), block_kind_name(o->kind));
	say_size(f, o);
}

static void say_age(struct flow *f, const struct tui *t, const struct map_object *o)
{
	const struct history *h = t->o.history;
	const struct history_moment *now = tui_moment(t);
	uint64_t n = t->picture.first_seen ? t->picture.first_seen[o->i_first] : 0;

	if (n == 0 || !now || o->kind == BLOCK_FREE || o->kind == BLOCK_UNKNOWN)
		return;
	const struct history_moment *first = history_moment(h, 0), *then = history_moment(h, history_find(h, n));
	struct strbuf ago CLEANUP(strbuf_deinit) = STRBUF_INIT;
	if (then->n == n && then->at_us != NOT_KNOWN && now->at_us != NOT_KNOWN && then->at_us < now->at_us) {
		strbuf_puts(&ago, ", ");
		chart_duration(&ago, now->at_us - then->at_us);
		strbuf_puts(&ago, " ago");
	}
	if (n <= first->n)
		flow_printf(f, TUI_AGE_OLDEST, "there since the first snapshot%s", strbuf_text(&ago));
	else if (n == now->n)
		flow_printf(f, TUI_AGE_NEW, "new in this snapshot");
	else
		flow_printf(f, TUI_AGE_MIDDLE, "since snapshot %" PRIu64 "%s", n, strbuf_text(&ago));
}

/* edge: what to say where it is the first or last of its area; else NULL. */
static void say_neighbour(struct flow *f, const char *where, const char *edge, uint32_t n_free, uint8_t kind,
			  uint32_t block_bytes)
{
	if (n_free > 0)
		flow_printf(f, TUI_PLAIN, "%s %" PRIu64 " B free", where, (uint64_t)n_free * block_bytes);
	else if (edge)
		flow_printf(f, TUI_FAINT, "%s", edge);
	else if (kind == BLOCK_UNKNOWN)
		flow_printf(f, TUI_FAINT, "%s nothing known", where);
	else
		flow_printf(f, TUI_PLAIN, "%s %c %s", where, (char)palette_letter(kind), block_kind_name(kind));
}

static void say_neighbours(struct flow *f, const struct heap_pool *pool, const struct heap_area *area,
			   const struct map_object *o)
{
	const char *first = o->i_first == area->i_first ? "first in its area" : NULL;
	const char *last = o->i_first + o->n_blocks == area->i_first + area->n_blocks ? "last in its area" : NULL;

	say_neighbour(f, "before it", first, o->n_free_before, o->kind_before, pool->block_bytes);
	say_neighbour(f, "after it", last, o->n_free_after, o->kind_after, pool->block_bytes);
}

static void say_gain(struct flow *f, const struct map_object *o)
{
	if (o->kind == BLOCK_FREE || o->kind == BLOCK_UNKNOWN || o->kind == BLOCK_TAIL)
		return;
	if (o->gain_bytes > 0)
		flow_printf(f, TUI_GOOD, "freed alone: %" PRIu64 " B in one piece, LFB +%" PRIu64 " B", o->freed_bytes,
			    o->gain_bytes);
	else
		flow_printf(f, TUI_FAINT, "freed alone: %" PRIu64 " B in one piece, no new LFB", o->freed_bytes);
}

/* Of the run, if its first block is still as it was read. */
static void say_owner(struct flow *f, const struct tui *t, const struct culprit *c)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct map_object first;
	uint32_t i_block;

	if (!heap_block_at(tui_pool(t), c->start, &i_block))
		return;
	map_object(tui_pool(t), i_block, NOT_KNOWN, &first);
	if (tui_object_of(t, &first) == OBJECT_NONE)
		return;
	objects_name_run(t->objects.objects, c->start, c->size_bytes, &path);
	if (path.n_bytes)
		flow_printf(f, TUI_CULPRIT, "most of it: %s", strbuf_text(&path));
}

static void say_culprit(struct flow *f, const struct tui *t, uint64_t address)
{
	const struct picture *p = &t->picture;

	for (size_t i = 0; i < p->n_culprits; i++) {
		const struct culprit *c = &p->culprits[i];
		if (address - c->start >= c->size_bytes)
			continue;
		flow_printf(f, TUI_CULPRIT,
			    "! run in the way: %" PRIu32 " object%s, %" PRIu64
			    " B;"
			    " LFB %s+%" PRIu64 " B without all of it",
			    c->n_objects, c->n_objects == 1 ? "" : "s", c->size_bytes,
			    tui_gains_little(t, c) ? "only " : "", c->gain_bytes);
		say_owner(f, t, c);
		return;
	}
}

/* The cell that the cursor is in, if there is more to it than its one object. */
static void say_cell(struct flow *f, const struct tui *t, const struct heap_pool *pool)
{
	struct heap_cells facts = { .pool = pool, .before = t->picture.before_pool };
	struct heap_cell cell;
	uint32_t row;
	int x;

	if (t->view.blocks_per_cell < 2 || t->view.columns < 1 || t->view.rows < 1)
		return;
	heap_map_find(pool, &t->view, t->i_cursor, &row, &x);
	struct heap_span span = heap_map_at(pool, &t->view, x, (int)(row - t->view.i_top_row));
	if (row < t->view.i_top_row || !span.there)
		return;
	heap_cells_prepare(&facts);
	heap_cells_get(&facts, &span, &cell);
	flow_printf(f, TUI_FAINT, "cell: %" PRIu32 " of %" PRIu32 " blocks used%s%c%s", cell.n_used, span.n_blocks,
		    cell.n_used > 0 ? ", most " : "", cell.n_used > 0 ? (char)palette_letter(cell.kind) : ' ',
		    cell.n_unknown > 0 ? ", some not known" : "");
	if (cell.n_added > 0 || cell.n_removed > 0 || cell.n_changed > 0)
		flow_printf(f, TUI_CHANGED, "+%" PRIu32 " -%" PRIu32 " ~%" PRIu32 " against snapshot %" PRIu64,
			    cell.n_added, cell.n_removed, cell.n_changed, t->picture.n_before);
}

void panel_inspector(const struct tui *t, struct grid *g, const struct rect *r)
{
	const struct heap_pool *pool = tui_pool(t);
	struct flow f = { .g = g, .r = { r->x + 1, r->y, r->columns - 1, r->rows } };
	uint64_t lfb_bytes = t->picture.summary.lfb_bytes;
	struct map_object o;

	if (!pool || pool->block_bytes == 0 || t->i_cursor >= pool->n_blocks)
		return;
	const struct heap_area *area = &pool->areas[heap_area_of_block(pool, t->i_cursor)];
	map_object(pool, t->i_cursor, lfb_bytes, &o);
	say_what(&f, area, &o, lfb_bytes);
	panel_owner_of(t, &f, &o);
	say_age(&f, t, &o);
	say_gain(&f, &o);
	say_neighbours(&f, pool, area, &o);
	say_culprit(&f, t, o.address);
	say_cell(&f, t, pool);
	panel_kind_list(t, &f);
}
