/* The heap of a dump as a picture: a cell for each block, or for as many as it takes, in rows from low to high
 * addresses. All cells of one colour are one path, whose strokes are runs of them, so a heap of half a million
 * blocks stays small. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/analysis/heap_map.h"
#include "memprof/base/text.h"
#include "memprof/viewers/view.h"
#include "svg/frame.h"
#include "text/cut.h"

enum {
	ROW_CELLS = 128,
	ROWS_MAX = 96,
	AREAS_MAX = 64,
	CELL_PX = 6,
	ROW_PX = 8,
	AREA_GAP_PX = 6,
	LEFT_PX = 136,
	TOP_PX = 34,
	MARGIN_PX = 16,
	WIDTH_PX = LEFT_PX + ROW_CELLS * CELL_PX + MARGIN_PX,
	LABEL_ROWS = 4, /* between two addresses */
};

/* What a cell shows: of several blocks how many are used, of one what it is. */
enum paint {
	PAINT_FREE,
	PAINT_LOW,
	PAINT_MIDDLE,
	PAINT_HIGH,
	PAINT_FULL,
	PAINT_UNKNOWN,
	PAINT_TUPLE,
	PAINT_LIST,
	PAINT_DICT,
	PAINT_STR,
	PAINT_ARRAY,
	PAINT_FLOAT,
	PAINT_FUNCTION,
	PAINT_MODULE,
	PAINT_OTHER,
	N_PAINTS
};

static const struct {
	char class[2];
	uint8_t kind;
	const char *words;
} paints[N_PAINTS] = {
	[PAINT_FREE] = { "f", BLOCK_FREE, "free" },
	[PAINT_LOW] = { "1", 0, "in part" },
	[PAINT_MIDDLE] = { "2", 0, "" },
	[PAINT_HIGH] = { "3", 0, "" },
	[PAINT_FULL] = { "4", 0, "full" },
	[PAINT_UNKNOWN] = { "u", BLOCK_UNKNOWN, "not in the log" },
	[PAINT_TUPLE] = { "T", BLOCK_TUPLE, "tuple" },
	[PAINT_LIST] = { "L", BLOCK_LIST, "list" },
	[PAINT_DICT] = { "D", BLOCK_DICT, "dict" },
	[PAINT_STR] = { "S", BLOCK_STR, "str, bytes" },
	[PAINT_ARRAY] = { "A", BLOCK_ARRAY, "bytearray" },
	[PAINT_FLOAT] = { "F", BLOCK_FLOAT, "float" },
	[PAINT_FUNCTION] = { "B", BLOCK_FUNCTION, "function" },
	[PAINT_MODULE] = { "M", BLOCK_MODULE, "module" },
	[PAINT_OTHER] = { "h", BLOCK_HEAD, "other" },
};

/* Kinds: near the palette of Okabe and Ito, which people who see few colours can tell apart, as on the screen and
 * the page (viewers/tui/palette.c, viewers/html/assets); fill: one hue, by lightness. */
static const char heap_style[] =
	":root{--cf:#eef0f3;--c1:#c6dbef;--c2:#85b4dc;--c3:#3f7fbd;--c4:#08407e;--cu:#bbb;"
	"--cT:#56b4e9;--cL:#0072b2;--cD:#e3a6c8;"
	"--cS:#e69f00;--cA:#e3d32c;--cF:#009e73;--cB:#d55e00;--cM:#332288;--ch:#8a9099;--lfb:#009e73;--way:#d55e00}"
	"@media(prefers-color-scheme:dark){:root{--cf:#23282e;--c1:#1f3d5c;--c2:#2f6597;--c3:#5b9bd5;--c4:#cfe4f7;"
	"--cu:#555;"
	"--cL:#3a8fd0;--cA:#f0e442;--cM:#8674e0;--lfb:#2fd3a0;--way:#ff8c3a}}"
	"path{fill:none;stroke-width:.86;shape-rendering:crispEdges}.s path{stroke-width:12}"
	".f{stroke:var(--cf)}.k1{stroke:var(--c1)}.k2{stroke:var(--c2)}.k3{stroke:var(--c3)}.k4{stroke:var(--c4)}"
	".u{stroke:var(--cu);stroke-dasharray:.5 .5}.s .u{stroke-dasharray:3 3}"
	".kT{stroke:var(--cT)}.kL{stroke:var(--cL)}.kD{stroke:var(--cD)}.kS{stroke:var(--cS)}.kA{stroke:var(--cA)}"
	".kF{stroke:var(--cF)}.kB{stroke:var(--cB)}.kM{stroke:var(--cM)}.kh{stroke:var(--ch)}"
	"path.l,.s path.l{stroke:var(--lfb);stroke-width:2px;vector-effect:non-scaling-stroke;shape-rendering:auto}"
	"path.w,.s path.w{stroke:var(--way);stroke-width:2px;vector-effect:non-scaling-stroke;shape-rendering:auto}"
	".i{fill:var(--way);font-weight:600;font-size:11px;paint-order:stroke;stroke:var(--back);stroke-width:3px}";

