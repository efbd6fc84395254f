/* What to do about the heap. What only the stack, a root, or memprof's own program holds is nobody's to change. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "memprof/base/number.h"

/* ---- what is found with one owner ---- */

static int by_owner(const void *x, const void *y)
{
	const struct advice_share *a = x, *b = y;

	if (a->owner != b->owner)
		return a->owner < b->owner ? -1 : 1;
	if (a->topic != b->topic)
		return a->topic < b->topic ? -1 : 1;
	return a->group != b->group ? (a->group < b->group ? -1 : 1) :
				      (a->object > b->object) - (a->object < b->object);
}

int advice_sum(const struct advisor *a, struct advice_shares *shares,
	       int (*emit)(const struct advisor *a, const struct advice_share *sum))
{
	size_t n = shares->n_list;
	int error = 0;

	if (n)
		qsort(shares->list, n, sizeof(*shares->list), by_owner);
	for (size_t i = 0, k; i < n && error == 0; i = k) {
		struct advice_share sum = shares->list[i];
		uint64_t largest = sum.n_bytes;
		sum.n_shares = sum.groups = 1;
		for (k = i + 1; k < n; k++) {
			const struct advice_share *share = &shares->list[k];
			if (share->owner != sum.owner || share->topic != sum.topic)
				break;
			sum.n_shares++;
			sum.groups += share->group != shares->list[k - 1].group;
			sum.n_bytes += share->n_bytes;
			sum.parts[0] += share->parts[0];
			sum.parts[1] += share->parts[1];
			if (share->n_bytes > largest) {
				largest = share->n_bytes;
				sum.object = share->object;
			}
		}
		error = emit(a, &sum);
	}
	return error;
}

/* ---- equal strings ---- */

static int say_strings(const struct advisor *a, const struct advice_share *sum)
{
	struct strbuf example CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct arena *arena = &a->ret->arena;
	struct string string = { .object = sum->object };

	if (!text_of(a->o, blocks_address(&a->o->blocks, sum->object), &string.bytes, &string.n))
		return 0;
	string_show(&string, &example);
	return advice_add(a, &(struct advice){
				     .kind = "share-strings",
				     .text = arena_printf(
					     arena,
					     "%s: keep equal strings once, such as '%s': s = seen.setdefault(s, s) with"
					     " one dict for all of them, dropped afterwards",
					     advice_path(a, sum->owner), strbuf_text(&example)),
				     .basis = arena_printf(arena,
							   "%" PRIu32 " cop%s of %" PRIu32
							   " string%s that %s kept anyway: objects of %" PRIu64
							   " B, texts of %" PRIu64 " B",
							   sum->n_shares, sum->n_shares == 1 ? "y" : "ies", sum->groups,
							   sum->groups == 1 ? "" : "s", sum->groups == 1 ? "is" : "are",
							   sum->parts[0], sum->parts[1]),
				     .saved_bytes = sum->n_bytes,
				     .object = sum->owner,
			     });
}

/* Of equal ones, a constant of code stays, or the first one. */
static int add_strings(const struct advisor *a, const struct string *strings, size_t n, uint32_t group,
		       struct advice_shares *shares)
{
	bool is_kept = false;
	int error = 0;

	for (size_t k = 0; k < n; k++)
		is_kept |= a->is_constant[strings[k].object];
	for (size_t k = 0; k < n && error == 0; k++) {
		uint32_t object = strings[k].object, owner = advice_owner(a, object);
		uint64_t n_bytes = string_bytes(a->o, &strings[k], k ? &strings[k - 1] : NULL);
		uint64_t own = blocks_n_bytes(&a->o->blocks, object);
		if (a->is_constant[object])
			continue;
		if (is_kept && owner != OBJECT_NONE)
			error = vec_push(shares, list,
					 (struct advice_share){ .owner = owner,
								.topic = TOPIC_STRINGS,
								.group = group,
								.object = object,
								.n_bytes = n_bytes,
								.parts = { own, n_bytes - own } });
		is_kept = true;
	}
	return error;
}

static int advise_strings(const struct advisor *a)
{
	struct advice_shares shares = { .list = NULL };
	struct string *strings;
	size_t n;
	int error = strings_find(a->o, &strings, &n);

	for (size_t i = 0, n_same; error == 0 && i < n; i += n_same) {
		n_same = strings_equal(&strings[i], n - i);
		error = add_strings(a, &strings[i], n_same, (uint32_t)i, &shares);
	}
	if (error == 0)
		error = advice_sum(a, &shares, say_strings);
	free(strings);
	vec_deinit(&shares, list);
	return error;
}

/* ---- containers ---- */

static int say_container(const struct advisor *a, const struct advice_share *sum)
{
	static const struct {
		const char *kind, *one, *several, *items;
	} topics[N_TOPICS] = {
		[TOPIC_LIST] = { "copy-list", ": replace it by a copy once it is complete: x = x[:]",
				 ": replace the lists in it by copies once they are complete: x = x[:]", "items" },
		[TOPIC_DICT] = { "rebuild-dict",
				 ": rebuild it once it is complete: new = dict.fromkeys(old); new.update(old)",
				 ": rebuild the dicts in it once they are complete: new = dict.fromkeys(old);"
				 " new.update(old)",
				 "slots" },
	};
	struct arena *arena = &a->ret->arena;
	const char *what = sum->n_shares == 1 ? topics[sum->topic].one : topics[sum->topic].several;
	uint32_t object = sum->n_shares == 1 ? sum->object : sum->owner;

	return advice_add(
		a, &(struct advice){
			   .kind = topics[sum->topic].kind,
			   .text = arena_printf(arena, "%s%s", advice_path(a, object), what),
			   .basis = arena_printf(arena,
						 "%" PRIu64 " of %" PRIu64 " %s are in use: the blocks of the others",
						 sum->parts[0], sum->parts[1], topics[sum->topic].items),
			   .saved_bytes = sum->n_bytes,
			   .object = object,
		   });
}

