#include "tui/panels/cells.h"

#include <inttypes.h>
#include <stdio.h>

#include "memprof/base/number.h"

enum { SIGN_FREE = '.', SIGN_LARGEST = '_', SIGN_UNKNOWN = '?', SIGN_CULPRIT = '!', SIGN_TAIL = '=' };

static uint32_t full(const struct grid *g) { return grid_shade(g, 1); }

static uint32_t tail(const struct grid *g) { return g->utf8 ? grid_shade(g, 0.5) : SIGN_TAIL; }

/* How full it is; at one block a cell where objects begin. */
static uint32_t shade(const struct cells *c, const struct heap_cell *cell)
{
	if (c->per_cell == 1)
		return cell->first == BLOCK_TAIL ? tail(c->g) : full(c->g);
	return grid_shade(c->g, (double)heap_cell_fill(cell) / HEAP_FILL_FULL);
}

static uint32_t letter(const struct cells *c, const struct heap_cell *cell)
{
	return palette_letter(c->per_cell == 1 ? cell->first : cell->kind);
}

/* ---- one by one; free cells and unknown ones are done with ---- */

static struct cell_style by_fill(const struct cells *c, const struct heap_cell *cell)
{
	return (struct cell_style){ c->t->letters ? letter(c, cell) : shade(c, cell), TUI_USED };
}

static struct cell_style by_kind(const struct cells *c, const struct heap_cell *cell)
{
	return (struct cell_style){ letter(c, cell), palette_kind(cell->kind) };
}

/* Of the newest object in the cell: what is old is old altogether. */
static const struct {
	uint64_t below;
	enum tui_role role;
	const char *words;
} ages[] = {
	{ 1, TUI_AGE_NEW, "new" },
	{ 4, TUI_AGE_YOUNG, "under 4 snapshots" },
	{ 16, TUI_AGE_MIDDLE, "under 16" },
	{ NOT_KNOWN, TUI_AGE_OLD, "older" },
	{ 0, TUI_AGE_OLDEST, "from the first on" },
};

static struct cell_style by_age(const struct cells *c, const struct heap_cell *cell)
{
	size_t i = 0;

	if (cell->newest == 0)
		return (struct cell_style){ shade(c, cell), TUI_FAINT };
	uint64_t age = c->n_moment > cell->newest ? c->n_moment - cell->newest : 0;
	if (cell->newest <= c->n_first)
		i = ARRAY_SIZE(ages) - 1;
	else
		while (age >= ages[i].below)
			i++;
	return (struct cell_style){ (uint32_t)('0' + i), ages[i].role };
}

static struct cell_style by_change(const struct cells *c, const struct heap_cell *cell)
{
	if (cell->n_changed > 0 || (cell->n_added > 0 && cell->n_removed > 0))
		return (struct cell_style){ '~', TUI_CHANGED };
	if (cell->n_added > 0)
		return (struct cell_style){ '+', TUI_ADDED };
	if (cell->n_removed > 0)
		return (struct cell_style){ '-', TUI_REMOVED };
	return (struct cell_style){ shade(c, cell), TUI_FAINT };
}

static struct cell_style by_culprit(const struct cells *c, const struct heap_cell *cell)
{
	if (cell->culprit)
		return (struct cell_style){ SIGN_CULPRIT, TUI_CULPRIT };
	return (struct cell_style){ shade(c, cell), TUI_FAINT };
}

/* ---- legends ---- */

static void sign(struct flow *f, uint32_t point, enum tui_role role, const char *words)
{
	flow_sign(f, &point, 1, role, words);
}

/* Those that there are, the largest first. */
static void say_kinds(const struct cells *c, struct flow *f)
{
	struct kind_row rows[PANEL_KINDS_MAX];
	size_t n = panel_kinds(c->t, false, rows);

	for (size_t i = 0; i < n; i++) {
		char words[2 * PANEL_WORD_BYTES], size[PANEL_WORD_BYTES];
		snprintf(words, sizeof(words), "%s %s", block_kind_name(rows[i].letter),
			 panel_size(size, rows[i].bytes, 5));
		sign(f, palette_letter(rows[i].letter), palette_kind(rows[i].letter), words);
	}
}

static void say_shades(const struct cells *c, struct flow *f, enum tui_role role)
{
	const uint32_t in_part[] = { grid_shade(c->g, 0.25), grid_shade(c->g, 0.5), grid_shade(c->g, 0.75) };

	if (c->per_cell == 1) {
		sign(f, full(c->g), role, "object");
		sign(f, tail(c->g), role, "its tail");
		return;
	}
	sign(f, full(c->g), role, "full");
	flow_sign(f, in_part, (int)ARRAY_SIZE(in_part), role, "in part");
}

