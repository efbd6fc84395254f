/* How the cells of the heap map look: a sign and a role each, by what they are coloured by. */
#pragma once

#include "tui/panels/panel.h"

struct cell_style {
	uint32_t point;
	enum tui_role role;
};

struct cells {
	const struct tui *t;
	const struct grid *g;
	struct heap_cells facts;
	uint32_t per_cell; /* blocks */
	uint64_t n_moment; /* that is looked at */
	uint64_t n_first;  /* the first one that is kept: what is there since then may be older */
};

void cells_begin(struct cells *c, const struct tui *t, const struct grid *g, const struct heap_pool *pool);
struct cell_style cells_look(const struct cells *c, const struct heap_cell *cell);
/* What the signs mean. */
void cells_legend(const struct cells *c, struct flow *f);
const char *cells_by(enum tui_colors colors); /* "fill", "kind" */
