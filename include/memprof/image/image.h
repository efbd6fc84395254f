/* What was built: a linker map, an ELF, or both of one build.
 *
 *     regions > sections > pieces, each piece of an object; symbols; what is frozen
 *
 * A reader (image_format) feeds one through the functions under "for readers"; image_settle then works out
 * what belongs where. Every byte of a section that takes memory belongs to one piece: to an object, or to one
 * of the pseudo objects (facts: GNU ld's map, section 2 of docs/maps.md).
 *
 * Texts: names of regions, sections and objects are NUL-terminated and live in the image's arena. Names of pieces
 * and symbols are slices of the input, which the caller keeps as long as the image (blob.h). All are as the input
 * has them: untrusted, not even UTF-8. */
#ifndef MEMPROF_IMAGE_H
#define MEMPROF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/arena.h"
#include "memprof/base/diag.h"
#include "memprof/base/names.h"
#include "memprof/base/number.h"
#include "memprof/base/vec.h"

#define IMAGE_NONE UINT32_MAX /* no index */

enum {
	IMAGE_PROBE_BYTES = 65536, /* enough to know any format */
	IMAGE_REGIONS_MAX = 128,   /* of one map; the largest real one has 23 */
	IMAGE_NOTES_MAX = 32,      /* more are counted only */
};

struct image_slice {
	const char *text;
	uint32_t n_bytes;
};
#define SLICE(literal) ((struct image_slice){ literal, sizeof(literal) - 1 })

struct image_region {
	const char *name;
	const char *attributes;        /* "xr!w", "" */
	uint64_t origin, length_bytes; /* NOT_KNOWN: an origin that is not told, a length without a value or limit */
	bool window;                   /* of addresses, not a capacity (ESP-IDF's iram0_2_seg, drom0_0_seg) */
	/* by image_settle: */
	uint32_t inside;         /* the smallest other region that holds it, or IMAGE_NONE */
	uint64_t used_bytes;     /* from the origin to the last byte used, as the linker counts */
	uint64_t sections_bytes; /* used = sections + gaps */
	uint64_t gaps_bytes;
	uint64_t reserved_bytes; /* of used: what only keeps room for heap and stack */
};

/* An output section. */
struct image_section {
	const char *name;
	uint64_t vma, size_bytes;
	uint64_t lma;          /* NOT_KNOWN: no other than vma was told */
	uint64_t stored_bytes; /* at lma, compressed; NOT_KNOWN: size_bytes, as they are */
	bool alloc;            /* it takes memory on the board */
	bool nobits;           /* … and none in the file: .bss */
	bool tls;              /* … of each thread, not of the region: .tbss */
	bool reserved;         /* .heap, .stack …: the link fails if less is left; no use */
	bool placeholder;      /* holds the place of bytes that count elsewhere (ESP-IDF's *_dummy) */
	bool by_elf;           /* alloc, nobits and tls are the ELF's; else by rule */
	bool exec, write;      /* by_elf only */
	/* by image_settle: */
	uint32_t region;      /* of vma, or IMAGE_NONE */
	uint32_t load_region; /* of lma, where that is another place; else IMAGE_NONE */
	uint64_t fill_bytes;
	uint64_t unattributed_bytes; /* size - pieces; 0 if the map is right */
	size_t i_piece, n_pieces;    /* of image->pieces, by address */
};

/* Bytes of a region below its highest section that belong to none. */
struct image_gap {
	uint32_t region;
	uint64_t start, size_bytes;
};

/* The objects that every image begins with: bytes that no object has. */
enum image_pseudo {
	OBJECT_MERGED, /* "*merged strings*" */
	OBJECT_FILL,   /* "*fill*" */
	OBJECT_SCRIPT, /* "*linker script*": BYTE, LONG … */
	OBJECT_LINKER, /* "*linker*" */
	N_PSEUDO_OBJECTS
};

struct image_object {
	const char *path;          /* as printed; of a member: its archive's */
	const char *member;        /* NULL: no archive */
	const char *key;           /* for comparing builds: path(member), random names of LTO made equal */
	uint64_t size_bytes;       /* in sections that take memory, reservations left out */
	const uint64_t *by_region; /* image->n_regions; a section that is copied counts in both */
};

struct image_piece {
	struct image_slice name; /* input section: ".text.gc_alloc" */
	uint32_t object;
	uint64_t address, size_bytes; /* effective */
	uint64_t before_bytes;        /* of a line: "(size before relaxing)"; NOT_KNOWN */
};

