/* The memory of a board: address spaces with spans, nested and by address. Each input claims the spans that it
 * describes (layout_claim); layout_resolve builds the tree, finds gaps and conflicts. Pure.
 *
 * Texts are copied into the layout's arena unchanged: untrusted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/arena.h"
#include "memprof/base/names.h"
#include "memprof/base/number.h"
#include "memprof/base/vec.h"

#define LAYOUT_NONE UINT32_MAX

enum { LAYOUT_DEPTH_MAX = 12 }; /* of nested spans; deeper ones become siblings of their holders */

/* Of two spans with the same bounds the one with the smaller kind is the outer one. */
enum span_kind {
	SPAN_MEMORY, /* a chip, or a bank: "flash", "SRAM", "PSRAM" */
	SPAN_REGION, /* of a linker script or map */
	SPAN_BOOTLOADER,
	SPAN_TABLE, /* the partition table itself */
	SPAN_PARTITION,
	SPAN_FIRMWARE, /* the part of a partition or region that the image fills */
	SPAN_FILESYSTEM,
	SPAN_HEAP, /* a GC heap or an area of one */
	SPAN_STACK,
	SPAN_POOL,     /* TLSF, UMA, … */
	SPAN_RESERVED, /* reserves room only: a guard */
	SPAN_SECTION,
	N_SPAN_KINDS
};
const char *span_kind_name(enum span_kind kind); /* "memory", "partition" … */

/* Addresses of the processor. Every other space is one chip with offsets from 0: "flash". */
#define LAYOUT_CPU   "cpu"
#define LAYOUT_FLASH "flash"
#define LAYOUT_PSRAM "psram" /* by offset, where its address is another one in every build */

struct layout_claim {
	const char *space;
	uint64_t start, size_bytes;
	const char *name;
	enum span_kind kind;
	uint64_t used_bytes, free_bytes; /* NOT_KNOWN */
	const char *from;                /* the input: "partitions.csv:4", "firmware.map", "board raspberrypi-pico" */
};

struct layout_span {
	const char *space, *name;
	enum span_kind kind;
	uint64_t start, size_bytes;
	uint64_t used_bytes, free_bytes;
	uint32_t n_from;
	const char *from[6]; /* its inputs; more are left out */
	uint32_t i_space;
	/* by layout_resolve: */
	const struct layout_mapping *shown_by; /* the mapping that shows it here; NULL: claimed here */
	uint32_t depth;                        /* 0: in no other span */
	uint32_t parent, first_child, next;    /* indexes of spans, or LAYOUT_NONE; children by address */
};

static inline uint64_t layout_last(const struct layout_span *span) /* the last byte: an end may wrap */
{
	return span->start + (span->size_bytes - 1);
}

struct layout_mapping { /* space from start on shows to_space from to_start on */
	const char *space, *to_space;
	uint64_t start, size_bytes, to_start;
};

struct layout_range {
	const char *space;
	uint64_t start, size_bytes;
};

/* A partition that must hold the firmware, which may be too large for it. */
struct layout_slot {
	const char *name;
	uint64_t start, size_bytes; /* in flash */
	uint64_t app_bytes;
};

struct layout_chip { /* the chip, by an input */
	const char *name, *from;
};

struct layout_gap {
	const char *space;
	uint64_t start, size_bytes;
	uint32_t in; /* the span around it, or LAYOUT_NONE */
};

/* Claims that contradict each other. */
struct layout_conflict {
	const char *space;
	uint64_t start, size_bytes; /* size 0: no range */
	const char *between[2];     /* names; [1] may be NULL */
	const char *what;           /* a sentence */
};

/* A span without an address: the linker places it anywhere in a memory. */
struct layout_unplaced {
	const char *space;
	uint64_t start, size_bytes; /* of the memory */
	const char *memory, *name;
	enum span_kind kind;
	uint64_t wanted_bytes; /* of the span */
	const char *from;
};

struct layout_space {
	const char *name;
	uint32_t first; /* its first span of depth 0 */
};

/* Spans and gaps as a table lists them: by space, by address, outer spans first. */
struct layout_row {
	uint32_t i_space, depth;
	uint32_t span, gap; /* an index; the other is LAYOUT_NONE */
};

struct layout {
	struct arena arena;
	const char *board; /* NULL: none was named */
	const char *mcu;   /* of that board, or NULL */
	bool incomplete;   /* an input could not be read, so conflicts may be missing. Set by callers */
	VEC(struct layout_space, spaces);
	VEC(struct layout_span, spans);
	VEC(struct layout_mapping, mappings);
	VEC(struct layout_range, board_ranges); /* addresses that the board has: memories, address windows */
	VEC(struct layout_chip, chips);
	VEC(struct layout_slot, slots); /* by layout_app */
	VEC(struct layout_gap, gaps);
	VEC(struct layout_conflict, conflicts); /* those that inputs add come first */
	VEC(struct layout_unplaced, unplaced);
	VEC(const char *, notes); /* what is left out or assumed */
	VEC(struct layout_row, rows);
	int error; /* 0 or -ENOMEM: the first */
	/* private: */
	struct names texts;    /* each text once */
	struct names keys;     /* of spans, for of_key */
	VEC(uint32_t, of_key); /* the span of each key */
};

void layout_deinit(struct layout *l); /* safe twice, and on all-zero, which is an empty layout */

/* Claims with a size of 0 or NOT_KNOWN are ignored. A claim with the bounds and kind of an earlier one, and the same
 * name or none, adds its "from" and figures that were not known. Claims come in any order; one beyond the last address
 * is clipped, which is a conflict. */
