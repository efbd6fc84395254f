/* The typed walk. The owner of a block determines what it is: items of a list, the table of a dict. Only a block
 * without one is what its first word suggests. Plain links (attributes, items) go first, and others
 * wait until none is left: an object is named by the plainest way that leads to it. */
#include <errno.h>
#include <stdlib.h>

#include "memprof/base/number.h"
#include "private.h"

struct claim {
	uint32_t object, parent, label;
	uint8_t role, root;
	bool is_namespace;
};

struct walk {
	struct objects *o;
	uint32_t *queue; /* objects that are claimed; each once */
	size_t n_queue, i_queue;
	VEC(struct claim, later); /* links that are not plain */
	size_t i_later;
	int error;
};

/* ---- shapes ---- */

enum shape object_shape(const struct objects *o, uint32_t i)
{
	uint16_t type = types_of(o, i);

	return type == TYPE_NONE ? SHAPE_OTHER : (enum shape)o->types[type].shape;
}

static bool has_shape(const struct objects *o, uint64_t word, enum shape shape)
{
	uint32_t object = blocks_object(&o->blocks, word);

	return object != OBJECT_NONE && object_shape(o, object) == shape;
}

/* Since 1.19 code has its module, before it has its module's globals. So had generators at work up to 1.11, but for
 * their function behind. */
static bool has_code(const struct objects *o, uint32_t i)
{
	uint64_t word = object_word(o, i, 1);
	bool has_globals = has_shape(o, word, SHAPE_DICT) || word == o->ids.id_globals;

	return has_shape(o, word, SHAPE_MODULE) || (has_globals && !has_shape(o, object_word(o, i, 2), SHAPE_FUNCTION));
}

/* A generator's may be one around another (up to 1.10, and in CircuitPython 8). */
bool is_function(const struct objects *o, uint32_t i)
{
	return has_code(o, i) || has_shape(o, object_word(o, i, 1), SHAPE_FUNCTION);
}

/* ---- claims ---- */

static void claim(struct walk *w, const struct claim *c)
{
	struct node *node = &w->o->nodes[c->object];

	if (node->reached)
		return;
	*node = (struct node){ .parent = c->parent,
			       .label = c->label,
			       .type = TYPE_NONE,
			       .role = c->role,
			       .root = c->root,
			       .reached = true,
			       .is_namespace = c->is_namespace };
	if (c->role == ROLE_TYPED)
		node->type = types_of(w->o, c->object);
	w->queue[w->n_queue++] = c->object;
}

static void claim_later(struct walk *w, const struct claim *c)
{
	if (!w->o->nodes[c->object].reached && w->error == 0)
		w->error = vec_push(w, later, *c);
}

/* What is behind a word of an object, if it is a block. */
static uint32_t behind(const struct walk *w, uint64_t word) { return blocks_object(&w->o->blocks, word); }

static void plain(struct walk *w, uint32_t parent, uint32_t label, uint64_t word, enum role role, bool is_namespace)
{
	uint32_t object = behind(w, word);

	if (object != OBJECT_NONE)
		claim(w, &(struct claim){ object, parent, label, (uint8_t)role, ROOT_NONE, is_namespace });
}

static void later(struct walk *w, uint32_t parent, uint32_t label, uint64_t word, enum role role)
{
	uint32_t object = behind(w, word);

	if (object != OBJECT_NONE)
		claim_later(w, &(struct claim){ object, parent, label, (uint8_t)role, ROOT_NONE, false });
}

/* Without an owner that determines it: by its first word. */
static enum role guessed(const struct walk *w, uint64_t word)
{
	uint32_t object = behind(w, word);
	bool is_typed = object != OBJECT_NONE && types_of(w->o, object) != TYPE_NONE;

	return is_typed ? ROLE_TYPED : ROLE_OTHER;
}

static void guess_words(struct walk *w, uint32_t i, size_t first)
{
	size_t n = n_words_of(w->o, i);

	for (size_t k = first; k < n; k++) {
		uint64_t word = object_word(w->o, i, k);
		later(w, i, (uint32_t)k, word, guessed(w, word));
	}
}