static void say_fill(const struct cells *c, struct flow *f)
{
	if (c->t->letters)
		say_kinds(c, f);
	else
		say_shades(c, f, TUI_USED);
}

static void say_kind(const struct cells *c, struct flow *f) { say_kinds(c, f); }

static void say_age(const struct cells *c, struct flow *f)
{
	if (!c->facts.first_seen) {
		flow_printf(f, TUI_FAINT,
			    c->t->picture.owes_ages ? "their ages are being worked out" :
						      "nothing tells how old they are");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ages); i++)
		sign(f, (uint32_t)('0' + i), ages[i].role, ages[i].words);
}

static void say_same(const struct cells *c, struct flow *f)
{
	const uint32_t in_part[] = { grid_shade(c->g, 0.25), grid_shade(c->g, 0.5), grid_shade(c->g, 0.75),
				     full(c->g) };
	const uint32_t one_by_one[] = { full(c->g), tail(c->g) };
	bool is_one = c->per_cell == 1;

	flow_sign(f, is_one ? one_by_one : in_part, is_one ? 2 : 4, TUI_FAINT, "same");
}

static void say_change(const struct cells *c, struct flow *f)
{
	if (!c->facts.before) {
		flow_printf(f, TUI_FAINT, "there is nothing to compare it with");
		return;
	}
	sign(f, '+', TUI_ADDED, "more used");
	sign(f, '-', TUI_REMOVED, "freed");
	sign(f, '~', TUI_CHANGED, "changed");
	say_same(c, f);
}

static void say_culprits(const struct cells *c, struct flow *f)
{
	sign(f, SIGN_CULPRIT, TUI_CULPRIT,
	     c->facts.n_culprits > 0 ? "in the way of a larger free block" : "in the way: nothing");
	say_shades(c, f, TUI_FAINT);
}

/* ---- all together ---- */

static const struct {
	const char *name;
	struct cell_style (*look)(const struct cells *c, const struct heap_cell *cell);
	void (*words)(const struct cells *c, struct flow *f);
} modes[N_TUI_COLORS] = {
	[COLORS_FILL] = { "fill", by_fill, say_fill },
	[COLORS_KIND] = { "kind", by_kind, say_kind },
	[COLORS_AGE] = { "age", by_age, say_age },
	[COLORS_CHANGE] = { "change", by_change, say_change },
	[COLORS_CULPRITS] = { "culprits", by_culprit, say_culprits },
};

const char *cells_by(enum tui_colors colors) { return modes[colors].name; }

void cells_begin(struct cells *c, const struct tui *t, const struct grid *g, const struct heap_pool *pool)
{
	const struct picture *p = &t->picture;
	const struct history *h = t->o.history;

	*c = (struct cells){ .t = t, .g = g, .per_cell = MAX(t->view.blocks_per_cell, 1u), .n_moment = p->n_moment };
	c->n_first = history_n(h) > 0 ? history_moment(h, 0)->n : 0;
	c->facts = (struct heap_cells){
		.pool = pool,
		.before = p->before_pool,
		.first_seen = p->first_seen,
		.largest = p->largest,
		.culprits = p->culprits,
		.n_culprits = p->n_culprits,
	};
	heap_cells_prepare(&c->facts);
}

struct cell_style cells_look(const struct cells *c, const struct heap_cell *cell)
{
	bool changed = cell->n_added > 0 || cell->n_removed > 0 || cell->n_changed > 0;

	if (cell->n_unknown > 0)
		return (struct cell_style){ SIGN_UNKNOWN, TUI_UNKNOWN };
	if (c->t->colors == COLORS_CHANGE && changed)
		return by_change(c, cell);
	/* One that is too short for a cell of its own is shown where it lies. */
	if (cell->largest && (cell->n_used == 0 || c->facts.largest.n_blocks < 2 * c->per_cell))
		return (struct cell_style){ SIGN_LARGEST, TUI_LARGEST };
	if (cell->n_used == 0)
		return (struct cell_style){ SIGN_FREE, TUI_FREE };
	return modes[c->t->colors].look(c, cell);
}

void cells_legend(const struct cells *c, struct flow *f)
{
	modes[c->t->colors].words(c, f);
	sign(f, SIGN_FREE, TUI_FREE, "free");
	sign(f, SIGN_LARGEST, TUI_LARGEST, "largest free");
	sign(f, SIGN_UNKNOWN, TUI_UNKNOWN, "not known");
}
