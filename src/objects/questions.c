/* Questions about single objects, by what people write; and why nothing is called so. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "memprof/base/edit_distance.h"
#include "memprof/base/number.h"
#include "memprof/objects/objects.h"

/* The longest part of the text that is there: "cache['ev3']" of "cache['ev3'].nmae". 0: none. */
static size_t known_part(const struct objects *o, const char *text)
{
	for (size_t n = strlen(text); n > 0; n--) {
		struct strbuf part CLEANUP(strbuf_deinit) = STRBUF_INIT;
		if (text[n] != '.' && text[n] != '[')
			continue;
		strbuf_printf(&part, "%.*s", (int)MIN(n, (size_t)INT_MAX), text);
		if (objects_find(o, strbuf_text(&part)) != OBJECT_NONE)
			return n;
	}
	return 0;
}

/* Of the names of globals, the one that is most like it. */
static const char *like_global(const struct objects_report *report, const char *text)
{
	const char *best = NULL;
	size_t distance = MIN(strlen(text) / 2 + 1, (size_t)3);

	for (size_t i = 0; i < report->n_globals; i++) {
		size_t d = edit_distance(text, report->globals[i].path);
		if (d < distance) {
			best = report->globals[i].path;
			distance = d;
		}
	}
	return best;
}

/* 0; -ENOENT, with diag: what it may be instead. */
static int find_named(const struct objects *o, const struct objects_report *report, const char *text, uint32_t *ret,
		      struct diag *diag)
{
	uint32_t found = objects_find(o, text);
	uint64_t address;

	if (found != OBJECT_NONE) {
		*ret = found;
		return 0;
	}
	const char *best = like_global(report, text);
	size_t n_known = known_part(o, text);
	if (number_parse(text, &address) == 0)
		return diag_set(diag, -ENOENT, "no object of the heap is at %s", text);
	if (n_known)
		return diag_set(
			diag, -ENOENT,
			"%.*s is there, but '%s' leads to no object of the heap, or to several; keys are quoted as in"
			" Python, and --tree '%.*s' lists what is there",
			(int)n_known, text, text + n_known, (int)n_known, text);
	if (best)
		return diag_set(diag, -ENOENT, "no object of the heap is called '%s'; did you mean '%s'?", text, best);
	return diag_set(diag, -ENOENT, "no object '%s' on the heap (small integers, None and ROM objects never are)",
			text);
}

/* An instance, or the class itself by its name. */
static bool is_of_class(const struct objects *o, uint32_t i, const struct object *object, const char *class)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (strcmp(object->kind, "class") != 0)
		return object->class && strcmp(object->class, class) == 0;
	objects_path(o, i, &path);
	const char *dot = strrchr(strbuf_text(&path), '.');
	return strcmp(dot ? dot + 1 : strbuf_text(&path), class) == 0;
}

/* Nothing fits. A class or kind that the heap does not have may be misspelt. */
static int check_filter(const struct objects *o, const struct objects_filter *filter, struct diag *diag)
{
	bool has_class = !filter->class, has_kind = !filter->kind;

	for (uint32_t i = 0; i < objects_count(o); i++) {
		struct object object;
		objects_get(o, i, &object);
		has_class |= filter->class && is_of_class(o, i, &object, filter->class);
		has_kind |= filter->kind && strcmp(object.kind, filter->kind) == 0;
	}
	if (!has_class)
		return diag_set(diag, -ENOENT, "no object of the heap is of a class '%s'; the report lists classes",
				filter->class);
	if (!has_kind)
		return diag_set(diag, -ENOENT, "no object of the heap is of the kind '%s'; the report lists kinds",
				filter->kind);
	return 0;
}

static int select_by(const struct objects *o, const struct objects_filter *filter, struct objects_list *ret,
		     struct diag *diag)
{
	int error = objects_select(o, filter, ret);

	return error == 0 && ret->n_rows == 0 ? check_filter(o, filter, diag) : error;
}

int objects_answer(const struct objects *o, const struct objects_report *report, const struct objects_questions *q,
		   struct objects_answers *ret, struct diag *diag)
{
	uint32_t root = OBJECT_NONE;
	int error = 0;

	ret->object = OBJECT_NONE;
	if (q->path)
		error = find_named(o, report, q->path, &ret->object, diag);
	if (q->path && error == 0)
		error = objects_holders(o, ret->object, &ret->holders);
	if (q->path && error == 0)
		error = objects_referrers(o, ret->object, &ret->referrers);
	if (q->tree && error == 0)
		error = find_named(o, report, q->tree, &root, diag);
	if (q->tree && error == 0)
		error = objects_tree(o, root, q->depth, q->n_top, &ret->tree);
	if (q->filter && error == 0)
		error = select_by(o, q->filter, &ret->selected, diag);
	return error;
}

void objects_answers_deinit(struct objects_answers *answers)
{
	objects_list_deinit(&answers->holders);
	objects_list_deinit(&answers->referrers);
	objects_list_deinit(&answers->tree);
	objects_list_deinit(&answers->selected);
}
