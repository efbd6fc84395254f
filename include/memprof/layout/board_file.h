/* A board as data: its memories, and what its firmware puts into them. memprof's own boards are layouts/NAME.json
 * (docs/schema/memprof.board-1.schema.json, docs/board-files.md); those of users are read the same way. No I/O.
 *
 * A file contains only facts of its sources. Spans that the linker places anew in every build have a size but no start.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/base/number.h"
#include "memprof/base/vec.h"
#include "memprof/layout/layout.h"

#define BOARD_FILE_SCHEMA "memprof.board/1"

enum {
	BOARD_FILE_NAME_MAX_CHARS = 40,
	BOARD_FILE_TEXT_MAX_CHARS = 240, /* of a remark */
	BOARD_FILE_SOURCES_MAX = 32,
	BOARD_FILE_MEMORIES_MAX = 32,
	BOARD_FILE_SPANS_MAX = 256, /* of all memories and the partition table */
	BOARD_FILE_MAPPINGS_MAX = 16,
};

enum board_memory_kind {
	BOARD_SRAM,
	BOARD_TCM,
	BOARD_PSRAM,
	BOARD_SDRAM,
	BOARD_FLASH,
	BOARD_ROM,
	N_BOARD_MEMORY_KINDS
};
const char *board_memory_kind_name(enum board_memory_kind kind); /* as in the file: "sram" */

/* The origin of the numbers in a file. */
struct board_source {
	const char *repository, *path;
	const char *commit;  /* NULL: none */
	const char *summary; /* the facts taken from it */
};

struct board_memory {
	const char *name;
	enum board_memory_kind kind;
	const char *space; /* "cpu" or "flash" */
	uint64_t start, size_bytes;
	const char *summary; /* a remark, or NULL */
};

struct board_span {
	const char *name;
	enum span_kind kind;
	uint32_t i_memory; /* the memory around it */
	uint64_t start;    /* in the memory's space; NOT_KNOWN: the linker places it */
	uint64_t size_bytes;
	const char *summary; /* a remark, or NULL */
	bool of_partitions;  /* a row of the firmware's own partition table */
};

struct board_file {
	const char *name, *title, *maker, *mcu;
	const char *firmware;                 /* "micropython", "circuitpython", "openmv", "badgeware" */
	const char *port;                     /* the firmware's name for this family of chips */
	const char *partition_table;          /* its name; NULL: none */
	VEC(struct board_source, sources);    /* at least one */
	VEC(struct board_memory, memories);   /* at least one; those of a space do not overlap */
	VEC(struct board_span, spans);        /* completely in their memory; nested, or apart */
	VEC(struct layout_mapping, mappings); /* each onto one memory */
	struct json_document *document;       /* owns the texts */
};

/* 0; -EINVAL with file, line and column: not JSON, another schema, unknown members, invalid sizes and addresses;
 * -EFBIG; -ENOMEM. name is for messages, and must live as long as diag is used. */
int board_file_read(const char *text, size_t n_bytes, const char *name, struct board_file **ret, struct diag *diag);
void board_file_free(struct board_file *board); /* NULL is fine */

/* The sum of the memories of these kinds (a set of 1u << kind), in all spaces. */
uint64_t board_file_memory_bytes(const struct board_file *board, unsigned kinds);

/* Claims the memories and the spans in them, from "board NAME", adds the mappings, and notes on spans without an
 * address. Not the partition table: layout_board_partitions claims the one of the board's firmware if no other one is
 * given. Texts are copied. flash_bytes: the size of a flash that another input claims instead; NOT_KNOWN: the board's
 * own. */
void layout_board(struct layout *l, const struct board_file *board, uint64_t flash_bytes);
void layout_board_partitions(struct layout *l, const struct board_file *board);
/* layout_app with the app partitions of that table, by their names: "factory", "ota_0". */
void layout_board_app(struct layout *l, const struct board_file *board, uint64_t app_bytes, const char *from);
