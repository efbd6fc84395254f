/* The way from a root to an object, as Python would write it: cache['ev3'][2]. */
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "private.h"

enum { STEPS_MAX = 64 };

bool text_of(const struct objects *o, uint64_t word, const uint8_t **ret, size_t *ret_n)
{
	uint32_t i = blocks_object(&o->blocks, word);
	uint16_t type = i == OBJECT_NONE ? TYPE_NONE : types_find(o, object_word(o, i, 0));

	if (type == TYPE_NONE || o->types[type].shape != SHAPE_TEXT || strcmp(o->types[type].text, "str") != 0)
		return false;
	uint64_t n = object_word(o, i, 2);
	uint32_t data = blocks_object(&o->blocks, object_word(o, i, 3));
	if (data == OBJECT_NONE || n > blocks_n_bytes(&o->blocks, data))
		return false;
	*ret = blocks_bytes(&o->blocks, data);
	*ret_n = (size_t)n;
	return true;
}

static void put_text(struct strbuf *out, const void *bytes, size_t n, size_t n_max)
{
	text_visible(out, bytes, MIN(n, n_max), false);
	if (n > n_max)
		strbuf_puts(out, "...");
}

void path_key(const struct objects *o, const struct table_key *key, size_t n_max, struct strbuf *out)
{
	const char *quote = key->is_attribute ? "" : "'";
	const uint8_t *bytes;
	uint64_t qstr;
	int64_t number;
	size_t n;

	if (is_qstr(o, key->word, &qstr)) {
		const char *name = name_of(o, qstr);
		strbuf_puts(out, quote);
		if (name)
			put_text(out, name, strlen(name), n_max);
		else
			strbuf_printf(out, "<name %" PRIu64 ">", qstr);
		strbuf_puts(out, quote);
	} else if (is_small_int(o, key->word, &number)) {
		strbuf_printf(out, "%" PRId64, number);
	} else if (text_of(o, key->word, &bytes, &n)) {
		strbuf_puts(out, quote);
		put_text(out, bytes, n, n_max);
		strbuf_puts(out, quote);
	} else if (key->word == o->ids.id_none) {
		strbuf_puts(out, "None");
	} else {
		strbuf_printf(out, "<key %zu>", key->i);
	}
}

struct table_key table_key(const struct objects *o, uint32_t table, size_t i)
{
	bool is_attribute = o->nodes[table].role == ROLE_NAMESPACE_TABLE;

	return (struct table_key){ object_word(o, table, 2 * i), i, is_attribute };
}

bool is_probe(const struct objects *o, const struct table_key *key)
{
	uint64_t qstr;
	const char *name = is_qstr(o, key->word, &qstr) ? name_of(o, qstr) : NULL;

	return name && strcmp(name, "__name__") == 0;
}

static void put_number(struct strbuf *out, const char *what, uint64_t n)
{
	strbuf_printf(out, ".<%s%s%" PRIu64 ">", what, *what ? " " : "", n);
}

/* From an object to what it holds. */
static void put_step_of_typed(const struct objects *o, uint32_t child, struct strbuf *out)
{
	uint32_t label = o->nodes[child].label;
	const struct node *parent = &o->nodes[o->nodes[child].parent];
	const struct type *type = parent->type == TYPE_NONE ? NULL : &o->types[parent->type];

	switch (type ? (enum shape)type->shape : SHAPE_OTHER) {
	case SHAPE_TUPLE:
		strbuf_printf(out, "[%" PRIu32 "]", label - 2);
		break;
	case SHAPE_INSTANCE:
		if (label >= 4)
			strbuf_puts(out, ".<base>");
		break;
	case SHAPE_CLASS:
		if (!o->nodes[child].is_namespace)
			strbuf_puts(out, ".<base>");
		break;
	case SHAPE_FUNCTION:
		if (!is_function(o, o->nodes[child].parent))
			put_number(out, "", label);
		else if (label == 1)
			strbuf_puts(out, ".<module>");
		else if (label >= 4)
			put_number(out, "default", label - 4);
		else
			strbuf_puts(out, ".<code>");
		break;
	case SHAPE_CLOSURE:
		if (label >= 3)
			put_number(out, "closed", label - 3);
		break;
	case SHAPE_METHOD:
		strbuf_puts(out, label == 1 ? ".<function>" : ".<self>");
		break;
	case SHAPE_MODULE:
		if (label > 1)
			strbuf_puts(out, ".<constants>");
		break;
	case SHAPE_OTHER:
		put_number(out, "", label);
		break;
	default: /* to its table, items, text */
		break;
	}
}

