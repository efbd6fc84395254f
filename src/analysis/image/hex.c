#include "memprof/analysis/hex.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- rows ---- */

void hex_walk_init(struct hex_walk *w, const struct memory *memory, uint64_t start, uint64_t n_bytes,
		   unsigned n_columns)
{
	*w = (struct hex_walk){ memory, start, start + n_bytes, n_columns, start };
}

/* A hole ends where bytes begin, and where another reason does. */
static int next_hole(struct hex_walk *w, uint64_t n_bytes, struct hex_row *ret)
{
	uint64_t n_same;

	ret->address = w->at;
	ret->why = memory_why(w->memory, w->at, &n_same);
	ret->n_bytes = MIN(MIN(n_bytes, n_same), w->end - w->at);
	w->at += ret->n_bytes;
	return HEX_HOLE;
}

int hex_next(struct hex_walk *w, struct hex_row *ret)
{
	if (w->at >= w->end)
		return HEX_END;
	if (w->at >= w->run_end) {
		uint64_t n_run;
		if (!memory_run(w->memory, w->at, &n_run))
			return next_hole(w, n_run, ret);
		w->run_end = w->at + MIN(n_run, w->end - w->at);
	}
	ret->address = w->at;
	ret->why = NULL;
	ret->n_bytes = MIN(w->n_columns - w->at % w->n_columns, w->run_end - w->at);
	memory_read(w->memory, w->at, ret->bytes, (size_t)ret->n_bytes);
	w->at += ret->n_bytes;
	return HEX_ROW;
}

char hex_char(uint8_t byte) { return byte >= 0x20 && byte < 0x7f ? (char)byte : '.'; }

/* ---- addresses ---- */

int hex_address_parse(const char *text, struct hex_address *ret)
{
	const char *plus = strrchr(text, '+');
	uint64_t offset = 0;

	if (text[0] >= '0' && text[0] <= '9') {
		if (number_parse(text, &offset) < 0)
			return -EINVAL;
		*ret = (struct hex_address){ NULL, 0, offset };
		return 0;
	}
	size_t n_name = strlen(text);
	if (plus && number_parse_size(plus + 1, &offset) == 0)
		n_name = (size_t)(plus - text);
	if (n_name == 0)
		return -EINVAL;
	*ret = (struct hex_address){ text, n_name, offset };
	return 0;
}

bool hex_reading(const char *text, uint64_t *ret)
{
	const char *end = text + strlen(text);

	return text < end && text[strspn(text, "0123456789")] == '\0' && number_scan_hex(text, end, ret) == end;
}

static bool called(const char *name, size_t n_name, const char *text, size_t n_text)
{
	return n_name == n_text && memcmp(name, text, n_text) == 0;
}

static bool find_area(const struct heap *heap, const char *name, size_t n_name, uint64_t *ret_start,
		      uint64_t *ret_size_bytes)
{
	char text[32];

	for (uint32_t i = 0; i < heap->n_pools; i++) {
		const struct heap_pool *pool = &heap->pools[i];
		for (uint32_t k = 0; k < pool->n_areas; k++) {
			int n = snprintf(text, sizeof(text), "%s.%" PRIu32, pool->name, k);
			if (pool->areas[k].loose || !called(name, n_name, text, (size_t)n))
				continue;
			*ret_start = pool->areas[k].base;
			*ret_size_bytes = (uint64_t)pool->areas[k].n_blocks * pool->block_bytes;
			return true;
		}
	}
	return false;
}

static bool find_object(const struct heap *heap, const char *name, size_t n_name, uint64_t *ret_start,
			uint64_t *ret_size_bytes)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_add(&text, name, n_name);
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		const struct block_owners *of = &heap->pools[i].owners;
		if (of->by && of->by->find(of->ctx, strbuf_text(&text), ret_start, ret_size_bytes))
			return true;
	}
	return false;
}

static bool find_symbol(const struct image *image, const char *name, size_t n_name, uint64_t *ret_start,
			uint64_t *ret_size_bytes)
{
	for (size_t i = 0; i < image->n_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];
		if (!called(name, n_name, s->name.text, s->name.n_bytes) &&
		    !called(name, n_name, s->linkage.text, s->linkage.n_bytes))
			continue;
		*ret_start = s->address;
		*ret_size_bytes = s->size_bytes ? s->size_bytes : NOT_KNOWN;
		return true;
	}
	for (size_t i = 0; i < image->n_values; i++) {
		const struct image_value *v = &image->values[i];
		if (!called(name, n_name, v->name.text, v->name.n_bytes))
			continue;
		*ret_start = v->value;
		*ret_size_bytes = NOT_KNOWN;
		return true;
	}
	return false;
}

static bool find_section(const struct image *image, bool load, const char *name, size_t n_name, uint64_t *ret_start,
			 uint64_t *ret_size_bytes)
{
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		if (!s->alloc || !called(name, n_name, s->name, strlen(s->name)))
			continue;
		*ret_start = load && s->lma != NOT_KNOWN ? s->lma : s->vma;
		*ret_size_bytes = s->size_bytes;
		return true;
	}
	return false;
}

bool hex_find(const struct image *image, const struct heap *heap, bool load, const char *name, size_t n_name,
	      uint64_t *ret_start, uint64_t *ret_size_bytes)
{
	return (heap && find_area(heap, name, n_name, ret_start, ret_size_bytes)) ||
	       (image && !load && find_symbol(image, name, n_name, ret_start, ret_size_bytes)) ||
	       (image && find_section(image, load, name, n_name, ret_start, ret_size_bytes)) ||
	       (heap && find_object(heap, name, n_name, ret_start, ret_size_bytes));
}
