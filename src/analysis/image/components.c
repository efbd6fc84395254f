#include "memprof/analysis/components.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/glob.h"
#include "memprof/base/json_read.h"
#include "memprof/base/text.h"

#include "component_place.h"

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
	size_t i_common, n_common; /* rules for all trees, after theirs */
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

static int read_common(struct components *c, const struct json_value *root, struct diag *diag)
{
	c->i_common = c->n_rules;
	int r = json_value_member(root, "common") ? read_list(c, root, "common", read_rule, diag) : 0;
	c->n_common = c->n_rules - c->i_common;
	return r;
}

static int read_document(struct components *c, struct diag *diag)
{
	static const char *const members[] = { "$schema", "schema", "trees", "common", NULL };
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
	if (r == 0)
		r = read_list(c, root, "trees", read_tree, diag);
	return r < 0 ? r : read_common(c, root, diag);
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

/* "libc" of "/usr/lib/libc.a". */
static uint32_t by_archive(const struct image_object *o, const char *full, struct names *names)
{
	size_t n_path = strlen(o->path), from = n_path;

	while (from > 0 && full[from - 1] != '/')
		from--;
	size_t n = n_path - from;
	if (n > 2 && memcmp(full + n_path - 2, ".a", 2) == 0)
		n -= 2;
	return names_add(names, full + from, n);
}

enum { PATH_MAX_BYTES = 4096 };

/* The folder that begins where a glob's last '*' begins to match: "hal" of "modules/hal/x.o" by "modules/" and
 * a '*'. NULL: no folder begins there. */
static const char *folder_of_star(const char *glob, const char *full, size_t *ret_n_bytes)
{
	struct strbuf head CLEANUP(strbuf_deinit) = STRBUF_INIT, name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_head = (size_t)(strrchr(glob, '*') - glob);

	if (strlen(full) > PATH_MAX_BYTES)
		return NULL;
	strbuf_add(&head, glob, n_head);
	for (const char *at = full;; at = strchr(at, '/') + 1) {
		const char *end = strchr(at, '/');
		if (!end)
			return NULL;
		strbuf_reset(&name);
		strbuf_add(&name, full, (size_t)(at - full));
		if (!glob_match(strbuf_text(&head), strbuf_text(&name)))
			continue;
		*ret_n_bytes = (size_t)(end - at);
		return at;
	}
}

/* A '*' in a component's name stands for that folder. NAMES_NONE: the rule does not fit. */
static int component_of_rule(const struct rule *rule, const char *full, struct names *names, uint32_t *ret)
{
	const char *star = strchr(rule->component, '*'), *folder;
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_folder;

	*ret = NAMES_NONE;
	if (!star || !strchr(rule->glob, '*')) {
		*ret = names_add(names, rule->component, strlen(rule->component));
		return *ret == NAMES_NONE ? -ENOMEM : 0;
	}
	folder = folder_of_star(rule->glob, full, &n_folder);
	if (!folder)
		return 0;
	strbuf_add(&name, rule->component, (size_t)(star - rule->component));
	strbuf_add(&name, folder, n_folder);
	strbuf_puts(&name, star + 1);
	*ret = strbuf_error(&name) ? NAMES_NONE : names_add(names, name.text, name.n_bytes);
	return *ret == NAMES_NONE ? -ENOMEM : 0;
}

/* *ret: the component by the rules, NAMES_NONE if none fits. */
static int by_rules(const struct rule *rules, size_t n_rules, const char *full, struct names *names, uint32_t *ret)
{
	int r = 0;

	for (size_t i = 0; i < n_rules && r == 0 && *ret == NAMES_NONE; i++)
		if (glob_match(rules[i].glob, full))
			r = component_of_rule(&rules[i], full, names, ret);
	return r;
}

static int by_rules_or_archive(const struct components *c, const struct tree *tree, const struct image_object *o,
			       const char *full, struct names *names, uint32_t *ret)
{
	int r = 0;

	*ret = NAMES_NONE;
	if (tree)
		r = by_rules(c->rules + tree->i_rule + tree->n_signs, tree->n_rules, full, names, ret);
	if (r == 0 && c && c->n_common)
		r = by_rules(c->rules + c->i_common, c->n_common, full, names, ret);
	if (r < 0 || *ret != NAMES_NONE || !o->member)
		return r;
	*ret = by_archive(o, full, names);
	return *ret == NAMES_NONE ? -ENOMEM : 0;
}

/* Objects of no component yet: by their folders below the one that all of them share. */
static int assign_by_place(const struct image *image, struct names *names, uint32_t *of_object)
{
	struct strbuf full CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct place_roots roots CLEANUP(place_roots_deinit) = { 0 };

	for (size_t i = 0; i < image->n_objects; i++) {
		if (of_object[i] != NAMES_NONE)
			continue;
		full_name(&image->objects[i], &full);
		place_roots_add(&roots, strbuf_text(&full));
	}
	if (strbuf_error(&full) || place_roots_error(&roots))
		return -ENOMEM;
	for (size_t i = 0; i < image->n_objects; i++) {
		if (of_object[i] != NAMES_NONE)
			continue;
		full_name(&image->objects[i], &full);
		of_object[i] = place_component(&roots, strbuf_text(&full), names);
		if (of_object[i] == NAMES_NONE)
			return -ENOMEM;
	}
	return strbuf_error(&full);
}

int components_assign(const struct components *c, const struct image *image, struct names *ret_names,
		      uint32_t *ret_of_object)
{
	struct strbuf full CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct tree *tree = tree_of(c, image);
	int r = 0;

	for (size_t i = 0; i < image->n_objects && r == 0; i++) {
		const struct image_object *o = &image->objects[i];
		full_name(o, &full);
		if (i >= N_PSEUDO_OBJECTS)
			r = by_rules_or_archive(c, tree, o, strbuf_text(&full), ret_names, &ret_of_object[i]);
		else if ((ret_of_object[i] = names_add(ret_names, o->path, strlen(o->path))) == NAMES_NONE)
			r = -ENOMEM;
	}
	if (r == 0)
		r = strbuf_error(&full);
	return r < 0 ? r : assign_by_place(image, ret_names, ret_of_object);
}
