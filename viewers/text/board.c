#include <inttypes.h>
#include <string.h>

#include "memprof/number.h"
#include "memprof/text.h"
#include "memprof/view.h"

static void add(struct strbuf *out, const char *text)
{
	text_visible(out, text, strlen(text), false);
}

/* "MicroPython 1.25.0, Raspberry Pi Pico with RP2040" */
static void name(struct strbuf *out, const struct board_info *b, const char *indent)
{
	strbuf_puts(out, indent);
	add(out, b->firmware[0] ? b->firmware : "firmware");
	strbuf_putc(out, ' ');
	add(out, b->version[0] ? b->version : "of no known version");
	if (b->machine[0]) {
		strbuf_puts(out, ", ");
		add(out, b->machine);
	}
	strbuf_putc(out, '\n');
}

/* "gc on, no threshold; 125 MHz; id e660…" */
static void state(struct strbuf *out, const struct board_info *b, const char *indent)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (b->gc != BOARD_GC_NOT_KNOWN)
		strbuf_puts(&line, b->gc == BOARD_GC_ON ? "; gc on" : "; gc OFF: nothing is ever collected");
	if (b->gc_threshold_bytes == BOARD_NO_THRESHOLD)
		strbuf_puts(&line, ", no threshold");
	else if (b->gc_threshold_bytes != NOT_KNOWN)
		strbuf_printf(&line, ", threshold %" PRIu64 " B", b->gc_threshold_bytes);
	if (b->freq_hz != NOT_KNOWN)
		strbuf_printf(&line, "; %" PRIu64 " MHz", b->freq_hz / 1000000);
	if (b->pystack_used_bytes != NOT_KNOWN)
		strbuf_printf(&line, "; pystack %" PRIu64 " B", b->pystack_used_bytes);
	if (b->unique_id[0])
		strbuf_printf(&line, "; id %s", b->unique_id);
	if (b->n_modules > 0)
		strbuf_printf(&line, "; %zu modules", b->n_modules);
	if (line.n_bytes > 2)
		strbuf_printf(out, "%s%s\n", indent, strbuf_text(&line) + 2);
}

/* "/sd fat: 29.7 GiB, 12.1 GiB free" */
static void filesystem(struct strbuf *out, const struct board_filesystem *fs, const char *indent)
{
	char total[NUMBER_HUMAN_BYTES], free_bytes[NUMBER_HUMAN_BYTES];

	strbuf_puts(out, indent);
	add(out, fs->path);
	strbuf_printf(out, "%s%s: %s, %s free\n", fs->kind[0] ? " " : "", fs->kind,
		      number_human(fs->total_bytes, total), number_human(fs->free_bytes, free_bytes));
}

static void flash(struct strbuf *out, const struct board_info *b, const char *indent)
{
	char size[NUMBER_HUMAN_BYTES];

	if (b->flash_bytes != NOT_KNOWN)
		strbuf_printf(out, "%sflash of %s, %zu partitions\n", indent, number_human(b->flash_bytes, size),
			      b->n_partitions);
	if (b->device_block_bytes != NOT_KNOWN && b->n_device_blocks <= UINT32_MAX &&
	    b->device_block_bytes <= UINT32_MAX)
		strbuf_printf(out, "%sflash device: %" PRIu64 " blocks of %" PRIu64 " B, %s\n", indent,
			      b->n_device_blocks, b->device_block_bytes,
			      number_human(b->n_device_blocks * b->device_block_bytes, size));
}

void text_board(struct strbuf *out, const struct board_info *board, const char *indent)
{
	name(out, board, indent);
	state(out, board, indent);
	flash(out, board, indent);
	for (size_t i = 0; i < board->n_filesystems; i++)
		filesystem(out, &board->filesystems[i], indent);
}
