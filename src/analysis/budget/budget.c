/* The file as a whole. */
#include "memprof/analysis/budget.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "budget/private.h"

static int check_schema(const struct json_value *root, struct diag *diag)
{
	const struct json_value *schema = json_value_member(root, "schema");
	const char *name;

	if (!schema)
		return diag_at(diag, json_value_place(root), -EINVAL,
			       "this object has no 'schema'; add \"schema\": \"" BUDGET_SCHEMA "\"");
	int r = json_value_text(schema, &name, diag);
	if (r < 0 || strcmp(name, BUDGET_SCHEMA) == 0)
		return r;
	return diag_at(diag, json_value_place(schema), -EINVAL,
		       "'schema' is '%.40s', expected '" BUDGET_SCHEMA "'; is it the right file?", name);
}

static int read_entries(struct budget *budget, const char *text, const struct json_value *list, struct diag *diag)
{
	struct budget_reader r = { .arena = budget->arena, .text = text };

	for (const struct json_value *v = json_value_first(list); v; v = json_value_next(v)) {
		if (budget->n_entries == BUDGET_ENTRIES_MAX)
			return diag_at(diag, json_value_place(v), -EFBIG, "more than %d entries; make two files of it",
				       BUDGET_ENTRIES_MAX);
		r.entry = vec_add(budget, entries);
		if (!r.entry)
			return diag_set(diag, -ENOMEM, "out of memory");
		r.entry->at = json_value_place(v);
		budget_read_entry(&r, v);
	}
	if (arena_error(budget->arena) < 0)
		return diag_set(diag, -ENOMEM, "out of memory");
	return 0;
}

static int read_root(struct budget *budget, const char *text, struct diag *diag)
{
	static const char *const members[] = { "$schema", "schema", "budgets", NULL };
	const struct json_value *root = json_document_root(budget->document), *list = NULL, *url;
	const char *ignored;
	int r = json_value_expect_members(root, members, diag);

	if (r == 0)
		r = check_schema(root, diag);
	url = json_value_member(root, "$schema");
	if (r == 0 && url)
		r = json_value_text(url, &ignored, diag);
	if (r == 0)
		r = json_value_require(root, "budgets", &list, diag);
	if (r == 0)
		r = json_value_expect(list, JSON_ARRAY, diag);
	if (r < 0)
		return r;
	if (json_value_count(list) == 0)
		return diag_at(diag, json_value_place(list), -EINVAL,
			       "'budgets' is empty, so the check could not fail; add an entry, as"
			       " { \"heap\": \"gc\", \"max_used\": \"90%%\" }");
	return read_entries(budget, text, list, diag);
}

int budget_read(const char *text, size_t n_bytes, const char *name, struct budget **ret, struct diag *diag)
{
	struct budget *budget = calloc(1, sizeof(*budget));
	int r = -ENOMEM;

	if (budget)
		budget->arena = calloc(1, sizeof(*budget->arena));
	if (!budget || !budget->arena)
		diag_set(diag, r, "out of memory");
	else
		r = json_document_read(text, n_bytes, name, &budget->document, diag);
	if (r == 0)
		r = read_root(budget, text, diag);
	if (r == 0)
		*ret = budget;
	else
		budget_free(budget);
	return r;
}

void budget_free(struct budget *budget)
{
	if (!budget)
		return;
	vec_deinit(budget, entries);
	json_document_free(budget->document);
	if (budget->arena)
		arena_deinit(budget->arena);
	free(budget->arena);
	free(budget);
}
