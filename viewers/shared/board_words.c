#include "shared/board_words.h"

#include <inttypes.h>

#include "memprof/base/number.h"
#include "shared/number_words.h"

void board_name_words(struct strbuf *out, const struct board_info *b)
{
	strbuf_printf(out, "%s%s%s%s%s", b->firmware[0] ? b->firmware : "unknown firmware", b->version[0] ? " " : "",
		      b->version, b->machine[0] ? ", " : "", b->machine);
}

static void add_flash(struct strbuf *out, const struct board_info *b, const struct text_style *style)
{
	if (b->flash_bytes != NOT_KNOWN)
		strbuf_printf(out, "; flash of %s", human_words(b->flash_bytes, style).text);
	if (b->n_partitions > 0)
		strbuf_printf(out, "; %zu partition%s", b->n_partitions, b->n_partitions > 1 ? "s" : "");
	if (b->device_block_bytes == NOT_KNOWN || b->n_device_blocks > UINT32_MAX || b->device_block_bytes > UINT32_MAX)
		return;
	strbuf_printf(out, "; flash device: %s blocks", count_words(b->n_device_blocks, style).text);
	strbuf_printf(out, " of %s", exact_words(b->device_block_bytes, style).text);
	strbuf_printf(out, ", %s", human_words(b->n_device_blocks * b->device_block_bytes, style).text);
}

void board_words(struct strbuf *out, const struct board_info *b, const struct text_style *style)
{
	board_name_words(out, b);
	if (b->gc != BOARD_GC_NOT_KNOWN)
		strbuf_puts(out, b->gc == BOARD_GC_ON ? "; gc on" : "; gc OFF: nothing is ever collected");
	if (b->gc_threshold_bytes == BOARD_NO_THRESHOLD)
		strbuf_puts(out, "; no gc.threshold");
	else if (b->gc_threshold_bytes != NOT_KNOWN)
		strbuf_printf(out, "; gc.threshold %s", exact_words(b->gc_threshold_bytes, style).text);
	if (b->freq_hz != NOT_KNOWN)
		strbuf_printf(out, "; %" PRIu64 " MHz", b->freq_hz / 1000000);
	if (b->pystack_used_bytes != NOT_KNOWN)
		strbuf_printf(out, "; pystack %s", exact_words(b->pystack_used_bytes, style).text);
	if (b->unique_id[0])
		strbuf_printf(out, "; id %s", b->unique_id);
	if (b->n_modules > 0)
		strbuf_printf(out, "; %zu modules", b->n_modules);
	add_flash(out, b, style);
	for (size_t i = 0; i < b->n_filesystems; i++) {
		const struct board_filesystem *fs = &b->filesystems[i];
		strbuf_printf(out, "; %s%s%s", fs->path, fs->kind[0] ? " " : "", fs->kind);
		strbuf_printf(out, ": %s", human_words(fs->total_bytes, style).text);
		strbuf_printf(out, ", %s free", human_words(fs->free_bytes, style).text);
	}
}
