#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/viewers/view.h"
#include "shared/number_words.h"
#include "text/cut.h"

/* "MicroPython 1.25.0, Raspberry Pi Pico with RP2040" */
static void name(struct strbuf *out, const struct board_info *b, const char *indent)
{
	strbuf_puts(out, indent);
	text_clean(out, b->firmware[0] ? b->firmware : "unknown firmware");
	if (b->version[0]) {
		strbuf_putc(out, ' ');
		text_clean(out, b->version);
	}
	if (b->machine[0]) {
		strbuf_puts(out, ", ");
		text_clean(out, b->machine);
	}
	strbuf_putc(out, '\n');
}

/* "gc on; no gc.threshold; 125 MHz; id e660…", on as many lines as that takes */
static void state(struct strbuf *out, const struct board_info *b, const char *indent, const struct text_style *style)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (b->gc != BOARD_GC_NOT_KNOWN)
		strbuf_puts(&line, b->gc == BOARD_GC_ON ? "; gc on" : "; gc OFF: nothing is ever collected");
	if (b->gc_threshold_bytes == BOARD_NO_THRESHOLD)
		strbuf_puts(&line, "; no gc.threshold");
	else if (b->gc_threshold_bytes != NOT_KNOWN)
		strbuf_printf(&line, "; gc.threshold %s", exact_words(b->gc_threshold_bytes, style).text);
	if (b->freq_hz != NOT_KNOWN)
		strbuf_printf(&line, "; %" PRIu64 " MHz", b->freq_hz / 1000000);
	if (b->pystack_used_bytes != NOT_KNOWN)
		strbuf_printf(&line, "; pystack %s", exact_words(b->pystack_used_bytes, style).text);
	if (b->unique_id[0])
		strbuf_printf(&line, "; id %s", b->unique_id);
	if (b->n_modules > 0)
		strbuf_printf(&line, "; %zu modules", b->n_modules);
	if (line.n_bytes == 0)
		return;
	strbuf_puts(out, indent);
	text_wrap(out, strbuf_text(&line) + 2, strlen(indent), strlen(indent));
	strbuf_putc(out, '\n');
}

/* "/sd fat: 29.7 GiB, 12.1 GiB free" */
static void filesystem(struct strbuf *out, const struct board_filesystem *fs, const char *indent,
		       const struct text_style *style)
{
	strbuf_puts(out, indent);
	text_clean(out, fs->path);
	strbuf_printf(out, "%s%s: %s, %s free\n", fs->kind[0] ? " " : "", fs->kind,
		      human_words(fs->total_bytes, style).text, human_words(fs->free_bytes, style).text);
}

static void flash(struct strbuf *out, const struct board_info *b, const char *indent, const struct text_style *style)
{
	if (b->flash_bytes != NOT_KNOWN)
		strbuf_printf(out, "%sflash of %s\n", indent, human_words(b->flash_bytes, style).text);
	if (b->n_partitions > 0)
		strbuf_printf(out, "%s%zu partition%s\n", indent, b->n_partitions, b->n_partitions > 1 ? "s" : "");
	if (b->device_block_bytes != NOT_KNOWN && b->n_device_blocks <= UINT32_MAX &&
	    b->device_block_bytes <= UINT32_MAX)
		strbuf_printf(out, "%sflash device: %s blocks of %s, %s\n", indent,
			      count_words(b->n_device_blocks, style).text,
			      exact_words(b->device_block_bytes, style).text,
			      human_words(b->n_device_blocks * b->device_block_bytes, style).text);
}

void text_board(struct strbuf *out, const struct board_info *board, const char *indent, const struct text_style *style)
{
	name(out, board, indent);
	state(out, board, indent, style);
	flash(out, board, indent, style);
	for (size_t i = 0; i < board->n_filesystems; i++)
		filesystem(out, &board->filesystems[i], indent, style);
}
