#include "memprof/analysis/components.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/glob.h"
#include "memprof/base/json_read.h"
#include "memprof/base/text.h"

static const char schema_name[] = "memprof.components/1";

struct rule {
	const char *glob, *component; /* component NULL: a sign */
};
struct tree {
	const char *name;
	size_t i_rule, n_signs, n_rules; /* signs first */
};
struct components {
	struct arena arena;
	struct json_document *document; /* has the texts */
	VEC(struct tree, trees);
	VEC(struct rule, rules);
};

/* ---- the file ---- */

static int read_member(const struct json_value *object, const char *name, const char **ret, struct diag *diag)
{
	const struct json_value *value;
	int r = json_value_require(object, name, &value, diag);

	if (r == 0)
		r = json_value_text(value, ret, diag);
	if (r == 0 && (!**ret || !text_is_visible(*ret, strlen(*ret))))
		return diag_at(diag, json_value_place(value), -EINVAL, "'%s' must be printable characters", name);
	return r;
}

static int add_rule(struct components *c, const char *glob, const char *component)
{
	struct rule *rule = vec_add(c, rules);

	if (!rule)
		return -ENOMEM;
	*rule = (struct rule){ glob, component };
	return 0;
}

static int read_sign(struct components *c, const struct json_value *value, struct diag *diag)
{
	const char *glob;
	int r = json_value_text(value, &glob, diag);

	return r < 0 ? r : add_rule(c, glob, NULL);
}

static int read_rule(struct components *c, const struct json_value *value, struct diag *diag)
{
	static const char *const members[] = { "glob", "component", NULL };
	const char *glob, *component;
	int r = json_value_expect_members(value, members, diag);

	if (r == 0)
		r = read_member(value, "glob", &glob, diag);
	if (r == 0)
		r = read_member(value, "component", &component, diag);
	return r < 0 ? r : add_rule(c, glob, component);
}

typedef int (*read_item)(struct components *c, const struct json_value *value, struct diag *diag);

static int read_list(struct components *c, const struct json_value *object, const char *name, read_item read,
		     struct diag *diag)
{
	const struct json_value *list;
	int r = json_value_require(object, name, &list, diag);

	if (r == 0)
		r = json_value_expect(list, JSON_ARRAY, diag);
	for (const struct json_value *v = r == 0 ? json_value_first(list) : NULL; v && r == 0; v = json_value_next(v))
		r = read(c, v, diag);
	return r;
}

static int read_tree(struct components *c, const struct json_value *value, struct diag *diag)
{
	static const char *const members[] = { "name", "signs", "rules", NULL };
	struct tree tree = { .i_rule = c->n_rules };
	int r = json_value_expect_members(value, members, diag);

	if (r == 0)
		r = read_member(value, "name", &tree.name, diag);
	if (r == 0)
		r = read_list(c, value, "signs", read_sign, diag);
	tree.n_signs = c->n_rules - tree.i_rule;
	if (r == 0)
		r = read_list(c, value, "rules", read_rule, diag);
	tree.n_rules = c->n_rules - tree.i_rule - tree.n_signs;
	struct tree *added = r < 0 ? NULL : vec_add(c, trees);
	if (!added)
		return r < 0 ? r : -ENOMEM;
	*added = tree;
	return 0;
}

static int read_document(struct components *c, struct diag *diag)
{
	static const char *const members[] = { "$schema", "schema", "trees", NULL };
	const struct json_value *root = json_document_root(c->document);
	const char *schema;
	int r = json_value_expect(root, JSON_OBJECT, diag);

	if (r == 0)
		r = json_value_expect_members(root, members, diag);
	if (r == 0)
		r = read_member(root, "schema", &schema, diag);
	if (r == 0 && strcmp(schema, schema_name) != 0)
		return diag_at(diag, json_value_place(root), -EINVAL, "'schema' must be \"%s\"; found \"%.40s\"",
			       schema_name, schema);
	return r < 0 ? r : read_list(c, root, "trees", read_tree, diag);
}

int components_read(const char *text, size_t n_bytes, const char *name, struct components **ret, struct diag *diag)
{
	struct components *c = calloc(1, sizeof(*c));
	int r = -ENOMEM;

	if (c)
		r = json_document_read(text, n_bytes, arena_text(&c->arena, name, strlen(name)), &c->document, diag);
	if (r == 0)
		r = read_document(c, diag);
	if (r == -ENOMEM)
		diag_set(diag, r, "out of memory");
	if (r < 0)
		components_free(c);
	else
		*ret = c;
	return r;
}

