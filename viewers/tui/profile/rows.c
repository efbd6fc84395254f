/* The rows of a list: lines, or the nodes of a tree that are not within a closed one, in the order that was chosen. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/sort_keys.h"
#include "tui/profile/actions.h"

static struct profile_list *list_of(struct tui_profile *p) { return &p->parts[p->alive].lists[p->kind]; }

static const struct sites *tree_of(const struct tui_profile *p)
{
	const struct profile_part *part = profile_part_of(p);

	return p->kind == PROFILE_CALLERS ? &part->callers : part->calls;
}

/* ---- what a row is of ---- */

uint32_t profile_row_frame(const struct tui_profile *p, const struct profile_row *row)
{
	if (p->kind == PROFILE_LINES)
		return profile_part_of(p)->lines.lines[row->i].frame;
	return tree_of(p)->nodes[row->i].frame;
}

static const struct sites_sum *own_of(const struct tui_profile *p, const struct profile_row *row)
{
	if (p->kind == PROFILE_LINES)
		return &profile_part_of(p)->lines.lines[row->i].own;
	return &tree_of(p)->nodes[row->i].own;
}

/* The root stands for what it has itself. */
static const struct sites_sum *total_of(const struct tui_profile *p, const struct profile_row *row)
{
	if (p->kind == PROFILE_LINES)
		return &profile_part_of(p)->lines.lines[row->i].total;
	return row->i == 0 ? own_of(p, row) : &tree_of(p)->nodes[row->i].total;
}

uint64_t profile_row_figure(const struct tui_profile *p, const struct profile_row *row, enum profile_column column)
{
	const struct sites_sum *own = own_of(p, row), *total = total_of(p, row);
	const struct sites_sum *main = p->kind == PROFILE_LINES ? own : total;
	const uint64_t figures[N_PROFILE_COLUMNS] = {
		[COLUMN_OWN] = own->bytes,    [COLUMN_SHARE] = main->bytes,       [COLUMN_TOTAL] = total->bytes,
		[COLUMN_COUNT] = main->count, [COLUMN_ALIVE] = main->alive_bytes, [COLUMN_SAMPLES] = main->n_samples,
	};

	return figures[column];
}

size_t profile_columns(const struct tui_profile *p, enum profile_column ret[N_PROFILE_COLUMNS])
{
	static const enum profile_column of_lists[N_PROFILE_LISTS][N_PROFILE_COLUMNS] = {
		[PROFILE_LINES] = { COLUMN_OWN, COLUMN_SHARE, COLUMN_TOTAL, COLUMN_COUNT, COLUMN_ALIVE, COLUMN_SAMPLES,
				    COLUMN_NAME },
		[PROFILE_CALLS] = { COLUMN_TOTAL, COLUMN_SHARE, COLUMN_OWN, COLUMN_COUNT, COLUMN_ALIVE, COLUMN_SAMPLES,
				    COLUMN_NAME },
		[PROFILE_CALLERS] = { COLUMN_TOTAL, COLUMN_SHARE, COLUMN_COUNT, COLUMN_ALIVE, COLUMN_SAMPLES,
				      COLUMN_NAME },
	};
	const struct sites *s = p->o.view->sites;
	const bool is_there[N_PROFILE_COLUMNS] = {
		[COLUMN_OWN] = true,
		[COLUMN_SHARE] = true,
		[COLUMN_TOTAL] = true,
		[COLUMN_COUNT] = s->has_counts,
		[COLUMN_ALIVE] = s->has_alive && !p->alive,
		[COLUMN_SAMPLES] = !p->alive, /* what is alive is an estimate in each of them */
	};
	size_t n = 0;

	for (const enum profile_column *column = of_lists[p->kind]; *column != COLUMN_NAME; column++)
		if (is_there[*column])
			ret[n++] = *column;
	return n;
}

bool profile_row_has_children(const struct tui_profile *p, const struct profile_row *row)
{
	return p->kind != PROFILE_LINES && row->i != 0 && tree_of(p)->nodes[row->i].child != SITES_NONE;
}

static bool is_open(const struct profile_list *list, uint32_t node) { return list->open[node / 8] >> node % 8 & 1; }

bool profile_row_is_open(const struct tui_profile *p, const struct profile_row *row)
{
	return profile_row_has_children(p, row) && is_open(profile_list_of(p), row->i);
}