struct drawing {
	struct heap_pool pool; /* with the areas that are drawn */
	uint32_t n_areas_left; /* that are not */
	const struct pool_report *report;
	struct strbuf *out;
	struct heap_map map;
	struct heap_cells cells;
	int y_px;
	bool used[N_PAINTS];
};

/* ---- cells ---- */

static uint32_t n_cells(const struct drawing *d, const struct heap_area *area)
{
	return (area->n_blocks + d->map.blocks_per_cell - 1) / d->map.blocks_per_cell;
}

static uint32_t n_rows(const struct drawing *d, const struct heap_area *area)
{
	return (n_cells(d, area) + ROW_CELLS - 1) / ROW_CELLS;
}

static enum paint paint_of_kind(uint8_t kind)
{
	for (int i = 0; i < N_PAINTS; i++)
		if (paints[i].kind == kind && kind)
			return (enum paint)i;
	return PAINT_OTHER;
}

static enum paint paint_of(const struct drawing *d, const struct heap_cell *cell)
{
	if (cell->n_unknown > 0)
		return PAINT_UNKNOWN;
	return d->map.blocks_per_cell > 1 ? (enum paint)(PAINT_FREE + heap_cell_fill(cell)) : paint_of_kind(cell->kind);
}

/* The cells of an area, a byte each: enum paint. */
static void paint_area(struct drawing *d, uint32_t i_area, uint8_t *ret)
{
	const struct heap_area *area = &d->pool.areas[i_area];
	uint32_t per_cell = d->map.blocks_per_cell;

	for (uint32_t at = 0, i = 0; at < area->n_blocks; at += per_cell, i++) {
		struct heap_span span = { true, i_area, area->i_first + at, MIN(per_cell, area->n_blocks - at) };
		struct heap_cell cell;
		heap_cells_get(&d->cells, &span, &cell);
		ret[i] = (uint8_t)paint_of(d, &cell);
		d->used[ret[i]] = true;
	}
}

static void draw_runs(struct strbuf *out, const uint8_t *cells, uint32_t n, enum paint paint)
{
	bool first = true;

	for (uint32_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && cells[end] == cells[i] && end % ROW_CELLS != 0;)
			end++;
		if (cells[i] != paint)
			continue;
		if (first)
			strbuf_printf(out, "<path class=\"%s%s\" d=\"", strchr("fu", paints[paint].class[0]) ? "" : "k",
				      paints[paint].class);
		first = false;
		strbuf_printf(out, "M%" PRIu32 " %" PRIu32 "h%" PRIu32, i % ROW_CELLS, i / ROW_CELLS, end - i);
	}
	if (!first)
		strbuf_puts(out, "\"/>\n");
}

/* The edge of the cells first .. last, which may go over several rows. */
static void draw_edge(struct strbuf *out, const char *class, uint32_t first, uint32_t last)
{
	uint32_t row = first / ROW_CELLS, x = first % ROW_CELLS;
	uint32_t end_row = last / ROW_CELLS, end_x = last % ROW_CELLS + 1;

	strbuf_printf(out, "<path class=\"%s\" d=\"M%" PRIu32 " %" PRIu32, class, x, row);
	if (row == end_row)
		strbuf_printf(out, "H%" PRIu32 "V%" PRIu32 "H%" PRIu32 "Z\"/>\n", end_x, row + 1, x);
	else
		strbuf_printf(out, "H%dV%" PRIu32 "H%" PRIu32 "V%" PRIu32 "H0V%" PRIu32 "H%" PRIu32 "Z\"/>\n",
			      ROW_CELLS, end_row, end_x, end_row + 1, row + 1, x);
}