/* What a copy saves: a list has room for four items at least (py/objlist.c, LIST_MIN_ALLOC). */
static uint64_t saved_by_list(const struct objects *o, const struct objects_slack *slack)
{
	enum { LIST_MIN_ITEMS = 4 };
	uint64_t block = o->blocks.block_bytes, n_min = LIST_MIN_ITEMS * (uint64_t)o->ids.word_bytes;
	uint64_t n_rest = (slack->n_used * o->ids.word_bytes + block - 1) / block * block;
	uint64_t n_least = (n_min + block - 1) / block * block;

	return slack->n_bytes - MIN(slack->n_bytes, n_least - MIN(n_least, n_rest));
}

/* OBJECT_NONE in owner: nothing would be saved, or only by changes that were not tried: to sets, attributes, and what
 * extends a list or a dict. */
static struct advice_share container_share(const struct advisor *a, const struct objects_slack *slack)
{
	enum { MAP_FIXED_OR_ORDERED = 6 };
	const struct objects *o = a->o;
	uint32_t parent = o->nodes[slack->object].parent;
	enum shape shape = object_shape(o, slack->object);
	bool is_base = parent != OBJECT_NONE && o->nodes[parent].role == ROLE_TYPED &&
		       object_shape(o, parent) == SHAPE_INSTANCE;
	bool is_plain_dict = shape == SHAPE_DICT && !o->nodes[slack->object].is_namespace &&
			     !(object_word(o, slack->object, 1) & MAP_FIXED_OR_ORDERED);
	struct advice_share share = { .owner = OBJECT_NONE,
				      .topic = shape == SHAPE_LIST ? TOPIC_LIST : TOPIC_DICT,
				      .object = slack->object,
				      .parts = { slack->n_used, slack->n_room } };

	if (is_base || (shape != SHAPE_LIST && !is_plain_dict))
		return share;
	share.n_bytes = shape == SHAPE_LIST ? saved_by_list(o, slack) : slack->n_bytes;
	share.owner = share.n_bytes ? advice_owner(a, slack->object) : OBJECT_NONE;
	return share;
}

static int advise_containers(const struct advisor *a)
{
	struct advice_shares shares = { .list = NULL };
	int error = 0;

	for (size_t i = 0; i < a->report->n_slack && error == 0; i++) {
		struct advice_share share = container_share(a, &a->report->slack[i]);
		if (share.owner != OBJECT_NONE)
			error = vec_push(&shares, list, share);
	}
	if (error == 0)
		error = advice_sum(a, &shares, say_container);
	vec_deinit(&shares, list);
	return error;
}

/* ---- all of it ---- */

static void mark_constant(struct advisor *a, uint64_t address)
{
	const struct objects *o = a->o;
	uint32_t i = blocks_object(&o->blocks, address);

	if (i == OBJECT_NONE)
		return;
	a->is_constant[i] = true;
	for (size_t k = 2; object_shape(o, i) == SHAPE_TUPLE && k < n_words_of(o, i); k++) {
		uint32_t item = blocks_object(&o->blocks, object_word(o, i, k));
		if (item != OBJECT_NONE)
			a->is_constant[item] = true;
	}
}

/* Constants of code, and what is in tuples that are. */
static void find_constants(struct advisor *a)
{
	const struct objects *o = a->o;

	for (uint32_t i = 0; i < o->blocks.n_extents; i++) {
		if (!o->nodes[i].live || object_shape(o, i) != SHAPE_MODULE)
			continue;
		struct code_tables tables = code_tables(o, i);
		for (size_t k = 0; k < tables.n_constants; k++)
			mark_constant(a, object_word(o, tables.block, tables.n_name_words + k));
	}
}

static int by_saved(const void *x, const void *y)
{
	const struct advice *a = x, *b = y;
	int order = strcmp(a->kind, b->kind);

	if (a->saved_bytes != b->saved_bytes)
		return a->saved_bytes < b->saved_bytes ? 1 : -1;
	return order ? order : strcmp(a->text, b->text);
}

int objects_advise(const struct objects *o, const struct objects_report *report, const struct advice_flash *flash,
		   struct objects_advice *ret)
{
	static int (*const advisors[])(const struct advisor *a) = { advise_strings, advise_containers, advise_buffers,
								    advise_modules, advise_numbers,    advise_order };
	struct advisor a = { .o = o,
			     .report = report,
			     .flash = flash,
			     .owners = find_owners(o),
			     .is_constant = calloc(o->blocks.n_extents + 1, 1),
			     .ret = ret };
	int error = a.owners && a.is_constant ? 0 : -ENOMEM;

	*ret = (struct objects_advice){ .list = NULL };
	if (error == 0)
		find_constants(&a);
	for (size_t i = 0; i < ARRAY_SIZE(advisors) && error == 0; i++)
		error = advisors[i](&a);
	if (ret->n_list)
		qsort(ret->list, ret->n_list, sizeof(*ret->list), by_saved);
	free(a.owners);
	free(a.is_constant);
	return error < 0 ? error : arena_error(&ret->arena);
}

void objects_advice_deinit(struct objects_advice *advice)
{
	arena_deinit(&advice->arena);
	vec_deinit(advice, list);
}
