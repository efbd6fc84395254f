/* Whose memory it is: globals by what they retain, when the board's memory was read last. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "text/chart.h"
#include "tui/panels/panel.h"

enum { SIZE_COLUMNS = 9, COUNT_COLUMNS = 8, CHANGE_COLUMNS = 9 };

/* ---- the list ---- */

static void make_head(const struct tui *t, struct strbuf *out)
{
	const struct tui_objects *o = &t->objects;
	char size[PANEL_WORD_BYTES];

	strbuf_puts(out, "owners");
	if (!o->objects)
		return;
	const struct objects_totals *totals = &o->report->totals;
	if (o->at_us != NOT_KNOWN) {
		strbuf_puts(out, ", ");
		chart_duration(out, t->now_us - MIN(o->at_us, t->now_us));
		strbuf_puts(out, " ago");
	}
	strbuf_printf(out, ": %s live", panel_size(size, totals->live.n_bytes, SIZE_COLUMNS));
	strbuf_printf(out, ", %s collectable", panel_size(size, totals->collectable.n_bytes, SIZE_COLUMNS));
}

static void say_change(struct grid *g, int x, int y, int n_columns, enum tui_role role, int64_t change)
{
	char size[PANEL_WORD_BYTES], text[PANEL_WORD_BYTES + 1];

	if (change == 0)
		return;
	panel_size(size, (uint64_t)llabs(change), CHANGE_COLUMNS - 1);
	snprintf(text, sizeof(text), "%c%s", change < 0 ? '-' : '+', size);
	grid_printf(g, x, y, n_columns, role, "%*s", n_columns, text);
}

static void draw_owner(const struct tui *t, struct grid *g, const struct rect *row, size_t i)
{
	const struct objects_global *global = &t->objects.report->globals[i];
	bool chosen = t->focus == PANEL_OWNERS && i == t->i_owner;
	enum tui_role role = chosen ? TUI_CHOSEN : TUI_PLAIN;
	int64_t change = tui_owner_change(t, i);
	int x = row->x + 1, end = row->x + row->columns;
	char size[PANEL_WORD_BYTES];

	grid_fill(g, row, ' ', role);
	grid_printf(g, x, row->y, MIN(SIZE_COLUMNS, end - x), role, "%*s", SIZE_COLUMNS,
		    panel_size(size, global->retained_bytes, SIZE_COLUMNS));
	x += SIZE_COLUMNS;
	if (x + COUNT_COLUMNS < end)
		grid_printf(g, x, row->y, COUNT_COLUMNS, chosen ? role : TUI_FAINT, "%*" PRIu32, COUNT_COLUMNS,
			    global->n_retained);
	x += COUNT_COLUMNS;
	if (x + CHANGE_COLUMNS < end)
		say_change(g, x, row->y, CHANGE_COLUMNS, chosen ? role : change > 0 ? TUI_WARNING : TUI_GOOD, change);
	x += CHANGE_COLUMNS + 2;
	if (x < end)
		grid_text(g, x, row->y, end - x, role, global->path);
}

static void draw_columns(const struct tui *t, struct grid *g, const struct rect *r)
{
	int x = r->x + 1, end = r->x + r->columns;

	grid_printf(g, x, r->y, end - x, TUI_FAINT, "%*s%*s%*s  name", SIZE_COLUMNS, "retained", COUNT_COLUMNS,
		    "objects", CHANGE_COLUMNS, t->objects.since ? "change" : "");
}

void panel_owners(const struct tui *t, struct grid *g, const struct rect *r)
{
	struct strbuf head CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (r->rows < 1 || r->columns < 1)
		return;
	make_head(t, &head);
	struct rect rest = panel_heading(t, g, r, PANEL_OWNERS, strbuf_text(&head));
	if (rest.rows < 1)
		return;
	if (!t->objects.objects || t->objects.report->n_globals == 0) {
		grid_text(g, rest.x + 1, rest.y, rest.columns - 1, TUI_FAINT,
			  t->objects.objects ? "no global holds anything" :
			  t->o.live          ? "o reads the board's memory: who holds what" :
					       "a log has no names; a memory file has (memprof snap --memory)");
		return;
	}
	draw_columns(t, g, &rest);
	size_t n = t->objects.report->n_globals, first = tui_owners_top(t, rest.rows - 1);
	for (size_t i = first; i < n && i - first < (size_t)rest.rows - 1; i++) {
		struct rect row = { rest.x, rest.y + 1 + (int)(i - first), rest.columns, 1 };
		draw_owner(t, g, &row, i);
	}
}

bool panel_owners_at(const struct tui *t, int x, int y, size_t *ret_i_owner)
{
	const struct rect *r = &t->plan.panels[PANEL_OWNERS];

	if (!rect_has(r, x, y) || y < r->y + 2 || !t->objects.objects)
		return false;
	size_t i = tui_owners_top(t, r->rows - 2) + (size_t)(y - r->y - 2);
	*ret_i_owner = i;
	return i < t->objects.report->n_globals;
}

/* ---- the block under the cursor ---- */

enum { HOLDERS_MAX = 3 };

/* own: the path of the object itself, which is that of what it is a part of, too. */
static void say_holders(struct flow *f, const struct objects *o, uint32_t i, const char *own)
{
	struct objects_list holders = { 0 };
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (objects_holders(o, i, &holders) == 0)
		for (size_t k = 0; k < MIN(holders.n_rows, (size_t)HOLDERS_MAX); k++) {
			strbuf_reset(&path);
			objects_path(o, holders.rows[k].object, &path);
			if (path.n_bytes && strcmp(strbuf_text(&path), own) != 0)
				flow_printf(f, TUI_PLAIN, "held by %s", strbuf_text(&path));
		}
	objects_list_deinit(&holders);
}

void panel_owner_of(const struct tui *t, struct flow *f, const struct map_object *block)
{
	uint32_t i = tui_object_of(t, block);
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct object object;

	if (i == OBJECT_NONE)
		return;
	objects_get(t->objects.objects, i, &object);
	objects_path(t->objects.objects, i, &path);
	flow_row(f);
	flow_printf(f, TUI_HEAD, "%s: %s",
		    path.n_bytes ? strbuf_text(&path) :
		    object.live  ? "no name leads there" :
				   "collectable",
		    object.class ? object.class : object.kind);
	if (object.n_retained > 1)
		flow_printf(f, TUI_PLAIN, "holds %" PRIu64 " B in %" PRIu32 " objects", object.retained_bytes,
			    object.n_retained);
	if (object.live)
		say_holders(f, t->objects.objects, i, strbuf_text(&path));
	flow_row(f);
}
