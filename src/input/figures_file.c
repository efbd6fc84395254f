#include "memprof/input/figures_file.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"
#include "memprof/io/datafile.h"

static const char schema_name[] = "memprof.figures/1";

static int read_text(const struct json_value *object, const char *name, const char **ret, struct diag *diag)
{
	int r = json_member_text(object, name, ret, diag);

	if (r == 0 && (!**ret || !text_is_visible(*ret, strlen(*ret))))
		return diag_at(diag, json_value_place(json_value_member(object, name)), -EINVAL,
			       "'%s' must be printable characters", name);
	return r;
}

static int read_kind(const struct json_value *object, enum pool_kind *ret, struct diag *diag)
{
	const char *name;
	int r = json_member_text(object, "kind", &name, diag);

	for (int kind = 0; r == 0 && kind < N_POOL_KINDS; kind++)
		if (strcmp(pool_kind_name((enum pool_kind)kind), name) == 0) {
			*ret = (enum pool_kind)kind;
			return 0;
		}
	return r < 0 ? r :
		       diag_at(diag, json_value_place(json_value_member(object, "kind")), -EINVAL,
			       "there is no kind of pool '%s'", name);
}

static int read_list(const struct json_value *object, const char *name, const struct json_value **ret,
		     struct diag *diag)
{
	int r = json_value_require(object, name, ret, diag);

	return r < 0 ? r : json_value_expect(*ret, JSON_ARRAY, diag);
}

static int read_entry(const struct json_value *value, struct figures_entry *ret, struct diag *diag)
{
	static const char *const members[] = { "name", "title", "kind", "patterns", "source", NULL };
	const struct json_value *v = NULL;
	const char *text;
	int r = json_value_expect_members(value, members, diag);

	if (r == 0)
		r = read_text(value, "name", &ret->name, diag);
	if (r == 0)
		r = read_text(value, "title", &ret->title, diag);
	if (r == 0)
		r = read_kind(value, &ret->kind, diag);
	if (r == 0)
		r = read_list(value, "patterns", &ret->patterns, diag);
	for (v = r == 0 ? json_value_first(ret->patterns) : NULL; v && r == 0; v = json_value_next(v))
		r = json_value_text(v, &text, diag);
	return r;
}

int figures_file_parse(struct figures_file *ret, const char *text, size_t n_bytes, const char *name, struct diag *diag)
{
	static const char *const members[] = { "schema", "figures", NULL };
	const struct json_value *root = NULL, *list = NULL;
	const char *schema;

	*ret = (struct figures_file){ .document = NULL };
	int r = json_document_read(text, n_bytes, name, &ret->document, diag);
	if (r == 0)
		root = json_document_root(ret->document);
	if (r == 0)
		r = json_value_expect_members(root, members, diag);
	if (r == 0)
		r = json_member_text(root, "schema", &schema, diag);
	if (r == 0 && strcmp(schema, schema_name) != 0)
		r = diag_at(diag, json_value_place(json_value_member(root, "schema")), -EINVAL, "expected \"%s\"",
			    schema_name);
	if (r == 0)
		r = read_list(root, "figures", &list, diag);
	for (const struct json_value *v = r == 0 ? json_value_first(list) : NULL; v && r == 0; v = json_value_next(v)) {
		struct figures_entry *entry = vec_add(ret, entries);
		r = entry ? read_entry(v, entry, diag) : diag_set(diag, -ENOMEM, "out of memory");
	}
	return r;
}

int figures_file_read(struct figures_file *ret, struct diag *diag)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT, text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	*ret = (struct figures_file){ .document = NULL };
	int r = datafile_read("figures.json", &path, &text, diag);
	return r < 0 ? r : figures_file_parse(ret, strbuf_text(&text), text.n_bytes, strbuf_text(&path), diag);
}

void figures_file_deinit(struct figures_file *file)
{
	vec_deinit(file, entries);
	json_document_free(file->document);
	file->document = NULL;
}

int figures_entry_use(const struct figures_entry *entry, struct figures *figures, struct diag *diag)
{
	const char *pattern;
	int r = 0;

	figures_begin_group(figures, entry->title);
	for (const struct json_value *v = json_value_first(entry->patterns); v && r == 0; v = json_value_next(v)) {
		r = json_value_text(v, &pattern, diag);
		if (r == 0)
			r = figures_add(figures, pattern, entry->kind, diag);
	}
	return r;
}
