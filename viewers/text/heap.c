#include "text/parts.h"

#include <inttypes.h>

#include "memprof/base/number.h"
#include "text/column.h"

/* What is counted has no such column beside it where the board says nothing at all. */
#define NOT_SHOWN (NOT_KNOWN - 1)
static uint64_t beside(const struct heap_reported *all, uint64_t reported)
{
	return all->total_bytes == NOT_KNOWN ? NOT_SHOWN : reported;
}

/* Plain mem_info() counts it in blocks, and does not tell their size. */
static void say_blocks(struct strbuf *out, const struct pool_report *r, const struct text_style *style)
{
	uint64_t blocks = r->pool->reported.max_free_blocks;

	if (r->state.lfb_bytes == NOT_KNOWN && r->pool->block_bytes == 0 && blocks <= NOT_KNOWN / 64)
		strbuf_printf(out, "    %s blocks: %s if a block has 16 B, as on 32-bit boards\n",
			      count_words(blocks, style).text, exact_words(blocks * 16, style).text);
}

static void say_size(struct strbuf *out, const char *name, uint64_t bytes, uint32_t block_bytes, uint64_t reported,
		     bool always, const struct text_style *style)
{
	if (!always && bytes == 0)
		return;
	strbuf_printf(out, "  %-22s", name);
	text_size(out, 12, bytes, style);
	text_count(out, 10, bytes == NOT_KNOWN || block_bytes == 0 ? NOT_KNOWN : bytes / block_bytes, style);
	if (reported != NOT_SHOWN && (reported != NOT_KNOWN || always))
		text_size(out, 17, reported, style);
	strbuf_putc(out, '\n');
}

void text_heap(struct strbuf *out, const struct pool_report *r, const struct heap *heap, const struct text_style *style)
{
	const struct heap_reported *reported = &r->pool->reported;
	uint32_t block_bytes = r->pool->block_bytes;
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&title, "HEAP %s", r->pool->name);
	if (r->pool->n_areas == 1 && r->pool->areas[0].loose)
		strbuf_puts(&title, " (address not told)");
	else if (r->pool->n_areas == 1)
		strbuf_printf(&title, " at 0x%" PRIx64, r->pool->areas[0].base);
	else if (r->pool->n_areas == 0 && r->pool->start != NOT_KNOWN)
		strbuf_printf(&title, " at 0x%" PRIx64, r->pool->start);
	else if (r->pool->n_areas > 1)
		strbuf_printf(&title, " in %" PRIu32 " areas", r->pool->n_areas);
	strbuf_repeat(&title, " ", title.n_bytes < 31 ? 31 - title.n_bytes : 1);
	text_in_role(out, style, ROLE_HEAD, strbuf_text(&title));
	text_size_head(out, style,
		       reported->total_bytes == NOT_KNOWN ? "bytes    blocks\n" : "bytes    blocks   the board says\n");
	say_size(out, "size", r->state.total_bytes, block_bytes, beside(reported, reported->total_bytes), true, style);
	say_size(out, "used", r->state.used_bytes, block_bytes, beside(reported, reported->used_bytes), true, style);
	say_size(out, "free", r->state.free_bytes, block_bytes, beside(reported, reported->free_bytes), true, style);
	say_size(out, "overhead", r->overhead_bytes, block_bytes, NOT_KNOWN, false, style);
	say_size(out, "unknown", r->unknown_bytes, block_bytes, NOT_KNOWN, false, style);
	say_size(out, "largest free (LFB)", r->state.lfb_bytes, block_bytes,
		 beside(reported, reported->max_free_blocks > NOT_KNOWN / 64 || block_bytes == 0 ?
					  NOT_KNOWN :
					  reported->max_free_blocks * block_bytes),
		 true, style);
	say_blocks(out, r, style);
	if (r->state.fragmentation >= 0)
		strbuf_printf(out, "  %-22s%12.2f             1 - LFB / free%s\n", "fragmentation",
			      r->state.fragmentation, r->pool->n_areas > 1 ? " within areas" : "");
	if (r->has_table) {
		strbuf_printf(out, "  %-22s", "objects");
		text_count(out, 12, r->counts.n_objects, style);
		strbuf_printf(out, "             one block: %s, two: %s\n", count_words(r->counts.n_one, style).text,
			      count_words(r->counts.n_two, style).text);
		say_size(out, "largest object", (uint64_t)r->counts.max_object * block_bytes, block_bytes,
			 beside(reported, reported->max_block_blocks > NOT_KNOWN / 64 ?
						  NOT_KNOWN :
						  reported->max_block_blocks * block_bytes),
			 true, style);
		if (r->pool->n_finalisers != NOT_KNOWN) {
			strbuf_printf(out, "  %-22s", "with a finaliser");
			text_count(out, 12, r->pool->n_finalisers, style);
			strbuf_putc(out, '\n');
		}
	}
	say_size(out, "largest that succeeds",
		 reported->largest_fit_bytes == NOT_KNOWN ? 0 : reported->largest_fit_bytes, 0, NOT_KNOWN, false,
		 style);
	say_size(out, "most ever used", reported->peak_bytes == NOT_KNOWN ? 0 : reported->peak_bytes, 0, NOT_KNOWN,
		 false, style);
	if (reported->peak_bytes == NOT_KNOWN && reported->least_free_bytes != NOT_KNOWN)
		say_size(out, "least ever free", reported->least_free_bytes, 0, NOT_KNOWN, false, style);
	if (reported->max_new_split_bytes != NOT_KNOWN)
		say_size(out, "may still grow by", reported->max_new_split_bytes, 0, NOT_KNOWN, false, style);
	if (heap->stack_used_bytes != NOT_KNOWN) {
		strbuf_printf(out, "  %-22s", "C stack used");
		text_size(out, 12, heap->stack_used_bytes, style);
		if (heap->stack_limit_bytes != NOT_KNOWN)
			strbuf_printf(out, "             of %s", figure_words(heap->stack_limit_bytes, style).text);
		strbuf_putc(out, '\n');
	}
	if (heap->qstr.n_pools != NOT_KNOWN) {
		strbuf_printf(out, "  %-22s", "interned strings");
		text_size(out, 12, heap->qstr.total_bytes, style);
		strbuf_printf(out, "             %s strings in RAM\n", count_words(heap->qstr.n_strings, style).text);
	}
}

void text_areas(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style)
{
	if (pool->n_areas < 2)
		return;
	strbuf_puts(out, style->sizes == SIZES_HUMAN ?
				 "\n  area        start                 size        free         LFB\n" :
				 "\n  area        start                bytes        free         LFB\n");
	for (uint32_t i = 0; i < pool->n_areas; i++) {
		struct area_counts c = { 0 };
		uint64_t size = pool->block_bytes;
		if (i == 16 && pool->n_areas > 17) {
			strbuf_printf(out, "  [%s others]\n", count_words(pool->n_areas - i, style).text);
			break;
		}
		area_count(&pool->areas[i], &c);
		strbuf_printf(out, "  %s.%-8" PRIu32 " ", pool->name, i);
		if (pool->areas[i].loose)
			strbuf_printf(out, "%-14s", "not told");
		else
			strbuf_printf(out, "0x%-12" PRIx64, pool->areas[i].base);
		const char *memory = heap_memory_name(pool->areas[i].memory);
		text_size(out, 12, pool->areas[i].n_blocks * size, style);
		text_size(out, 12, c.n_free * size, style);
		text_size(out, 12, c.max_free * size, style);
		strbuf_printf(out, "%s%s\n", memory ? "  " : "", memory ? memory : "");
	}
}
