/* The objects as blocks again, with the letters that the firmware prints (py/gc.c, gc_dump_alloc_table). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

static enum block_kind letter_of(const struct object *object)
{
	static const struct {
		const char *kind;
		enum block_kind letter;
	} letters[] = {
		{ "tuple", BLOCK_TUPLE },   { "list", BLOCK_LIST },   { "dict", BLOCK_DICT },
		{ "str", BLOCK_STR },       { "bytes", BLOCK_STR },   { "bytearray", BLOCK_ARRAY },
		{ "array", BLOCK_ARRAY },   { "float", BLOCK_FLOAT }, { "function", BLOCK_FUNCTION },
		{ "module", BLOCK_MODULE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		if (strcmp(object->kind, letters[i].kind) == 0)
			return letters[i].letter;
	return BLOCK_HEAD;
}

/* kinds: of the blocks of all areas, all of them free. */
static void fill_kinds(const struct objects *o, uint8_t *kinds)
{
	const struct blocks *b = &o->blocks;
	size_t i_area = 0;

	for (uint32_t i = 0; i < b->n_extents; i++) {
		const struct extent *extent = &b->extents[i];
		struct object object;
		for (; i_area + 1 < b->n_areas && b->areas[i_area + 1].i_first <= extent->i_block; i_area++)
			kinds += o->areas.areas[i_area].n_blocks;
		uint8_t *at = kinds + (extent->i_block - b->areas[i_area].i_first);
		objects_get(o, i, &object);
		at[0] = (uint8_t)letter_of(&object);
		memset(at + 1, BLOCK_TAIL, extent->n_blocks - 1);
	}
}

void objects_name_run(const struct objects *o, uint64_t start, uint64_t n_bytes, struct strbuf *out)
{
	struct strbuf best CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint32_t i = objects_at(o, start);
	uint64_t n_best = 0;

	for (; i < o->blocks.n_extents && blocks_address(&o->blocks, i) - start < n_bytes; i++) {
		if (blocks_n_bytes(&o->blocks, i) <= n_best || !o->nodes[i].reached)
			continue;
		strbuf_reset(&best);
		objects_path(o, i, &best);
		n_best = best.n_bytes ? blocks_n_bytes(&o->blocks, i) : n_best;
	}
	bool is_own = strncmp(strbuf_text(&best), PROBE_PATH, strlen(PROBE_PATH)) == 0;
	strbuf_puts(out, is_own ? PROBE_PATH : strbuf_text(&best));
}

static void name_owner(const void *ctx, uint64_t start, uint64_t n_bytes, struct strbuf *out)
{
	objects_name_run(ctx, start, n_bytes, out);
}

static bool find_object(const void *ctx, const char *name, uint64_t *ret_start, uint64_t *ret_n_bytes)
{
	const struct objects *o = ctx;
	uint32_t i = objects_find(o, name);

	if (i == OBJECT_NONE)
		return false;
	*ret_start = blocks_address(&o->blocks, i);
	*ret_n_bytes = blocks_n_bytes(&o->blocks, i);
	return true;
}

static const struct block_namer namer = { name_owner, find_object };

/* What the board said; gc.mem_free() has what the heap may grow by as well. */
static void tell(const struct objects *o, struct heap_pool *pool)
{
	uint64_t more_bytes = o->ids.total_bytes == NOT_KNOWN ? 0 : o->ids.total_bytes - o->areas.total_bytes;

	pool->reported.total_bytes = NOT_KNOWN;
	if (o->ids.id_len) /* else nobody was asked */
		pool->reported.used_bytes = o->ids.used_bytes;
	if (o->ids.free_bytes == NOT_KNOWN)
		return;
	pool->reported.total_bytes = o->areas.total_bytes;
	pool->reported.free_bytes = o->ids.free_bytes - MIN(more_bytes, o->ids.free_bytes);
	if (more_bytes)
		pool->reported.max_new_split_bytes = more_bytes;
}

int objects_heap(const struct objects *o, struct heap *heap)
{
	uint64_t n_blocks = 0;
	struct heap_pool *pool;

	for (size_t i = 0; i < o->areas.n_areas; i++)
		n_blocks += o->areas.areas[i].n_blocks;
	if (n_blocks > HEAP_BLOCKS_MAX)
		return -E2BIG;
	uint8_t *kinds = malloc(n_blocks);
	if (!kinds)
		return -ENOMEM;
	memset(kinds, BLOCK_FREE, n_blocks);
	fill_kinds(o, kinds);
	int error = gc_areas_fill(&o->areas, kinds, heap, &pool);
	free(kinds);
	if (error < 0)
		return error;
	pool->guessed_kinds = false;
	pool->owners = (struct block_owners){ &namer, o };
	tell(o, pool);
	if (o->ids.stack_used_bytes)
		heap->stack_used_bytes = o->ids.stack_used_bytes;
	if (o->areas.lacks)
		heap_note(heap, HEAP_AREAS_MISSING, 0);
	heap_seal(heap);
	return 0;
}
