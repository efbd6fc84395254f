#include "memprof/input/figures_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/arena.h"
#include "memprof/base/json_read.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"
#include "memprof/io/datafile.h"

static const char schema_name[] = "memprof.figures/1";

struct figures_file {
	struct arena arena;
	struct strbuf path;             /* of the data file, for places */
	struct json_document *document; /* has the texts */
	size_t n;
	struct figures_entry *entries;
};

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

static int read_patterns(struct figures_file *f, const struct json_value *object, struct figures_entry *ret,
			 struct diag *diag)
{
	const struct json_value *list;
	int r = json_value_require(object, "patterns", &list, diag);

	if (r == 0)
		r = json_value_expect(list, JSON_ARRAY, diag);
	if (r < 0)
		return r;
	const char **patterns = arena_zeroed(&f->arena, json_value_count(list) + 1, sizeof(*patterns));
	if (!patterns)
		return -ENOMEM;
	ret->patterns = patterns;
	for (const struct json_value *v = json_value_first(list); v && r == 0; v = json_value_next(v))
		r = json_value_text(v, &patterns[ret->n_patterns++], diag);
	return r;
}

static int read_entry(struct figures_file *f, const struct json_value *value, struct figures_entry *ret,
		      struct diag *diag)
{
	static const char *const members[] = { "name", "title", "kind", "patterns", "source", NULL };
	int r = json_value_expect_members(value, members, diag);

	if (r == 0)
		r = read_text(value, "name", &ret->name, diag);
	if (r == 0)
		r = read_text(value, "title", &ret->title, diag);
	if (r == 0)
		r = read_kind(value, &ret->kind, diag);
	return r == 0 ? read_patterns(f, value, ret, diag) : r;
}

static int read_document(struct figures_file *f, struct diag *diag)
{
	static const char *const members[] = { "schema", "figures", NULL };
	const struct json_value *root = json_document_root(f->document), *list;
	const char *schema;
	int r = json_value_expect_members(root, members, diag);

	if (r == 0)
		r = json_member_text(root, "schema", &schema, diag);
	if (r == 0 && strcmp(schema, schema_name) != 0)
		r = diag_at(diag, json_value_place(json_value_member(root, "schema")), -EINVAL, "expected \"%s\"",
			    schema_name);
	if (r == 0)
		r = json_value_require(root, "figures", &list, diag);
	if (r == 0)
		r = json_value_expect(list, JSON_ARRAY, diag);
	if (r < 0)
		return r;
	f->entries = arena_zeroed(&f->arena, json_value_count(list) + 1, sizeof(*f->entries));
	if (!f->entries)
		return -ENOMEM;
	for (const struct json_value *v = json_value_first(list); v && r == 0; v = json_value_next(v))
		r = read_entry(f, v, &f->entries[f->n++], diag);
	return r;
}

static int parse(struct figures_file *f, const char *text, size_t n_bytes, const char *name, struct diag *diag)
{
	int r = json_document_read(text, n_bytes, name, &f->document, diag);

	if (r == 0)
		r = read_document(f, diag);
	return r == -ENOMEM ? diag_set(diag, r, "out of memory") : r;
}

static int finish(struct figures_file *f, int r, struct figures_file **ret)
{
	if (r < 0)
		figures_file_free(f);
	else
		*ret = f;
	return r;
}

int figures_file_parse(const char *text, size_t n_bytes, const char *name, struct figures_file **ret, struct diag *diag)
{
	struct figures_file *f = calloc(1, sizeof(*f));

	return f ? finish(f, parse(f, text, n_bytes, name, diag), ret) : diag_set(diag, -ENOMEM, "out of memory");
}

int figures_file_read(struct figures_file **ret, struct diag *diag)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct figures_file *f = calloc(1, sizeof(*f));

	if (!f)
		return diag_set(diag, -ENOMEM, "out of memory");
	int r = datafile_read("figures.json", &f->path, &text, diag);
	if (r == 0)
		r = parse(f, strbuf_text(&text), text.n_bytes, strbuf_text(&f->path), diag);
	return finish(f, r, ret);
}

void figures_file_free(struct figures_file *file)
{
	if (!file)
		return;
	json_document_free(file->document);
	strbuf_deinit(&file->path);
	arena_deinit(&file->arena);
	free(file);
}

size_t figures_file_n(const struct figures_file *file) { return file->n; }

const struct figures_entry *figures_file_entry(const struct figures_file *file, size_t i) { return &file->entries[i]; }

const struct figures_entry *figures_file_find(const struct figures_file *file, const char *name)
{
	for (size_t i = 0; i < file->n; i++)
		if (strcmp(file->entries[i].name, name) == 0)
			return &file->entries[i];
	return NULL;
}

int figures_entry_use(const struct figures_entry *entry, struct figures *figures, struct diag *diag)
{
	int r = 0;

	figures_begin_group(figures);
	for (size_t i = 0; i < entry->n_patterns && r == 0; i++)
		r = figures_add(figures, entry->patterns[i], entry->kind, diag);
	return r;
}
