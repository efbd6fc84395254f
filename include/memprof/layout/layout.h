/* The memory of a board: address spaces, and in each the spans that inputs tell of, nested and in the order of
 * their addresses. Whoever knows something claims a span (layout_claim); layout_settle makes the tree, names gaps
 * and finds what does not fit together. Pure.
 *
 * Texts are copied into the layout's arena, as they are: untrusted. */
#ifndef MEMPROF_LAYOUT_H
#define MEMPROF_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/arena.h"
#include "memprof/base/names.h"
#include "memprof/base/number.h"
#include "memprof/base/vec.h"

#define LAYOUT_NONE UINT32_MAX

enum { LAYOUT_DEPTH_MAX = 12 }; /* of spans in spans; what lies deeper stands beside what holds it */

/* What a span is. Of two with the same bounds the one with the smaller number is outside. */
enum span_kind {
	SPAN_MEMORY, /* a chip, or a bank: "flash", "SRAM", "PSRAM" */
	SPAN_REGION, /* of a linker script or map */
	SPAN_BOOTLOADER,
	SPAN_TABLE, /* the partition table itself */
	SPAN_PARTITION,
	SPAN_FIRMWARE, /* what of a partition or region the image fills */
	SPAN_FILESYSTEM,
	SPAN_HEAP, /* where a GC heap or an area of one lies */
	SPAN_STACK,
	SPAN_POOL,     /* TLSF, UMA, … */
	SPAN_RESERVED, /* only keeps room: a guard */
	SPAN_SECTION,
	N_SPAN_KINDS
};
const char *span_kind_name(enum span_kind kind); /* "memory", "partition" … */

/* Addresses of the processor. Every other space is one chip, counted from 0: "flash". */
#define LAYOUT_CPU   "cpu"
#define LAYOUT_FLASH "flash"

struct layout_claim {
	const char *space;
	uint64_t start, size_bytes;
	const char *name;
	enum span_kind kind;
	uint64_t used_bytes, free_bytes; /* NOT_KNOWN */
	const char *from;                /* who says so: "partitions.csv:4", "firmware.map", "the board" */
};

struct layout_span {
	const char *space, *name;
	enum span_kind kind;
	uint64_t start, size_bytes;
	uint64_t used_bytes, free_bytes;
	uint32_t n_from;
	const char *from[6]; /* all that said it; more are left out */
	uint32_t i_space;
	/* by layout_settle: */
	const struct layout_mapping *shown_by; /* of another space, and shown here too; NULL: claimed here */
	uint32_t depth;                        /* 0: it lies in no other */
	uint32_t parent, first_child, next;    /* indexes of spans, or LAYOUT_NONE; children by address */
};

static inline uint64_t layout_last(const struct layout_span *span) /* its last byte: an end may wrap */
{
	return span->start + (span->size_bytes - 1);
}

struct layout_mapping { /* "space" from start on shows "to_space" from to_start on */
	const char *space, *to_space;
	uint64_t start, size_bytes, to_start;
};

/* What a board has there, or may have: a memory, a window of addresses through which one is seen. */
struct layout_room {
	const char *space;
	uint64_t start, size_bytes;
};

/* A partition that must hold the firmware, and how large that is: more than fits, perhaps. */
struct layout_slot {
	const char *name;
	uint64_t start, size_bytes; /* in flash */
	uint64_t app_bytes;
};

struct layout_chip { /* what an input says that the chip is */
	const char *name, *from;
};

struct layout_gap {
	const char *space;
	uint64_t start, size_bytes;
	uint32_t in; /* the span it lies in, or LAYOUT_NONE */
};

/* What does not fit together. */
struct layout_conflict {
	const char *space;
	uint64_t start, size_bytes; /* size 0: no place of its own */
	const char *between[2];     /* names; [1] may be NULL */
	const char *what;           /* a whole sentence */
};

/* What has no place yet: the link gives it one, anywhere in a memory. */
struct layout_unplaced {
	const char *space;
	uint64_t start, size_bytes; /* of the memory */
	const char *memory, *name;
	enum span_kind kind;
	uint64_t wanted_bytes; /* of what is placed there */
	const char *from;
};

struct layout_space {
	const char *name;
	uint32_t first; /* its first span that lies in no other */
};

/* Spans and gaps as a table shows them: by space, by address, what is outside first. */
struct layout_row {
	uint32_t i_space, depth;
	uint32_t span, gap; /* the index of the one; the other is LAYOUT_NONE */
};

struct layout {
	struct arena arena;
	const char *board; /* NULL: none was named */
	const char *mcu;   /* of that board, or NULL */
	bool incomplete;   /* an input could not be read: what does not fit it is not known. Set by callers */
	VEC(struct layout_space, spaces);
	VEC(struct layout_span, spans);
	VEC(struct layout_mapping, mappings);
	VEC(struct layout_room, rooms); /* of the board */
	VEC(struct layout_chip, chips);
	VEC(struct layout_slot, slots); /* of layout_app */
	VEC(struct layout_gap, gaps);
	VEC(struct layout_conflict, conflicts); /* those told by layout_conflict come first */
	VEC(struct layout_unplaced, unplaced);
	VEC(const char *, notes); /* what was left out, or taken for granted */
	VEC(struct layout_row, rows);
	int error; /* 0 or -ENOMEM: the first */
	/* private: */
	struct names texts; /* each text once */
	struct names keys;  /* what a claim is about; of each its span: */
	VEC(uint32_t, of_key);
};