/* ---- what is marked ---- */

static uint32_t cell_of(const struct drawing *d, const struct heap_area *area, uint32_t i_block)
{
	return (i_block - area->i_first) / d->map.blocks_per_cell;
}

static void draw_largest(const struct drawing *d, const struct heap_area *area)
{
	const struct heap_run *run = &d->cells.largest;

	if (run->n_blocks > 0 && run->i_first - area->i_first < area->n_blocks)
		draw_edge(d->out, "l", cell_of(d, area, run->i_first),
			  cell_of(d, area, run->i_first + run->n_blocks - 1));
}

static void draw_culprits(const struct drawing *d, const struct heap_area *area, bool numbers)
{
	for (size_t i = 0; i < d->report->n_culprits; i++) {
		const struct culprit *c = &d->report->culprits[i];
		uint32_t i_first;
		if (!heap_block_at(&d->pool, c->start, &i_first) || i_first - area->i_first >= area->n_blocks)
			continue;
		uint32_t n_blocks = (uint32_t)(c->size_bytes / d->pool.block_bytes);
		uint32_t first = cell_of(d, area, i_first), last = cell_of(d, area, i_first + n_blocks - 1);
		if (!numbers)
			draw_edge(d->out, "w", first, last);
		else
			strbuf_printf(d->out, "<text class=\"i\" x=\"%d\" y=\"%d\">%zu</text>\n",
				      LEFT_PX + (int)(last % ROW_CELLS + 1) * CELL_PX + 2,
				      d->y_px + (int)(last / ROW_CELLS) * ROW_PX + ROW_PX + 1, i + 1);
	}
}

/* ---- an area ---- */

static int draw_area(struct drawing *d, uint32_t i_area)
{
	const struct heap_area *area = &d->pool.areas[i_area];
	uint32_t n = n_cells(d, area);
	uint8_t *cells = malloc((size_t)n + 1);

	if (!cells)
		return -ENOMEM;
	paint_area(d, i_area, cells);
	for (uint32_t row = 0; row < n_rows(d, area); row += LABEL_ROWS)
		strbuf_printf(d->out, "<text class=\"a\" x=\"%d\" y=\"%d\">%s0x%" PRIx64 "</text>\n", LEFT_PX - 8,
			      d->y_px + (int)row * ROW_PX + ROW_PX, area->loose ? "+" : "",
			      area->base + (uint64_t)row * ROW_CELLS * d->map.blocks_per_cell * d->pool.block_bytes);
	/* In units of cells; a stroke runs along the middle of its row. */
	strbuf_printf(d->out, "<g transform=\"translate(%d %d) scale(%d %d)\">\n<g transform=\"translate(0 .5)\">\n",
		      LEFT_PX, d->y_px, CELL_PX, ROW_PX);
	for (int paint = 0; paint < N_PAINTS; paint++)
		draw_runs(d->out, cells, n, (enum paint)paint);
	strbuf_puts(d->out, "</g>\n");
	draw_largest(d, area);
	draw_culprits(d, area, false);
	strbuf_puts(d->out, "</g>\n");
	draw_culprits(d, area, true);
	d->y_px += (int)n_rows(d, area) * ROW_PX + AREA_GAP_PX;
	free(cells);
	return 0;
}

/* ---- words ---- */

static void say_bytes(struct strbuf *out, const char *before, uint64_t bytes, const char *after)
{
	char human[NUMBER_HUMAN_BYTES];

	if (bytes != NOT_KNOWN)
		strbuf_printf(out, "%s%s%s", before, number_human(bytes, human), after);
}

