/* Claims of a board file. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/image/esp_chip.h"
#include "memprof/image/partitions.h"
#include "memprof/layout/board_file.h"
#include "resolve_parts.h"

static void claim_spans(struct layout *l, const struct board_file *board, const char *from, bool of_partitions)
{
	for (size_t i = 0; i < board->n_spans; i++) {
		const struct board_span *span = &board->spans[i];
		const struct board_memory *memory = &board->memories[span->i_memory];
		if (span->of_partitions != of_partitions)
			continue;
		if (span->start == NOT_KNOWN)
			layout_claim_unplaced(l, &(struct layout_unplaced){
							 memory->space, memory->start, memory->size_bytes, memory->name,
							 span->name, span->kind, span->size_bytes, from });
		else
			layout_claim_range(l, memory->space, span->kind, span->name, span->start, span->size_bytes,
					   from);
	}
}

/* ---- addresses of the board ---- */

/* Address windows of ESP chips onto flash and PSRAM, by pages, and second addresses of memories (ESP-IDF 5.5,
 * components/soc/CHIP/include/soc/soc.h: SOC_DROM_LOW and so on; the ESP32's SRAM1 and RTC memory as IRAM: its
 * technical reference manual, "System and Memory"). */
static const struct {
	const char *mcu;
	uint64_t start, end;
} windows[] = {
	{ "ESP32", 0x3f400000, 0x3fc00000 },    { "ESP32", 0x400a0000, 0x40400000 },
	{ "ESP32-S2", 0x3f000000, 0x3ff80000 }, { "ESP32-S2", 0x40020000, 0x40800000 },
	{ "ESP32-S3", 0x3c000000, 0x3e000000 }, { "ESP32-S3", 0x42000000, 0x44000000 },
	{ "ESP32-C2", 0x3c000000, 0x3c400000 }, { "ESP32-C2", 0x42000000, 0x42400000 },
	{ "ESP32-C3", 0x3c000000, 0x3c800000 }, { "ESP32-C3", 0x42000000, 0x42800000 },
	{ "ESP32-C6", 0x42000000, 0x43000000 }, { "ESP32-H2", 0x42000000, 0x43000000 },
};

static bool is_same_chip(const char *a, const char *b)
{
	const struct esp_chip *chip = esp_chip_by_name(a);

	return chip && chip == esp_chip_by_name(b);
}

static void add_board_ranges(struct layout *l, const struct board_file *board, uint64_t flash_bytes)
{
	for (size_t i = 0; i < board->n_memories; i++) {
		const struct board_memory *m = &board->memories[i];
		layout_add_board_range(l, m->space, m->start, m->size_bytes);
	}
	for (size_t i = 0; i < board->n_mappings; i++) {
		const struct layout_mapping *m = &board->mappings[i];
		bool of_flash = flash_bytes != NOT_KNOWN && strcmp(m->to_space, LAYOUT_FLASH) == 0;
		layout_add_board_range(l, m->space, m->start,
				       of_flash ? MAX(flash_bytes, m->size_bytes) : m->size_bytes);
	}
	for (size_t i = 0; i < ARRAY_SIZE(windows); i++)
		if (board->mcu && is_same_chip(board->mcu, windows[i].mcu))
			layout_add_board_range(l, LAYOUT_CPU, windows[i].start, windows[i].end - windows[i].start);
}

/* ---- a board ---- */

static bool is_flash(const struct board_memory *m) { return strcmp(m->space, LAYOUT_FLASH) == 0 && m->start == 0; }

/* A mapping of the board's whole flash follows the actual size of the flash. */
static uint64_t mapped_bytes(const struct board_file *board, const struct layout_mapping *m, uint64_t flash_bytes)
{
	for (size_t i = 0; i < board->n_memories && flash_bytes != NOT_KNOWN; i++)
		if (is_flash(&board->memories[i]) && strcmp(m->to_space, LAYOUT_FLASH) == 0 && m->to_start == 0 &&
		    m->size_bytes == board->memories[i].size_bytes)
			return flash_bytes;
	return m->size_bytes;
}

void layout_board(struct layout *l, const struct board_file *board, uint64_t flash_bytes)
{
	const char *from = arena_printf(&l->arena, "board %s", board->name);

	l->board = arena_printf(&l->arena, "%s", board->name);
	l->mcu = board->mcu ? arena_printf(&l->arena, "%s", board->mcu) : NULL;
	for (size_t i = 0; i < board->n_memories; i++) {
		const struct board_memory *m = &board->memories[i];
		if (flash_bytes == NOT_KNOWN || !is_flash(m))
			layout_claim_range(l, m->space, SPAN_MEMORY, m->name, m->start, m->size_bytes, from);
	}
	claim_spans(l, board, from, false);
	for (size_t i = 0; i < board->n_mappings; i++) {
		struct layout_mapping m = board->mappings[i];
		m.size_bytes = mapped_bytes(board, &m, flash_bytes);
		layout_map(l, &m);
	}
	add_board_ranges(l, board, flash_bytes);
}

void layout_board_partitions(struct layout *l, const struct board_file *board)
{
	if (board->partition_table)
		claim_spans(l, board, arena_printf(&l->arena, "%s of %s", board->partition_table, board->name), true);
}

/* The names of app partitions in the tables of ESP-IDF and MicroPython. */
static bool is_for_app(const struct board_span *span)
{
	return span->kind == SPAN_PARTITION &&
	       (strcmp(span->name, "factory") == 0 || strncmp(span->name, "ota_", 4) == 0 ||
		strncmp(span->name, "app", 3) == 0);
}

void layout_board_app(struct layout *l, const struct board_file *board, uint64_t app_bytes, const char *from)
{
	struct partition_table table = { .name = board->partition_table };

	for (size_t i = 0; i < board->n_spans && table.n_rows < PARTITIONS_MAX; i++) {
		const struct board_span *span = &board->spans[i];
		if (!span->of_partitions || !is_for_app(span))
			continue;
		struct partition *row = vec_add(&table, rows);
		if (!row) {
			l->error = -ENOMEM;
			break;
		}
		*row = (struct partition){ .type = PARTITION_TYPE_APP,
					   .offset = span->start,
					   .size_bytes = span->size_bytes,
					   .used_bytes = NOT_KNOWN };
		snprintf(row->name, sizeof(row->name), "%s", span->name);
	}
	if (board->partition_table)
		layout_app(l, &table, app_bytes, from);
	partition_table_deinit(&table);
}
