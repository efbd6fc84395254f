#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/viewers/board_view.h"
#include "memprof/viewers/view.h"

#define BIT(kind) (1u << (kind))
enum { COLUMNS = 80 };

/* As in a board's file, and exact: "37.5M", "1408K", "256". */
static const char *short_size(uint64_t size_bytes, char ret[NUMBER_HUMAN_BYTES])
{
	uint64_t whole = size_bytes >> 20;

	if (whole > 0 && size_bytes % (1u << 19) == 0)
		snprintf(ret, NUMBER_HUMAN_BYTES, "%" PRIu64 "%sM", whole, size_bytes % (1u << 20) ? ".5" : "");
	else if (size_bytes % 1024 == 0)
		snprintf(ret, NUMBER_HUMAN_BYTES, "%" PRIu64 "K", size_bytes / 1024);
	else
		snprintf(ret, NUMBER_HUMAN_BYTES, "%" PRIu64, size_bytes);
	return ret;
}

/* Lines of at most COLUMNS, broken between words. */
static void sentence(struct strbuf *out, const char *text, size_t indent)
{
	size_t column = indent;

	strbuf_repeat(out, " ", indent);
	while (*text) {
		size_t n = strcspn(text, " ");
		if (column > indent && column + 1 + n > COLUMNS) {
			strbuf_putc(out, '\n');
			strbuf_repeat(out, " ", indent);
			column = indent;
		} else if (column > indent) {
			strbuf_putc(out, ' ');
			column++;
		}
		strbuf_add(out, text, n);
		column += n;
		text += n + (text[n] == ' ');
	}
	strbuf_putc(out, '\n');
}

/* ---- the list ---- */

void text_board_row(struct strbuf *out, const struct board_file *board, size_t n, const struct text_style *style)
{
	static const unsigned kinds[] = { BIT(BOARD_FLASH), BIT(BOARD_SRAM) | BIT(BOARD_TCM),
					  BIT(BOARD_PSRAM) | BIT(BOARD_SDRAM) };
	char size[NUMBER_HUMAN_BYTES];

	if (n == 0)
		text_in_role(out, style, ROLE_HEAD,
			     "BOARD                     MCU         FLASH   RAM    EXT  CALLED\n");
	strbuf_printf(out, "%-25s %-11s", board->name, board->mcu);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		uint64_t size_bytes = board_file_memory_bytes(board, kinds[i]);
		strbuf_printf(out, " %5s", size_bytes ? short_size(size_bytes, size) : "-");
	}
	strbuf_printf(out, "  %s\n", board->title);
}

void text_board_list_end(struct strbuf *out)
{
	strbuf_puts(out, "\nRAM: what the chip itself has; EXT: RAM in chips of its own, PSRAM or SDRAM\n");
}

/* ---- one board ---- */

static void line(struct strbuf *out, const char *indent, const char *name, uint64_t start, uint64_t size_bytes,
		 const char *what)
{
	char size[NUMBER_HUMAN_BYTES], address[24] = "somewhere";

	if (start != NOT_KNOWN)
		snprintf(address, sizeof(address), "0x%08" PRIx64, start);
	strbuf_printf(out, "%s%-*s %-10s %8s  %s\n", indent, 26 - (int)strlen(indent), name, address,
		      short_size(size_bytes, size), what);
}

static void spans_of(struct strbuf *out, const struct board_file *board, uint32_t i_memory, bool of_partitions)
{
	for (size_t i = 0; i < board->n_spans; i++) {
		const struct board_span *span = &board->spans[i];
		if (span->i_memory != i_memory || span->of_partitions != of_partitions)
			continue;
		line(out, "  ", span->name, span->start, span->size_bytes, span_kind_name(span->kind));
		if (span->summary)
			sentence(out, span->summary, 4);
	}
}

static bool has_rows(const struct board_file *board, uint32_t i_memory)
{
	for (size_t i = 0; i < board->n_spans; i++)
		if (board->spans[i].i_memory == i_memory && board->spans[i].of_partitions)
			return true;
	return false;
}

static void memory_of(struct strbuf *out, const struct board_file *board, uint32_t i_memory)
{
	const struct board_memory *memory = &board->memories[i_memory];
	const char *kind = board_memory_kind_name(memory->kind);

	line(out, "", memory->name, memory->start, memory->size_bytes,
	     strcmp(memory->space, LAYOUT_FLASH) == 0 ? "flash chip, by offset" :
	     strcmp(memory->space, LAYOUT_PSRAM) == 0 ? "psram chip, by offset" :
							kind);
	if (memory->summary)
		sentence(out, memory->summary, 2);
	spans_of(out, board, i_memory, false);
	if (!has_rows(board, i_memory))
		return;
	strbuf_printf(out, "  with the firmware's own %s:\n", board->partition_table);
	spans_of(out, board, i_memory, true);
}

static void mappings_of(struct strbuf *out, const struct board_file *board)
{
	char size[NUMBER_HUMAN_BYTES];

	for (size_t i = 0; i < board->n_mappings; i++) {
		const struct layout_mapping *m = &board->mappings[i];
		const char *to = strcmp(m->to_space, LAYOUT_CPU) == 0 ? "" : m->to_space;
		strbuf_printf(out, "%s 0x%08" PRIx64 " shows %s of %s%s0x%08" PRIx64 "\n", m->space, m->start,
			      short_size(m->size_bytes, size), to, *to ? " " : "", m->to_start);
	}
}

void text_board_file(struct strbuf *out, const struct board_file *board, const struct text_style *style)
{
	text_role(out, style, ROLE_HEAD);
	strbuf_printf(out, "%s: %s %s", board->name, board->maker, board->title);
	text_role(out, style, ROLE_PLAIN);
	strbuf_printf(out, "\n%s, %s, port %s\n\n", board->mcu, board->firmware, board->port);
	text_in_role(out, style, ROLE_HEAD, "NAME                       START          SIZE  KIND\n");
	for (uint32_t i = 0; i < board->n_memories; i++)
		memory_of(out, board, i);
	if (board->n_mappings > 0) {
		strbuf_putc(out, '\n');
		mappings_of(out, board);
	}
	strbuf_putc(out, '\n');
	text_in_role(out, style, ROLE_HEAD, "SOURCES\n");
	for (size_t i = 0; i < board->n_sources; i++) {
		const struct board_source *s = &board->sources[i];
		strbuf_printf(out, "%s%s%.10s\n", s->repository, s->commit ? " at " : "", s->commit ? s->commit : "");
		strbuf_printf(out, "  %s\n", s->path);
		sentence(out, s->summary, 4);
	}
}