/* "gc: 227.6 KiB, 147.5 KiB used, 80.1 KiB free, largest free block 20.0 KiB", as far as it is known. */
static void say_figures(struct strbuf *out, const struct pool_report *r)
{
	strbuf_printf(out, "%s:", r->pool->name);
	say_bytes(out, " ", r->state.total_bytes, "");
	say_bytes(out, ", ", r->state.used_bytes, " used");
	say_bytes(out, ", ", r->state.free_bytes, " free");
	say_bytes(out, ", largest free block ", r->state.lfb_bytes, "");
	if (r->state.fragmentation >= 0)
		strbuf_printf(out, ", fragmentation %.2f", r->state.fragmentation);
}

static void draw_key(struct strbuf *out, int *x_px, int y_px, const char *class, const char *words)
{
	enum { SWATCH_PX = 16, LETTER_PX = 7, GAP_PX = 26 };

	if (*class == 'l' || *class == 'w')
		strbuf_printf(out, "<path class=\"%s\" d=\"M%d %dh16v10h-16Z\"/>", class, *x_px, y_px - 10);
	else
		strbuf_printf(out, "<path class=\"%s%s\" d=\"M%d %dh16\"/>", strchr("fu", *class) ? "" : "k", class,
			      *x_px, y_px - 5);
	svg_text(out, "n", *x_px + SWATCH_PX + 5, y_px, words);
	*x_px += SWATCH_PX + (*words ? GAP_PX : 4) + (int)strlen(words) * LETTER_PX;
}

static void draw_legend(struct drawing *d)
{
	struct strbuf scale CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int x_px = LEFT_PX, y_px = d->y_px + 12;

	strbuf_puts(d->out, "<g class=\"s\">\n");
	for (int i = 0; i < N_PAINTS; i++) {
		bool in_part = i >= PAINT_LOW && i <= PAINT_HIGH; /* these go together */
		if (in_part ? d->map.blocks_per_cell > 1 : d->used[i]) {
			if (x_px > WIDTH_PX - 130) {
				x_px = LEFT_PX;
				y_px += FRAME_LINE_PX;
			}
			draw_key(d->out, &x_px, y_px, paints[i].class,
				 i == PAINT_LOW || i == PAINT_MIDDLE ? "" :
				 i == PAINT_HIGH                     ? paints[PAINT_LOW].words :
								       paints[i].words);
		}
	}
	y_px += FRAME_LINE_PX;
	x_px = LEFT_PX;
	draw_key(d->out, &x_px, y_px, "l", "largest free block");
	if (d->report->n_culprits)
		draw_key(d->out, &x_px, y_px, "w", "in the way");
	uint64_t n_blocks = d->map.blocks_per_cell, bytes = n_blocks * d->pool.block_bytes;
	strbuf_printf(&scale, "a cell is %" PRIu64 " block%s, %" PRIu64 " B; a row %" PRIu64 " B", n_blocks,
		      n_blocks == 1 ? "" : "s", bytes, bytes * ROW_CELLS);
	strbuf_puts(d->out, "</g>\n");
	svg_text(d->out, "n", x_px, y_px, strbuf_text(&scale));
	d->y_px = y_px + FRAME_LINE_PX;
}

static void list_culprits(struct drawing *d)
{
	for (size_t i = 0; i < d->report->n_culprits; i++) {
		const struct culprit *c = &d->report->culprits[i];
		struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
		struct strbuf owner CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_printf(&line, "%zu  0x%" PRIx64 "  %s, ", i + 1, c->start, block_kind_name(c->kind));
		strbuf_printf(&line, "%" PRIu64 " B in %" PRIu32 " object%s: without it ", c->size_bytes, c->n_objects,
			      c->n_objects == 1 ? "" : "s");
		say_bytes(&line, "", c->lfb_after_bytes, " in one piece");
		report_owner(d->report->pool, c, &owner);
		if (owner.n_bytes)
			strbuf_printf(&line, "; of %s", strbuf_text(&owner));
		svg_text(d->out, "p", LEFT_PX, d->y_px, strbuf_text(&line));
		d->y_px += FRAME_LINE_PX;
	}
}

/* ---- a pool ---- */