void layout_deinit(struct layout *l); /* safe twice, and on all-zero, which is an empty layout */

/* A span of size 0 or NOT_KNOWN is left out. One that is there already, with the same bounds and kind, and the
 * same name or none, gets another "from", and the figures that are new. Neither check nor order is asked of
 * callers; what goes beyond the end of all addresses is cut there, and a conflict. */
void layout_claim(struct layout *l, const struct layout_claim *claim);
/* A note, unless a span of that kind and name is claimed there before layout_settle. */
void layout_claim_unplaced(struct layout *l, const struct layout_unplaced *unplaced);
/* What shows a part of what another one shows is that one. Of size 0: left out. */
void layout_map(struct layout *l, const struct layout_mapping *mapping);
void layout_conflict(struct layout *l, const struct layout_conflict *conflict);
void layout_room(struct layout *l, const struct layout_room *room);
void layout_chip(struct layout *l, const char *name, const char *from);
void layout_note(struct layout *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Once, when all is claimed: puts the spans in the order of their addresses (flash first, then the processor's),
 * makes the tree, names the gaps, and finds what does not fit together: spans that lie across each other, spans in
 * one that cannot hold them (a section in a file system), and those beyond the end of their chip; and where a board's
 * memories are known, what other inputs claim outside all of them (once for each input), and chips that are not the
 * board's. A span may go on from one memory into the next, and into one that is seen there by a mapping.
 *
 * File systems and partitions that are seen at addresses of a region become spans there too, and so does what the other
 * address of an SRAM claims; then gaps are what nobody has. What a region has free is what neither the linker uses nor
 * a file system, heap, stack, pool or reservation takes; one that only holds other regions has no figures.
 *
 * Gaps are named where a memory, a region or a partition holds others and lies in no span of another kind, and on a
 * chip between its outermost spans; not between chips that the processor sees. Unplaced room without a span of its kind
 * in its memory becomes a note. 0 or -ENOMEM. O(n log n), times regions and mappings. */
int layout_settle(struct layout *l);

/* What is left behind a firmware, up to what comes next. */
struct layout_left {
	int64_t bytes;      /* < 0: by so many the firmware goes into that */
	const char *before; /* the span that ends the room: its name */
	bool at_end;        /* … by its own end, as the firmware lies in it */
	const char *called; /* "the file system", "the end of memory flash", in the arena */
};

/* The firmware is [start, end) of the processor's addresses, or of the flash that a mapping shows there. False if no
 * memory, region or partition is known that holds its first byte. Sections and what else lies in the firmware do not.
 */
bool layout_left_behind(struct layout *l, uint64_t start, uint64_t end, struct layout_left *ret);

/* ---- who knows something ---- */

struct image;
struct heap;
struct event_pool;
struct board_info;
struct partition_table;
struct picobin_table;
struct ldscript;

/* What was built: its regions, its sections where they run, and where they are loaded from if that is elsewhere;
 * heap, stack and file system by the symbols that ports have for them; and where flash is seen through a window of
 * addresses, the window and how much of the flash the firmware takes. The image is settled. */
void layout_image(struct layout *l, const struct image *image);

/* A dump: the areas of Python's heap, with what is used of them. Other heaps have an address only where the firmware
 * tells one. */
void layout_heap(struct layout *l, const struct heap *heap, const char *from);
void layout_pool(struct layout *l, const struct event_pool *pool, const char *from);

/* A partition table of ESP-IDF: boot loader, the table itself, its rows with what an image in a dump uses of them, and
 * MicroPython's file system behind them, if the table leaves it room (partition_table_vfs). Its notes become the
 * layout's. flash_bytes may be NOT_KNOWN: then it is that of a dump of all the flash, or taken to be a power of two,
 * and a note says so. */
void layout_partitions(struct layout *l, const struct partition_table *table, uint64_t flash_bytes);

/* A partition table of an RP2350: its partitions. */
void layout_picobin(struct layout *l, const struct picobin_table *table, const char *from);

/* An ESP32's firmware, whose .bin has so many bytes, in the first app partition; a slot for each app partition, and a
 * conflict for each that it does not fit into. After layout_partitions. */
void layout_app(struct layout *l, const struct partition_table *table, uint64_t app_bytes, const char *from);
/* What the .bin of such a build has at least; 0 if nothing of it is loaded. */
uint64_t layout_app_bytes_at_least(const struct image *image);
bool layout_image_is_esp_idf(const struct image *image);

/* How large the flash is: a memory from 0 on, or another "from" of one that is there. */
void layout_flash(struct layout *l, uint64_t size_bytes, const char *from);

/* What a live board says of its flash. After all other claims: use of a file system is filled in where they say that
 * there is one. */
void layout_live(struct layout *l, const struct board_info *board, const char *from);

/* A linker script, before anything is linked or beside a map: its regions, and heap, stack and file system where the
 * symbols that bound them are known. What is not known becomes a note, as do defects and ASSERTs that fail. */
void layout_ldscript(struct layout *l, const struct ldscript *s);

/* Without the line: how much of "partitions.csv:4" is the input's name. */
size_t layout_from_bytes(const char *from);

/* What a sentence calls a span: "section .text". In the arena. */
const char *layout_call(struct layout *l, enum span_kind kind, const char *name);

#endif