void components_free(struct components *c)
{
	if (!c)
		return;
	json_document_free(c->document);
	vec_deinit(c, trees);
	vec_deinit(c, rules);
	arena_deinit(&c->arena);
	free(c);
}

/* ---- objects ---- */

/* As rules see it: "path/lib.a(member.o)", with slashes also where Windows wrote the map. */
static void full_name(const struct image_object *o, struct strbuf *ret)
{
	strbuf_reset(ret);
	strbuf_puts(ret, o->path);
	if (o->member) {
		strbuf_putc(ret, '(');
		strbuf_puts(ret, o->member);
		strbuf_putc(ret, ')');
	}
	for (char *p = ret->text; p && (p = strchr(p, '\\')) != NULL;)
		*p = '/';
}

static bool any_object_fits(const struct image *image, const char *glob, struct strbuf *name)
{
	for (size_t i = N_PSEUDO_OBJECTS; i < image->n_objects; i++) {
		full_name(&image->objects[i], name);
		if (glob_match(glob, strbuf_text(name)))
			return true;
	}
	return false;
}

static const struct tree *tree_of(const struct components *c, const struct image *image)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t i = 0; c && i < c->n_trees; i++) {
		const struct tree *tree = &c->trees[i];
		size_t n_fit = 0;
		while (n_fit < tree->n_signs && any_object_fits(image, c->rules[tree->i_rule + n_fit].glob, &name))
			n_fit++;
		if (n_fit == tree->n_signs)
			return tree;
	}
	return NULL;
}

const char *components_tree(const struct components *c, const struct image *image)
{
	const struct tree *tree = tree_of(c, image);

	return tree ? tree->name : NULL;
}

static bool is_build_folder(const char *name, size_t n_bytes)
{
	return (n_bytes == 10 && memcmp(name, "CMakeFiles", 10) == 0) ||
	       (n_bytes > 4 && memcmp(name + n_bytes - 4, ".dir", 4) == 0) || (n_bytes == 1 && *name == '.') ||
	       (n_bytes == 3 && memcmp(name, "obj", 3) == 0) || (n_bytes >= 5 && memcmp(name, "build", 5) == 0);
}

/* "libc" of "/usr/lib/libc.a", "littlefs" of "build/lib/littlefs/lfs2.o". */
static uint32_t by_place(const struct image_object *o, const char *full, struct names *names)
{
	static const char none[] = "(no folder)";
	size_t n_path = strlen(o->path);

	if (o->member) {
		size_t from = n_path;
		while (from > 0 && full[from - 1] != '/')
			from--;
		size_t n = n_path - from;
		if (n > 2 && memcmp(full + n_path - 2, ".a", 2) == 0)
			n -= 2;
		return names_add(names, full + from, n);
	}
	size_t end = n_path;
	while (end > 0) {
		while (end > 0 && full[end - 1] != '/')
			end--;
		size_t from = end ? --end : 0;
		while (from > 0 && full[from - 1] != '/')
			from--;
		if (end > from && !is_build_folder(full + from, end - from))
			return names_add(names, full + from, end - from);
	}
	return names_add(names, none, sizeof(none) - 1);
}

static uint32_t component_of(const struct components *c, const struct tree *tree, const struct image_object *o,
			     const char *full, struct names *names)
{
	const struct rule *rules = tree ? c->rules + tree->i_rule + tree->n_signs : NULL;

	for (size_t i = 0; tree && i < tree->n_rules; i++)
		if (glob_match(rules[i].glob, full))
			return names_add(names, rules[i].component, strlen(rules[i].component));
	return by_place(o, full, names);
}

int components_assign(const struct components *c, const struct image *image, struct names *ret_names,
		      uint32_t *ret_of_object)
{
	struct strbuf full CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct tree *tree = tree_of(c, image);

	for (size_t i = 0; i < image->n_objects; i++) {
		const struct image_object *o = &image->objects[i];
		full_name(o, &full);
		ret_of_object[i] = i < N_PSEUDO_OBJECTS ? names_add(ret_names, o->path, strlen(o->path)) :
							  component_of(c, tree, o, strbuf_text(&full), ret_names);
		if (ret_of_object[i] == NAMES_NONE)
			return -ENOMEM;
	}
	return strbuf_error(&full);
}
