/* A board as data: which memories it has, where they lie, and what its firmware puts into them. The boards that
 * memprof brings along are layouts/NAME.json (docs/schema/memprof.board-1.schema.json, docs/board-files.md); a
 * user's own are read the same way. No I/O here.
 *
 * A file says only what its sources say. What the linker places anew in every build has a size but no start. */
#ifndef MEMPROF_BOARD_FILE_H
#define MEMPROF_BOARD_FILE_H

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
	BOARD_FILE_TEXT_MAX_CHARS = 240, /* of what is said about a thing */
	BOARD_FILE_SOURCES_MAX = 32,
	BOARD_FILE_MEMORIES_MAX = 32,
	BOARD_FILE_SPANS_MAX = 256, /* of all memories, and of the partition table */
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

/* Where the numbers of a file come from. */
struct board_source {
	const char *repository, *path;
	const char *commit; /* NULL: not told */
	const char *says;   /* what was taken from it */
};

struct board_memory {
	const char *name;
	enum board_memory_kind kind;
	const char *space; /* "cpu" or "flash" */
	uint64_t start, size_bytes;
	const char *says; /* NULL: nothing */
};

struct board_span {
	const char *name;
	enum span_kind kind;
	uint32_t i_memory; /* which of the memories it lies in */
	uint64_t start;    /* in the memory's space; NOT_KNOWN: the linker places it */
	uint64_t size_bytes;
	const char *says;   /* NULL: nothing */
	bool of_partitions; /* a row of the firmware's own partition table */
};

struct board_file {
	const char *name, *title, *maker, *mcu;
	const char *firmware;                 /* "micropython", "circuitpython", "openmv", "badgeware" */
	const char *port;                     /* the firmware's name for this family of chips */
	const char *partition_table;          /* the name of that table; NULL: it has none */
	VEC(struct board_source, sources);    /* one at least */
	VEC(struct board_memory, memories);   /* one at least; those of a space do not overlap */
	VEC(struct board_span, spans);        /* whole in their memory; nested, or apart */
	VEC(struct layout_mapping, mappings); /* onto one memory each */
	struct json_document *document;       /* has the texts */
};

/* 0; -EINVAL with file, line and column: no JSON, another schema, members that are not known, sizes and addresses
 * that are none or do not fit; -EFBIG; -ENOMEM. name is for messages, and lives as long as diag is used. */
int board_file_read(const char *text, size_t n_bytes, const char *name, struct board_file **ret, struct diag *diag);
void board_file_free(struct board_file *board); /* NULL is fine */

/* How much memory of these kinds it has (a set of 1u << kind), whatever the space. */
uint64_t board_file_memory_bytes(const struct board_file *board, unsigned kinds);

/* Claims the memories and what lies in them, "from" the board's name; tells its mappings; notes what has no place.
 * Without the partition table: of a board that has one, layout_board_partitions claims what its firmware brings
 * along, which is for when no other table is known. Texts are copied. flash_bytes: of a flash that somebody else
 * claims instead of the board's; NOT_KNOWN: the board's own. */
void layout_board(struct layout *l, const struct board_file *board, uint64_t flash_bytes);
void layout_board_partitions(struct layout *l, const struct board_file *board);
/* layout_app with the app partitions of that table, known by their names: "factory", "ota_0". */
void layout_board_app(struct layout *l, const struct board_file *board, uint64_t app_bytes, const char *from);

#endif