/* From the parent to the child; nothing where Python has no word for it. */
static void put_step(const struct objects *o, uint32_t child, struct strbuf *out)
{
	const struct node *node = &o->nodes[child], *parent = &o->nodes[node->parent];
	struct table_key key = table_key(o, node->parent, node->label / 2);

	switch ((enum role)parent->role) {
	case ROLE_TYPED:
		put_step_of_typed(o, child, out);
		break;
	case ROLE_NAMESPACE_TABLE:
		if (out->n_bytes > 0 && node->label % 2)
			strbuf_putc(out, '.');
		if (node->label % 2 == 0)
			strbuf_printf(out, ".<key %zu>", key.i);
		else if (parent->root == ROOT_GLOBALS && is_probe(o, &key))
			strbuf_puts(out, PROBE_PATH);
		else
			path_key(o, &key, KEY_MAX_BYTES, out);
		break;
	case ROLE_DICT_TABLE:
		strbuf_puts(out, node->label % 2 ? "[" : ".<key ");
		path_key(o, &key, KEY_MAX_BYTES, out);
		strbuf_puts(out, node->label % 2 ? "]" : ">");
		break;
	case ROLE_LIST_ITEMS:
		strbuf_printf(out, "[%" PRIu32 "]", node->label);
		break;
	case ROLE_SET_TABLE:
		strbuf_puts(out, ".<item>");
		break;
	case ROLE_NAMES:
		break;
	default:
		put_number(out, "", node->label);
	}
}

static void put_root(const struct node *node, struct strbuf *out)
{
	if (node->role == ROLE_NAMES)
		strbuf_puts(out, "<names>");
	else if (node->root == ROOT_STATE)
		strbuf_printf(out, "<root %" PRIu32 ">", node->label);
	else if (node->root == ROOT_STACK)
		strbuf_printf(out, "<stack %" PRIu32 ">", node->label);
	else if (node->root == ROOT_REGISTER)
		strbuf_printf(out, "<register %" PRIu32 ">", node->label);
}

void objects_path(const struct objects *o, uint32_t i, struct strbuf *out)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint32_t steps[STEPS_MAX];
	size_t n = 0;

	if (i >= o->blocks.n_extents || !o->nodes[i].reached)
		return;
	for (; o->nodes[i].parent != OBJECT_NONE && n < STEPS_MAX; i = o->nodes[i].parent)
		steps[n++] = i;
	if (o->nodes[i].parent != OBJECT_NONE)
		strbuf_puts(&path, "...");
	else
		put_root(&o->nodes[i], &path);
	if (n == 0 && o->nodes[i].role == ROLE_NAMESPACE_TABLE)
		strbuf_puts(&path, o->nodes[i].root == ROOT_GLOBALS ? "__main__" : "sys.modules");
	while (n > 0)
		put_step(o, steps[--n], &path);
	strbuf_puts(out, strbuf_text(&path));
}

uint32_t objects_parent(const struct objects *o, uint32_t i)
{
	return o->nodes[i].reached ? o->nodes[i].parent : OBJECT_NONE;
}

void objects_step(const struct objects *o, uint32_t i, struct strbuf *out)
{
	struct strbuf step CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!o->nodes[i].reached)
		return;
	if (o->nodes[i].parent == OBJECT_NONE)
		put_root(&o->nodes[i], &step);
	else
		put_step(o, i, &step);
	strbuf_puts(out, strbuf_text(&step));
}