struct image_symbol {
	struct image_slice name; /* as the linker has it (mangled, with .constprop.0) */
	uint64_t address, size_bytes;
	uint32_t section, object; /* or IMAGE_NONE */
	bool estimated;           /* the size is worked out, nothing says it */
	bool local;               /* no map need name it: static, or copied from a shared library at start; of
				   * a map: its section alone names it */
	const char *file;         /* where DWARF tells: else NULL */
	uint32_t line;            /* 0: not known */
	char kind;                /* of an ELF's symbol: 'f'unction, 'o'bject; 0: not known */
};

/* A name with a value that the link gave it: __GcHeapStart, _heap_end, __flash_binary_end … */
struct image_value {
	struct image_slice name;
	uint64_t value;
};

/* A segment of an ELF that is loaded. */
struct image_segment {
	uint64_t vma, lma, file_offset, file_bytes, memory_bytes;
	bool read, write, exec;
};

struct image_frozen {
	const char *name;       /* "asyncio/core.py"; of a map alone "asyncio_core" */
	uint64_t size_bytes;    /* code, constants and tables; of a source: its text */
	uint64_t strings_bytes; /* beside that: texts of constants, merged with others; 0 in a map alone */
	bool source;            /* stored as text, compiled at import */
	bool hashed;
	uint8_t sha256[32]; /* of code, names and texts, by name of symbol: without what the link fills
			     * in; of a source: its text */
};

/* The name that mpy-tool gives a module in C: no ".py", and what C does not take is '_'. ret has room for n_bytes;
 * how many it needs. */
size_t image_frozen_mangle(char *ret, const char *name, size_t n_bytes);

struct image_qstr {
	uint64_t n_pools, n_strings;
	uint64_t tables_bytes; /* pools, lengths, hashes */
	uint64_t texts_bytes;  /* NOT_KNOWN of a map alone: they lie among the merged strings */
};

struct image {
	const char *name;   /* of the input, borrowed */
	const char *format; /* name of the image_format */
	struct arena arena;
	VEC(struct image_region, regions);
	VEC(struct image_section, sections); /* by address once settled */
	VEC(struct image_piece, pieces);
	VEC(struct image_object, objects);
	VEC(struct image_gap, gaps);       /* by region and address */
	VEC(struct image_symbol, symbols); /* by address once settled */
	VEC(struct image_value, values);
	VEC(struct image_segment, segments);
	VEC(struct image_frozen, frozen);      /* by size once settled */
	struct image_qstr qstr;                /* n_pools 0: not known */
	uint64_t discarded_bytes, n_discarded; /* input sections that the link left out */
	const char *target;                    /* "esp32s3", "EM_ARM" …; NULL: not told */
	unsigned address_bits;                 /* 32 or 64; 0: not told */
	const char *build_id;                  /* hexadecimal; NULL: none */
	const char *notes[IMAGE_NOTES_MAX];    /* what does not fit together, in whole sentences */
	uint64_t n_notes;                      /* may be more than are kept */
	bool overflowed;                       /* a region holds more than fits */
	bool relocated;                        /* position-independent (ET_DYN): it runs elsewhere than it says */
	bool has_lines;                        /* symbols have file and line where DWARF tells */
	/* of readers: */
	struct names object_names;
	VEC(struct image_piece, lines); /* of the open section, as printed */
	bool section_open;
	bool derive_symbols;     /* work their sizes out of lines; add those that only a section names */
	bool count_symbols_once; /* the map says how long they are, of aliases with each */
	bool locate_symbols;     /* the map says not where they are: by their addresses */
};

/* Not to be moved afterwards: parts of it point to others. */
void image_init(struct image *image, const char *name);
void image_deinit(struct image *image); /* safe twice, and on all-zero */

/* ---- formats ---- */

enum image_want {
	IMAGE_WANT_SYMBOLS = 1,
	IMAGE_WANT_LINES = 2, /* of symbols, from DWARF: slow */
};

struct image_format {
	const char *name; /* "gnu-ld"; json.md's input.format */
	const char *says; /* one line, at most 60 columns */
	bool in_logs;     /* it stands amid other text, anywhere: all of a text is probed for it, part by part */
	int (*probe)(const char *head, size_t n_bytes); /* 0..100: how sure; n_bytes <= IMAGE_PROBE_BYTES */
	/* Feeds the image; does not settle it. 0; -EINVAL, -ENOTSUP, -ENOMEM with diag. */
	int (*read)(struct image *image, const char *bytes, size_t n_bytes, unsigned want, struct diag *diag);
};
/* Of an ELF alone the objects are the sources that its FILE symbols name, by the bytes of their local symbols; what no
 * such symbol covers, global functions among it, is OBJECT_LINKER's, or OBJECT_FILL's if alignment explains it. */