/* ---- order ---- */

static int by_name(const void *a, const void *b)
{
	const struct sites_frame *x = *(const struct sites_frame *const *)a, *y = *(const struct sites_frame *const *)b;
	int c = strcmp(x->file, y->file);

	if (c == 0)
		c = (x->line > y->line) - (x->line < y->line);
	return c ? c : strcmp(x->function, y->function);
}

static int make_ranks(struct tui_profile *p)
{
	const struct sites *s = p->o.view->sites;
	const struct sites_frame **sorted = calloc(s->n_frames + 1, sizeof(const struct sites_frame *));

	p->ranks = calloc(s->n_frames + 1, sizeof(*p->ranks));
	if (!sorted || !p->ranks) {
		free(sorted);
		free(p->ranks);
		p->ranks = NULL;
		return -ENOMEM;
	}
	for (size_t i = 0; i < s->n_frames; i++)
		sorted[i] = &s->frames[i];
	qsort(sorted, s->n_frames, sizeof(const struct sites_frame *), by_name);
	for (size_t i = 0; i < s->n_frames; i++)
		p->ranks[sorted[i] - s->frames] = (uint32_t)i;
	free(sorted);
	return 0;
}

/* The first one has the least. */
static uint64_t place_of(const struct tui_profile *p, const struct profile_row *row)
{
	enum profile_column column = p->sort[p->kind];
	uint32_t frame = profile_row_frame(p, row);
	uint64_t place;

	if (column == COLUMN_NAME)
		place = frame == SITES_NONE ? UINT64_MAX : p->ranks[frame];
	else
		place = UINT64_MAX - profile_row_figure(p, row, column);
	return p->reverse[p->kind] ? UINT64_MAX - place : place;
}

/* Rows from i_first on. */
static int sort_rows(struct tui_profile *p, struct profile_row *rows, size_t n)
{
	struct sort_key *keys = calloc(n + 1, sizeof(*keys));
	struct profile_row *copy = calloc(n + 1, sizeof(*copy));
	int error = keys && copy ? 0 : -ENOMEM;

	for (size_t i = 0; error == 0 && i < n; i++) {
		copy[i] = rows[i];
		keys[i] = (struct sort_key){ place_of(p, &rows[i]), i };
	}
	if (error == 0)
		error = sort_keys(keys, n);
	for (size_t i = 0; error == 0 && i < n; i++)
		rows[i] = copy[keys[i].i];
	free(keys);
	free(copy);
	return error;
}

/* ---- all rows ---- */

static int add_lines(struct tui_profile *p, struct profile_list *list)
{
	size_t n_lines = profile_part_of(p)->lines.n_lines;
	int error = 0;

	for (uint32_t i = 0; error == 0 && i < n_lines; i++)
		error = vec_push(list, rows, ((struct profile_row){ i, 0 }));
	return error < 0 ? error : sort_rows(p, list->rows, list->n_rows);
}

static size_t n_children(const struct sites *s, uint32_t node)
{
	size_t n = 0;

	for (uint32_t i = s->nodes[node].child; i != SITES_NONE; i = s->nodes[i].sibling)
		n++;
	return n;
}

/* Recursion ends at SITES_DEPTH_MAX. */
static int add_children(struct tui_profile *p, struct profile_list *list, uint32_t node, int depth)
{
	const struct sites *s = tree_of(p);
	size_t n = n_children(s, node), i = 0;
	struct profile_row *children = calloc(n + 1, sizeof(*children));
	int error = children ? 0 : -ENOMEM;

	for (uint32_t child = s->nodes[node].child; error == 0 && child != SITES_NONE; child = s->nodes[child].sibling)
		children[i++] = (struct profile_row){ child, depth };
	if (error == 0)
		error = sort_rows(p, children, n);
	for (i = 0; error == 0 && i < n; i++) {
		error = vec_push(list, rows, children[i]);
		if (error == 0 && is_open(list, children[i].i))
			error = add_children(p, list, children[i].i, depth + 1);
	}
	free(children);
	return error;
}

static int add_tree(struct tui_profile *p, struct profile_list *list)
{
	const struct sites_sum *unknown = &tree_of(p)->nodes[0].own;
	int error = add_children(p, list, 0, 0);

	if (error == 0 && unknown->bytes + unknown->n_samples > 0)
		error = vec_push(list, rows, ((struct profile_row){ 0, 0 }));
	return error;
}