/* ---- by role ---- */

static void walk_table(struct walk *w, uint32_t i)
{
	size_t n = n_words_of(w->o, i);

	for (size_t k = 0; k + 1 < n; k += 2) {
		uint64_t key = object_word(w->o, i, k);
		if (is_empty_key(key))
			continue;
		plain(w, i, (uint32_t)k + 1, object_word(w->o, i, k + 1), ROLE_TYPED, false);
		later(w, i, (uint32_t)k, key, ROLE_TYPED);
	}
}

static void walk_items(struct walk *w, uint32_t i)
{
	uint32_t list = w->o->nodes[i].parent;
	size_t n = MIN(n_words_of(w->o, i), (size_t)MIN(object_word(w->o, list, 2), SIZE_MAX));

	for (size_t k = 0; k < n; k++)
		plain(w, i, (uint32_t)k, object_word(w->o, i, k), ROLE_TYPED, false);
}

static void walk_objects(struct walk *w, uint32_t i, size_t first, size_t n)
{
	n = MIN(first + n, n_words_of(w->o, i));
	for (size_t k = first; k < n; k++)
		plain(w, i, (uint32_t)k, object_word(w->o, i, k), ROLE_TYPED, false);
}

/* ---- by shape ---- */

static void walk_map(struct walk *w, uint32_t i, size_t first, bool is_namespace)
{
	plain(w, i, (uint32_t)first + 2, object_word(w->o, i, first + 2),
	      is_namespace ? ROLE_NAMESPACE_TABLE : ROLE_DICT_TABLE, false);
}

/* Whether words from first on are those of a map: flags and used, room, table. */
static bool is_map(const struct walk *w, uint32_t i, size_t first)
{
	uint64_t used = object_word(w->o, i, first) >> w->o->n_dict_flags, room = object_word(w->o, i, first + 1);
	uint32_t table = behind(w, object_word(w->o, i, first + 2));

	if (object_word(w->o, i, first + 2) == 0)
		return used == 0;
	return used <= room && table != OBJECT_NONE && room <= n_words_of(w->o, table) / 2;
}

/* Of a class in Python; named tuples have such a type as well. */
static void walk_instance(struct walk *w, uint32_t i)
{
	uint64_t n = object_word(w->o, i, 1);

	if (is_map(w, i, 1)) {
		walk_map(w, i, 1, true);
		walk_objects(w, i, 4, SIZE_MAX / 2);
	} else if (n <= n_words_of(w->o, i) - 2) {
		walk_objects(w, i, 2, (size_t)n);
	} else {
		guess_words(w, i, 1);
	}
}

/* Its attributes are a dict; its bases a tuple. */
static void walk_class(struct walk *w, uint32_t i)
{
	size_t n = n_words_of(w->o, i);

	for (size_t k = 2; k < n; k++) {
		uint64_t word = object_word(w->o, i, k);
		if (has_shape(w->o, word, SHAPE_DICT))
			plain(w, i, (uint32_t)k, word, ROLE_TYPED, true);
		else
			later(w, i, (uint32_t)k, word, guessed(w, word));
	}
}

/* A function of bytecode has its module, children, bytecode, and default values; before 1.19 globals, bytecode, and
 * constants with children. Others, and generators at work, are what their words are. */
static void walk_function(struct walk *w, uint32_t i)
{
	uint64_t module = object_word(w->o, i, 1);
	bool has_module = has_shape(w->o, module, SHAPE_MODULE);

	if (!has_code(w->o, i)) {
		guess_words(w, i, 1);
		return;
	}
	later(w, i, 1, module, ROLE_TYPED);
	plain(w, i, 2, object_word(w->o, i, 2), has_module ? ROLE_CODE : ROLE_BYTECODE, false);
	plain(w, i, 3, object_word(w->o, i, 3), has_module ? ROLE_BYTECODE : ROLE_CONSTANTS, false);
	for (size_t k = 4; k < n_words_of(w->o, i); k++)
		later(w, i, (uint32_t)k, object_word(w->o, i, k), ROLE_TYPED);
}