extern const struct image_format image_gnu_ld, image_lld, image_mold, image_gold, image_armlink, image_iar, image_elf,
	image_print_memory_usage, image_size_a;
extern const struct image_format *const image_formats[]; /* NULL-terminated */

/* By content; NULL with a diag that says what it is instead, as far as that can be told. */
const struct image_format *image_format_of(const char *name, const char *bytes, size_t n_bytes, struct diag *diag);

/* What a text is that another command or option reads, with that option: a sentence; NULL: unknown, or not text (it has
 * a NUL). ret_table: it is a partition table. */
const char *image_text_hint(const char *bytes, size_t n_bytes, bool *ret_table);

/* Finds the format, reads, settles. The image is initialised here, also on failure. bytes must outlive it. */
int image_read(struct image *image, const char *name, const char *bytes, size_t n_bytes, unsigned want,
	       struct diag *diag);

/* Puts what an ELF tells into the map of the same build: kinds and sizes of sections, symbols, segments, frozen
 * modules. Where they differ a note says so. Where more than half of the sections that both have differ, or those that
 * have more than half of the bytes, or they have none in common, the ELF is of another build: nothing of it is taken,
 * the last note says so, and IMAGE_OTHER_BUILD is answered. The ELF must outlive the map. 0, that, or -ENOMEM. */
enum { IMAGE_OTHER_BUILD = 1 };
int image_join(struct image *map, const struct image *elf);

/* Whether two images, of a map or an ELF each, are of two builds: a section of the one that takes memory, and has
 * another place or size in the other. *ret is NULL if there is none. 0 or -ENOMEM. */
int image_differing(const struct image *one, const struct image *other, const struct image_section **ret);

/* ---- for readers ---- */

/* A name as printed: "path/lib.a(member.o)" becomes archive and member. IMAGE_NONE without memory. */
uint32_t image_object(struct image *image, const char *printed, size_t n_bytes);
struct image_region *image_add_region(struct image *image); /* NULL: no memory */
bool image_is_window(const char *region);                   /* by its name */
/* Opens a section, which the pieces that follow belong to. Set what is known; n_pieces is counted here. NULL without
 * memory. */
struct image_section *image_begin_section(struct image *image, const char *name, size_t n_bytes);
/* A line of the open section, in the order of the map. Sizes as printed: the rule that makes them right is
 * image_end_section's. NULL without memory. */
struct image_piece *image_add_piece(struct image *image, uint32_t object, uint64_t address, uint64_t size_bytes);
/* Closes it, by effective sizes (docs/maps.md): a line keeps at most the bytes up to the next one's address; the
 * surplus of a leader of merged strings goes to OBJECT_MERGED; holes go to OBJECT_FILL if alignment explains them,
 * wider ones to OBJECT_LINKER, as does a section without a line. vma + size must not wrap. 0 or -ENOMEM. */
int image_end_section(struct image *image);
/* A symbol of the open section, and of its last line if there is one. size NOT_KNOWN: to be worked out. */
int image_add_symbol(struct image *image, struct image_slice name, uint64_t address, uint64_t size_bytes);
int image_add_value(struct image *image, struct image_slice name, uint64_t value);
void image_note(struct image *image, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sections by address, their regions, sums. 0, -EINVAL or -ENOMEM, with diag. */
int image_settle(struct image *image, struct diag *diag);

/* ---- questions ---- */

bool image_value(const struct image *image, const char *name, uint64_t *ret); /* of values, then of symbols */
const struct image_region *image_find_region(const struct image *image, const char *name); /* or NULL */
/* The section or piece at an address, or NULL. Where regions alias, the first. O(log n). */
const struct image_section *image_section_at(const struct image *image, uint64_t address);
const struct image_piece *image_piece_at(const struct image *image, uint64_t address);
int64_t image_region_free(const struct image_region *region); /* < 0: overflowed */
/* Its name is in no section's line: others that lie in it have all there is (FLASH of stm32's scripts). Then nothing
 * tells what of it is used or free. */
bool image_region_is_shared_out(const struct image *image, uint32_t i_region);
/* What a section takes in the file or flash (load) and in memory at run time. 0 where it takes none. */
uint64_t image_section_load_bytes(const struct image_section *section);

#endif