static void draw_bar(struct drawing *d)
{
	const struct pool_report *r = d->report;
	int width_px = ROW_CELLS * CELL_PX, used_px;

	if (r->state.used_bytes == NOT_KNOWN || r->state.total_bytes == NOT_KNOWN || r->state.total_bytes == 0)
		return;
	used_px = (int)((double)MIN(r->state.used_bytes, r->state.total_bytes) / (double)r->state.total_bytes *
			width_px);
	strbuf_printf(d->out,
		      "<g class=\"s\"><path class=\"f\" d=\"M%d %dh%d\"/>"
		      "<path class=\"k4\" d=\"M%d %dh%d\"/></g>\n",
		      LEFT_PX, d->y_px + 4, width_px, LEFT_PX, d->y_px + 4, used_px);
	d->y_px += FRAME_LINE_PX;
}

static void prepare(struct drawing *d)
{
	struct heap_pool *pool = &d->pool;

	d->n_areas_left = pool->n_areas - MIN(pool->n_areas, (uint32_t)AREAS_MAX);
	pool->n_areas -= d->n_areas_left;
	d->map = (struct heap_map){ .columns = ROW_CELLS, .rows = ROWS_MAX + (int)pool->n_areas - 1 };
	d->map.blocks_per_cell = heap_map_fit(pool, d->map.columns, d->map.rows);
	d->cells = (struct heap_cells){ .pool = pool, .largest = heap_longest_free_run(pool, &d->report->counts) };
	heap_cells_prepare(&d->cells);
}

static int draw_pool(struct drawing *d)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int r = 0;

	say_figures(&words, d->report);
	d->y_px += 12;
	svg_text(d->out, "h", MARGIN_PX, d->y_px, strbuf_text(&words));
	d->y_px += 12;
	if (!d->report->has_table) {
		draw_bar(d);
		return 0;
	}
	prepare(d);
	for (uint32_t i = 0; i < d->pool.n_areas && r == 0; i++)
		r = draw_area(d, i);
	if (d->n_areas_left > 0) {
		strbuf_reset(&words);
		strbuf_printf(&words, "[%" PRIu32 " other areas]", d->n_areas_left);
		svg_text(d->out, "n", LEFT_PX, d->y_px + 12, strbuf_text(&words));
		d->y_px += FRAME_LINE_PX;
	}
	draw_legend(d);
	list_culprits(d);
	return r;
}

/* ---- all of it ---- */

static void say_title(struct strbuf *out, const char *name, const struct dump_info *dump)
{
	svg_name(out, text_input_name(name));
	strbuf_printf(out, ", dump %" PRIu64, dump->n_dump);
	if (dump->label && *dump->label)
		strbuf_printf(out, ", %s", dump->label);
	if (dump->heap->problem != HEAP_WHOLE)
		strbuf_printf(out, " (%s)", heap_problem_text(dump->heap->problem));
}

void svg_heap(struct strbuf *out, const char *name, const struct dump_info *dump, const struct report_options *options)
{
	struct strbuf body CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf desc CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct drawing *d = malloc(sizeof(*d));
	struct pool_report *report = malloc(sizeof(*report));
	int y_px = TOP_PX, r = d && report ? 0 : -ENOMEM;

	say_title(&title, name, dump);
	strbuf_puts(&desc, "Heap map, from low to high addresses.");
	for (uint32_t i = 0; i < dump->heap->n_pools && r == 0; i++) {
		*d = (struct drawing){ .pool = dump->heap->pools[i], .report = report, .out = &body, .y_px = y_px };
		report_pool(&dump->heap->pools[i], dump->heap->problem == HEAP_WHOLE, options, report);
		strbuf_putc(&desc, ' ');
		say_figures(&desc, report);
		strbuf_putc(&desc, '.');
		r = draw_pool(d);
		y_px = d->y_px + 8;
	}
	strbuf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	svg_begin(out, true, WIDTH_PX, y_px, heap_style, strbuf_text(&title), strbuf_text(&desc));
	svg_text(out, "t", MARGIN_PX, 24, strbuf_text(&title));
	strbuf_add(out, strbuf_text(&body), body.n_bytes);
	svg_end(out);
	if (r < 0)
		out->error = -ENOMEM;
	free(report);
	free(d);
}