static void walk_typed(struct walk *w, uint32_t i)
{
	struct node *node = &w->o->nodes[i];
	enum shape shape = node->type == TYPE_NONE ? SHAPE_OTHER : (enum shape)w->o->types[node->type].shape;

	switch (shape) {
	case SHAPE_INSTANCE:
		walk_instance(w, i);
		break;
	case SHAPE_CLASS:
		walk_class(w, i);
		break;
	case SHAPE_DICT:
		walk_map(w, i, 1, node->is_namespace);
		break;
	case SHAPE_LIST:
		plain(w, i, 3, object_word(w->o, i, 3), ROLE_LIST_ITEMS, false);
		break;
	case SHAPE_TUPLE:
		walk_objects(w, i, 2, (size_t)MIN(object_word(w->o, i, 1), n_words_of(w->o, i)));
		break;
	case SHAPE_SET:
		plain(w, i, 3, object_word(w->o, i, 3), ROLE_SET_TABLE, false);
		break;
	case SHAPE_TEXT:
		plain(w, i, 3, object_word(w->o, i, 3), ROLE_TEXT, false);
		break;
	case SHAPE_BUFFER:
		plain(w, i, 3, object_word(w->o, i, 3), ROLE_BUFFER, false);
		break;
	case SHAPE_INT:
		plain(w, i, 3, object_word(w->o, i, 3), ROLE_DIGITS, false);
		break;
	case SHAPE_MODULE:
		plain(w, i, 1, object_word(w->o, i, 1), ROLE_TYPED, true);
		plain(w, i, 2, object_word(w->o, i, 2), ROLE_CONSTANTS, false);
		plain(w, i, 3, object_word(w->o, i, 3), ROLE_CONSTANTS, false);
		break;
	case SHAPE_FUNCTION:
		walk_function(w, i);
		break;
	case SHAPE_CLOSURE:
		plain(w, i, 1, object_word(w->o, i, 1), ROLE_TYPED, false);
		for (size_t k = 3; k < n_words_of(w->o, i); k++)
			later(w, i, (uint32_t)k, object_word(w->o, i, k), ROLE_TYPED);
		break;
	case SHAPE_CELL:
		plain(w, i, 1, object_word(w->o, i, 1), ROLE_TYPED, false);
		break;
	case SHAPE_METHOD:
		later(w, i, 1, object_word(w->o, i, 1), ROLE_TYPED);
		later(w, i, 2, object_word(w->o, i, 2), ROLE_TYPED);
		break;
	case SHAPE_LEAF:
		break;
	default:
		guess_words(w, i, 1);
	}
}

static void walk_object(struct walk *w, uint32_t i)
{
	switch ((enum role)w->o->nodes[i].role) {
	case ROLE_TYPED:
		walk_typed(w, i);
		break;
	case ROLE_LIST_ITEMS:
		walk_items(w, i);
		break;
	case ROLE_DICT_TABLE:
	case ROLE_NAMESPACE_TABLE:
		walk_table(w, i);
		break;
	case ROLE_SET_TABLE:
		walk_objects(w, i, 0, n_words_of(w->o, i));
		break;
	case ROLE_CODE:
	case ROLE_CONSTANTS:
	case ROLE_OTHER:
		guess_words(w, i, 0);
		break;
	default: /* leaves */
		break;
	}
}

/* ---- from the roots ---- */

static void drain_plain(struct walk *w)
{
	while (w->i_queue < w->n_queue && w->error == 0)
		walk_object(w, w->queue[w->i_queue++]);
}

static void drain(struct walk *w)
{
	drain_plain(w);
	while (w->i_later < w->n_later && w->error == 0) {
		struct claim next = w->later[w->i_later++];
		claim(w, &next);
		drain_plain(w);
	}
	w->i_later = w->n_later = 0;
}

static void root_dict(struct walk *w, uint64_t address, enum root root)
{
	uint32_t table = table_of(w->o, address);

	if (table != OBJECT_NONE)
		claim(w, &(struct claim){ table, OBJECT_NONE, 0, ROLE_NAMESPACE_TABLE, (uint8_t)root, false });
	drain_plain(w);
}

