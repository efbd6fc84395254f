/* Lists and tuples of whole numbers, which take a word each: in bytes or an array they take one, two or four bytes. */
#include <inttypes.h>

#include "advice.h"
#include "memprof/base/number.h"

enum { NUMBERS_MIN = 16 };

/* Where they are: behind the words of a tuple, or in a block of their own. */
struct items {
	uint32_t block;
	size_t i_word, n;
	int64_t least, most;
};

static bool find_items(const struct objects *o, uint32_t i, struct items *ret)
{
	enum shape shape = object_shape(o, i);
	uint64_t n = shape == SHAPE_LIST ? object_word(o, i, 2) : object_word(o, i, 1);

	*ret = (struct items){ i, 2, (size_t)MIN(n, (uint64_t)SIZE_MAX), INT64_MAX, INT64_MIN };
	if (shape == SHAPE_LIST) {
		ret->block = blocks_object(&o->blocks, object_word(o, i, 3));
		ret->i_word = 0;
	}
	return (shape == SHAPE_LIST || shape == SHAPE_TUPLE) && ret->block != OBJECT_NONE && n >= NUMBERS_MIN &&
	       n <= n_words_of(o, ret->block) - MIN(ret->i_word, n_words_of(o, ret->block));
}

/* Their bounds. False: something else is among them, or all are equal, as where room was made for what is to come. */
static bool are_numbers(const struct objects *o, struct items *items)
{
	int64_t number;

	for (size_t k = 0; k < items->n; k++) {
		if (!is_small_int(o, object_word(o, items->block, items->i_word + k), &number))
			return false;
		items->least = MIN(items->least, number);
		items->most = MAX(items->most, number);
	}
	return items->least < items->most;
}

/* Types of arrays (docs.python.org, array); the first is that of bytes, too. */
static const struct code {
	char letter;
	uint8_t n_bytes;
	int64_t least, most;
} codes[] = {
	{ 'B', 1, 0, UINT8_MAX },         { 'b', 1, INT8_MIN, INT8_MAX },   { 'H', 2, 0, UINT16_MAX },
	{ 'h', 2, INT16_MIN, INT16_MAX }, { 'i', 4, INT32_MIN, INT32_MAX },
};

static const struct code *code_of(const struct objects *o, const struct items *items)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes) && codes[i].n_bytes < o->ids.word_bytes; i++)
		if (items->least >= codes[i].least && items->most <= codes[i].most)
			return &codes[i];
	return NULL;
}

/* Bytes and arrays are an object of four words, and a block; bytes have a 0 at their end. */
static uint64_t bytes_then(const struct objects *o, const struct items *items, const struct code *code)
{
	uint64_t block = o->blocks.block_bytes, n = items->n * code->n_bytes + (code == codes);

	return (4 * (uint64_t)o->ids.word_bytes + block - 1) / block * block + (n + block - 1) / block * block;
}

static int say_numbers(const struct advisor *a, const struct advice_share *sum)
{
	struct arena *arena = &a->ret->arena;
	struct items items;
	bool is_one = sum->n_shares == 1;
	uint32_t object = is_one ? sum->object : sum->owner;

	if (!find_items(a->o, sum->object, &items) || !are_numbers(a->o, &items))
		return 0;
	const struct code *code = code_of(a->o, &items);
	const char *what = is_one ? arena_printf(arena, "its %zu numbers are %" PRId64 " to %" PRId64, items.n,
						 items.least, items.most) :
				    arena_printf(arena, "%" PRIu32 " lists and tuples in it have small numbers only",
						 sum->n_shares);
	const char *form = !is_one       ? "each as bytes(x), or as an array.array() of a type that holds its numbers" :
			   code == codes ? "them as bytes(x), or bytearray(x) if they change" :
					   arena_printf(arena, "them as array.array('%c', x)", code->letter);
	return advice_add(a,
			  &(struct advice){
				  .kind = "pack-numbers",
				  .text = arena_printf(arena, "%s: %s: keep %s", advice_path(a, object), what, form),
				  .basis = arena_printf(arena,
							"%" PRIu64 " numbers of %u B each, and what holds them,"
							" against %" PRIu64 " B",
							sum->parts[0], (unsigned)a->o->ids.word_bytes, sum->parts[1]),
				  .saved_bytes = sum->n_bytes,
				  .object = object,
			  });
}

int advise_numbers(const struct advisor *a)
{
	const struct objects *o = a->o;
	struct advice_shares shares = { .list = NULL };
	int error = 0;

	for (uint32_t i = 0; i < o->blocks.n_extents && error == 0; i++) {
		uint32_t owner = advice_owner(a, i);
		struct items items;
		if (owner == OBJECT_NONE || a->is_constant[i] || !find_items(o, i, &items) || !are_numbers(o, &items))
			continue;
		const struct code *code = code_of(o, &items);
		uint64_t now = blocks_n_bytes(&o->blocks, i) +
			       (items.block == i ? 0 : blocks_n_bytes(&o->blocks, items.block));
		if (code && bytes_then(o, &items, code) < now)
			error = vec_push(&shares, list,
					 (struct advice_share){
						 .owner = owner,
						 .topic = TOPIC_NUMBERS,
						 .object = i,
						 .n_bytes = now - bytes_then(o, &items, code),
						 .parts = { items.n, bytes_then(o, &items, code) },
					 });
	}
	if (error == 0)
		error = advice_sum(a, &shares, say_numbers);
	vec_deinit(&shares, list);
	return error;
}
