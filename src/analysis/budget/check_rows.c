/* The rows of a check: one for each limit of a budget, and one for each of its entries that is wrong. */
#include <errno.h>
#include <string.h>

#include "budget/check_private.h"

static struct check_row *add_row(struct check *c, const struct budget_entry *entry, const struct budget_limit *limit)
{
	struct check_row *row = vec_add(c, rows);

	if (!row)
		return NULL;
	row->entry = entry;
	row->limit = limit;
	row->at = limit ? limit->at : entry->fault_at;
	row->capacity_bytes = row->largest_capacity_bytes = NOT_KNOWN;
	row->fault = limit ? NULL : entry->fault;
	return row;
}

int check_begin(struct check *c, const struct budget *budget)
{
	c->budget = budget;
	c->name = budget->n_entries ? budget->entries[0].at.file : NULL;
	for (size_t i = 0; i < budget->n_entries; i++) {
		const struct budget_entry *entry = &budget->entries[i];
		if (entry->fault && !add_row(c, entry, NULL))
			return -ENOMEM;
		for (size_t j = 0; !entry->fault && j < entry->n_limits; j++)
			if (!add_row(c, entry, &entry->limits[j]))
				return -ENOMEM;
	}
	return arena_error(&c->arena);
}

int check_begin_unread(struct check *c, const char *name, const struct diag *diag)
{
	struct check_row *row = vec_add(c, rows);

	if (!row)
		return -ENOMEM;
	*row = (struct check_row){
		.at = { .file = name, .line = diag->at.line, .col = diag->at.col },
		.capacity_bytes = NOT_KNOWN,
		.largest_capacity_bytes = NOT_KNOWN,
		.fault = arena_text(&c->arena, diag->text, strlen(diag->text)),
	};
	c->name = name;
	return arena_error(&c->arena);
}

void check_deinit(struct check *c)
{
	check_heaps_free(c->heaps);
	vec_deinit(c, rows);
	arena_deinit(&c->arena);
	*c = (struct check){ 0 };
}
