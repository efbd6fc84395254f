/* A profile, and what is alive of it, as lines and as trees: each is made when it is shown first. */
#include <errno.h>
#include <stdlib.h>

#include "memprof/base/number.h"
#include "tui/profile/actions.h"

/* The way that most of the bytes go, from the main program on. */
static void open_hot_path(struct profile_list *list, const struct sites *s)
{
	uint32_t node = s->nodes[0].child;

	while (node != SITES_NONE) {
		uint32_t child = s->nodes[node].child;
		if (child == SITES_NONE || s->nodes[child].total.bytes < s->nodes[node].total.bytes / 2)
			return;
		list->open[node / 8] |= (uint8_t)(1 << node % 8);
		node = child;
	}
}

static int make_tree(struct profile_list *list, const struct sites *s)
{
	if (list->open)
		return 0;
	list->open = calloc(s->n_nodes / 8 + 1, 1);
	return list->open ? 0 : -ENOMEM;
}

static int make_calls(struct tui_profile *p, struct profile_part *part)
{
	const struct sites *all = p->o.view->sites;

	if (part->calls)
		return 0;
	if (p->alive && sites_alive(all, &part->alive) < 0)
		return -ENOMEM;
	if (sites_lines(p->alive ? &part->alive : all, &part->lines) < 0) {
		sites_deinit(&part->alive);
		return -ENOMEM;
	}
	part->calls = p->alive ? &part->alive : all;
	return 0;
}

int profile_part_make(struct tui_profile *p)
{
	struct profile_part *part = &p->parts[p->alive];
	int error = make_calls(p, part);

	if (error == 0 && !part->lists[PROFILE_CALLS].open) {
		error = make_tree(&part->lists[PROFILE_CALLS], part->calls);
		if (error == 0)
			open_hot_path(&part->lists[PROFILE_CALLS], part->calls);
	}
	if (error == 0 && p->kind == PROFILE_CALLERS && part->callers.n_nodes == 0)
		error = sites_invert(part->calls, &part->callers);
	if (error == 0 && p->kind == PROFILE_CALLERS)
		error = make_tree(&part->lists[PROFILE_CALLERS], &part->callers);
	return error;
}

void profile_part_deinit(struct profile_part *part)
{
	sites_lines_deinit(&part->lines);
	sites_deinit(&part->callers);
	sites_deinit(&part->alive);
	for (int i = 0; i < N_PROFILE_LISTS; i++) {
		vec_deinit(&part->lists[i], rows);
		free(part->lists[i].open);
	}
}

const struct profile_part *profile_part_of(const struct tui_profile *p) { return &p->parts[p->alive]; }

const struct profile_list *profile_list_of(const struct tui_profile *p) { return &profile_part_of(p)->lists[p->kind]; }

const struct profile_row *profile_chosen(const struct tui_profile *p)
{
	const struct profile_list *list = profile_list_of(p);

	return list->i_row < list->n_rows ? &list->rows[list->i_row] : NULL;
}