/* Pools of interned strings, and the chunks that their names lie in. */
static void root_names(struct walk *w)
{
	const struct objects *o = w->o;

	for (size_t i = 0; i < o->n_pools; i++) {
		const struct qstr_pool *pool = &o->pools[i];
		uint32_t object = blocks_object(&o->blocks, pool->address);
		if (object == OBJECT_NONE)
			continue;
		claim(w, &(struct claim){ object, OBJECT_NONE, 0, ROLE_NAMES, ROOT_STATE, false });
		size_t first = (size_t)(pool->pointers - pool->address) / o->ids.word_bytes;
		for (size_t k = 0; k < pool->n; k++) {
			uint32_t chunk = blocks_object_over(&o->blocks, object_word(o, object, first + k));
			if (chunk != OBJECT_NONE)
				claim(w, &(struct claim){ chunk, object, 0, ROLE_NAMES, ROOT_NONE, false });
		}
	}
}

static void root_word(struct walk *w, uint64_t word, uint32_t label, enum root root)
{
	uint32_t object = behind(w, word);

	if (object != OBJECT_NONE)
		claim(w,
		      &(struct claim){ object, OBJECT_NONE, label, (uint8_t)guessed(w, word), (uint8_t)root, false });
	drain(w);
}

/* Numbered from label on. */
static void root_words(struct walk *w, uint64_t from, uint64_t to, uint32_t label, enum root root)
{
	uint64_t word, n_bytes = w->o->ids.word_bytes;

	for (uint64_t at = from; at + n_bytes <= to; at += n_bytes)
		if (memory_word(w->o, at, &word))
			root_word(w, word, label + (uint32_t)((at - from) / n_bytes), root);
}

int walk(struct objects *o)
{
	struct walk w = { .o = o, .queue = malloc((o->blocks.n_extents + 1) * sizeof(*w.queue)) };

	if (!w.queue)
		return -ENOMEM;
	for (size_t i = 0; i < o->blocks.n_extents; i++)
		o->nodes[i] = (struct node){ .parent = OBJECT_NONE, .type = TYPE_NONE };
	root_dict(&w, o->ids.id_globals, ROOT_GLOBALS);
	root_dict(&w, o->ids.id_modules, ROOT_MODULES);
	drain(&w);
	root_names(&w);
	root_words(&w, o->roots, o->roots_end, 0, ROOT_STATE);
	root_words(&w, o->stack, o->stack_end, 0, ROOT_STACK);
	root_words(&w, o->pystack, o->pystack_end, (uint32_t)((o->stack_end - o->stack) / o->ids.word_bytes),
		   ROOT_STACK);
	for (size_t i = 0; i < o->ids.n_registers; i++)
		root_word(&w, o->ids.registers[i], (uint32_t)i, ROOT_REGISTER);
	free(w.queue);
	vec_deinit(&w, later);
	return w.error;
}

/* ---- names that the result needs ---- */

int walk_qstrs(const struct objects *o, uint32_t **ret, size_t *ret_n)
{
	uint8_t *seen = calloc(QSTRS_MAX, 1);
	size_t n = 0;

	*ret = calloc(QSTRS_MAX, sizeof(**ret));
	if (!seen || !*ret) {
		free(seen);
		return -ENOMEM; /* the caller frees *ret */
	}
	for (uint32_t i = 0; i < o->blocks.n_extents; i++) {
		enum role role = (enum role)o->nodes[i].role;
		if (!o->nodes[i].reached || (role != ROLE_DICT_TABLE && role != ROLE_NAMESPACE_TABLE))
			continue;
		for (size_t k = 0; k < n_words_of(o, i); k += 2) {
			uint64_t qstr;
			if (is_qstr(o, object_word(o, i, k), &qstr) && qstr < QSTRS_MAX && !seen[qstr]) {
				seen[qstr] = 1;
				(*ret)[n++] = (uint32_t)qstr;
			}
		}
	}
	free(seen);
	*ret_n = n;
	return 0;
}