void layout_claim(struct layout *l, const struct layout_claim *claim);
/* The same without figures. */
void layout_claim_range(struct layout *l, const char *space, enum span_kind kind, const char *name, uint64_t start,
			uint64_t size_bytes, const char *from);
/* A note, unless a span of that kind is claimed in that memory before layout_resolve. */
void layout_claim_unplaced(struct layout *l, const struct layout_unplaced *unplaced);
/* Ignored with a size of 0, or as a part of another mapping. */
void layout_map(struct layout *l, const struct layout_mapping *mapping);
/* other may be NULL. format: a sentence. */
void layout_conflict(struct layout *l, const struct layout_range *at, const char *one, const char *other,
		     const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Addresses that the board has: a memory, or an address window onto one. */
void layout_add_board_range(struct layout *l, const char *space, uint64_t start, uint64_t size_bytes);
void layout_chip(struct layout *l, const char *name, const char *from);
void layout_note(struct layout *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Called once, after all claims. Sorts the spans by address (flash first, then those of the processor), builds the
 * tree, and finds gaps and conflicts: overlapping spans, spans in one that cannot hold them (a section in a file
 * system), spans beyond the end of their chip; if the board's memories are known, claims of other inputs outside of all
 * of them (one conflict for each input) and other chips. A span may continue from one memory into the next one, or into
 * one that a mapping shows there.
 *
 * File systems and partitions that a mapping shows at addresses of a region become spans there too, and so do claims at
 * the other address of an SRAM. The free bytes of a region are those that neither the linker uses nor a file system,
 * heap, stack, pool or reservation takes; a region that only contains other regions has no figures.
 *
 * Gaps are found in a memory, region or partition that contains spans and lies in no span of another kind, and on a
 * chip between its outermost spans; not between chips in the processor's address space. An unplaced span becomes a
 * note, unless its memory has one of its kind. 0 or -ENOMEM. O(n log n), times regions and mappings. */
int layout_resolve(struct layout *l);

/* The free room after a firmware. */
struct layout_room_after {
	int64_t bytes;      /* < 0: the firmware extends that far into the next span */
	const char *before; /* the name of the span that ends the room */
	bool at_end;        /* by its own end: it holds the firmware */
	const char *called; /* "the file system", "the end of memory flash", in the arena */
};

/* The firmware is [start, end) in the processor's address space; a mapping may show flash there. Sections and other
 * parts of a firmware do not end the room. False: no known memory, region or partition holds its first byte. */
bool layout_find_room_after(struct layout *l, uint64_t start, uint64_t end, struct layout_room_after *ret);

/* ---- claims of inputs ---- */

struct image;
struct heap;
struct heap_pool;
struct board_info;
struct partition_table;
struct picobin_table;
struct ldscript;

/* Regions; sections at their run addresses, and at other load addresses; heap, stack and file system by the symbols of
 * ports; and if flash is seen through an address window, the window and the part of the flash that the firmware takes.
 * The image is resolved. flash_bytes: NOT_KNOWN, or the size of the flash chip: the file system that an ESP8266 has
 * behind its firmware depends on it. */
void layout_image(struct layout *l, const struct image *image, uint64_t flash_bytes);

/* A dump: the areas of Python's heap, with their use. Other pools have an address only if the firmware reports one. */
void layout_heap(struct layout *l, const struct heap *heap, const char *from);
/* A pool by figures alone: a frame buffer, a stack. False: its address or size is not known. */
bool layout_pool(struct layout *l, const struct heap_pool *pool, const char *from);

/* A partition table of ESP-IDF: bootloader, the table itself, its rows with the use by images in a dump, and
 * MicroPython's file system behind them if there is room (partition_table_vfs) and the firmware is not known to be
 * another. Its notes become notes of the layout.
 * flash_bytes NOT_KNOWN: the size of a whole flash dump, or the next power of two, with a note. */
void layout_partitions(struct layout *l, const struct partition_table *table, uint64_t flash_bytes, bool micropython);

/* A partition table of an RP2350: its partitions. */
void layout_picobin(struct layout *l, const struct picobin_table *table, const char *from);

/* The .bin of an ESP32's firmware, in the first app partition; a slot for each app partition, and a conflict for each
 * that is too small. After layout_partitions. */
void layout_app(struct layout *l, const struct partition_table *table, uint64_t app_bytes, const char *from);
/* The least size of the .bin of such a build; 0 if nothing is loaded. */
uint64_t layout_app_bytes_at_least(const struct image *image);
bool layout_image_is_esp_idf(const struct image *image);
bool layout_image_is_micropython(
	const struct image *image); /* or CircuitPython; an image without symbols may be it too */

/* The size of the flash: a memory from 0 on, or another "from" of one. */
void layout_flash(struct layout *l, uint64_t size_bytes, const char *from);

/* The flash of a live board. After all other claims: it adds the use of file systems that they have. */
void layout_live(struct layout *l, const struct board_info *board, const char *from);

/* A linker script, before a link or beside a map: regions, and heap, stack and file system if the symbols that bound
 * them are known. Unknown values become notes, as do defects. flash_bytes: as above. */
void layout_ldscript(struct layout *l, const struct ldscript *s, uint64_t flash_bytes);

/* The length of the input's name in "partitions.csv:4". */
size_t layout_from_bytes(const char *from);

/* A span in a sentence: "section .text". In the arena. */
const char *layout_call(struct layout *l, enum span_kind kind, const char *name);