int profile_rows_make(struct tui_profile *p)
{
	struct profile_list *list = list_of(p);
	uint32_t i_chosen = list->i_row < list->n_rows ? list->rows[list->i_row].i : SITES_NONE;
	int error = p->ranks ? 0 : make_ranks(p);

	list->n_rows = 0;
	if (error == 0)
		error = p->kind == PROFILE_LINES ? add_lines(p, list) : add_tree(p, list);
	for (size_t i = 0; i < list->n_rows; i++)
		if (list->rows[i].i == i_chosen) {
			list->i_row = i;
			break;
		}
	list->i_row = MIN(list->i_row, list->n_rows - (list->n_rows > 0));
	return error;
}

/* ---- the chosen one ---- */

void profile_choose(struct tui_profile *p, size_t i_row)
{
	struct profile_list *list = list_of(p);

	list->i_row = MIN(i_row, list->n_rows - (list->n_rows > 0));
	p->source_stays = false;
}

void profile_choose_frame(struct tui_profile *p, uint32_t frame)
{
	const struct profile_list *list = profile_list_of(p);

	for (size_t i = 0; i < list->n_rows; i++)
		if (profile_row_frame(p, &list->rows[i]) == frame) {
			profile_choose(p, i);
			return;
		}
}

/* ---- trees ---- */

static void set_open(struct profile_list *list, uint32_t node, bool open)
{
	uint8_t bit = (uint8_t)(1 << node % 8);

	list->open[node / 8] = open ? list->open[node / 8] | bit : list->open[node / 8] & (uint8_t)~bit;
}

static void make_again(struct tui_profile *p) { p->failed = profile_rows_make(p) < 0; }

void profile_show_node(struct tui_profile *p, uint32_t node)
{
	struct profile_list *list = list_of(p);
	const struct sites *s = tree_of(p);

	for (uint32_t i = s->nodes[node].parent; i != SITES_NONE; i = s->nodes[i].parent)
		set_open(list, i, true);
	make_again(p);
	for (size_t i = 0; i < list->n_rows; i++)
		if (list->rows[i].i == node)
			profile_choose(p, i);
}

void profile_open_row(struct tui_profile *p, bool open)
{
	const struct profile_row *row = profile_chosen(p);
	struct profile_list *list = list_of(p);

	if (!row || !profile_row_has_children(p, row))
		return;
	const struct sites_node *nodes = tree_of(p)->nodes;
	uint32_t node = row->i;
	set_open(list, node, open);
	while (open) {
		uint32_t child = nodes[node].child;
		if (nodes[child].sibling != SITES_NONE || nodes[child].child == SITES_NONE)
			break;
		set_open(list, child, true);
		node = child;
	}
	make_again(p);
}

/* The node at the top that a node is within. */
static uint32_t top_of(const struct sites *s, uint32_t node)
{
	while (node != 0 && s->nodes[node].parent != 0)
		node = s->nodes[node].parent;
	return node;
}

void profile_open_all(struct tui_profile *p, bool open)
{
	const struct profile_row *row = profile_chosen(p);
	struct profile_list *list = list_of(p);
	const struct sites *s = tree_of(p);

	if (p->kind == PROFILE_LINES || !row)
		return;
	if (!open) {
		uint32_t top = top_of(s, row->i);
		memset(list->open, 0, s->n_nodes / 8 + 1);
		profile_show_node(p, top);
		return;
	}
	uint32_t node = row->i, end = node;
	while (end != SITES_NONE && s->nodes[end].sibling == SITES_NONE)
		end = s->nodes[end].parent;
	end = end == SITES_NONE ? SITES_NONE : s->nodes[end].sibling;
	for (; node != end && node != SITES_NONE; node = sites_next(s, node))
		set_open(list, node, true);
	make_again(p);
}

void profile_leave_row(struct tui_profile *p)
{
	const struct profile_row *row = profile_chosen(p);
	const struct profile_list *list = profile_list_of(p);

	if (!row)
		return;
	if (profile_row_is_open(p, row)) {
		profile_open_row(p, false);
		return;
	}
	for (size_t i = list->i_row; i-- > 0;)
		if (list->rows[i].depth < row->depth) {
			profile_choose(p, i);
			return;
		}
}
