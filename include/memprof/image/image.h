/* A firmware image: a linker map, an ELF, or both of one build.
 *
 *     regions > sections > pieces, each piece of an object; symbols; frozen modules
 *
 * A reader (image_format) fills an image through the functions under "for readers"; image_resolve then computes what
 * belongs where. Every byte of a section that takes memory belongs to one piece: of an object, or of a pseudo object
 * (docs/maps.md, "Effective sizes").
 *
 * Names of regions, sections and objects are NUL-terminated and live in the image's arena. Names of pieces and symbols
 * are slices of the input, which must outlive the image (blob.h). All are as in the input: untrusted, not even UTF-8.
 */
#pragma once

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
	IMAGE_PROBE_BYTES = 65536, /* enough to detect any format */
	IMAGE_REGIONS_MAX = 256,   /* of one map; TI's scripts have one for each peripheral, 141 on an F28379D */
	IMAGE_NOTES_MAX = 32,      /* more are only counted */
};

struct image_slice {
	const char *text;
	uint32_t n_bytes;
};
#define SLICE(literal) ((struct image_slice){ literal, sizeof(literal) - 1 })

struct image_region {
	const char *name;
	const char *attributes;        /* "xr!w", "" */
	uint64_t origin, length_bytes; /* NOT_KNOWN: not in the input, or a length without a limit */
	/* by image_resolve: */
	bool window;             /* addresses at which an Espressif chip sees its flash: no capacity */
	bool nominal;            /* its length is that of all chips of its kind, in the linker's own script */
	uint32_t inside;         /* the smallest other region that contains it, or IMAGE_NONE */
	uint64_t used_bytes;     /* from the origin to the last used byte, as the linker counts */
	uint64_t sections_bytes; /* used = sections + gaps */
	uint64_t gaps_bytes;
	uint64_t reserved_bytes;    /* of used: reservations for heap and stack */
	uint64_t content_bytes;     /* used without the gaps that no alignment explains */
	uint64_t largest_gap_bytes; /* longest run of free bytes, between sections or, of a known length, behind the
				       last one */
	uint32_t behind_gap;        /* the section behind the widest of the gaps that are no content, or IMAGE_NONE */
};

/* An output section. */
struct image_section {
	const char *name;
	uint64_t vma, size_bytes;
	uint64_t lma;          /* NOT_KNOWN: the same as vma */
	uint64_t stored_bytes; /* at lma, compressed; NOT_KNOWN: size_bytes, not compressed */
	bool alloc;            /* takes memory on the board */
	bool nobits;           /* … but none in the file: .bss */
	bool tls;              /* … of each thread, not of the region: .tbss */
	bool reserved;         /* .heap, .stack …: only makes the link fail if there is less room */
	bool placeholder;      /* for bytes that count elsewhere (ESP-IDF's *_dummy) */
	bool by_elf;           /* alloc, nobits and tls come from an ELF; otherwise from the name and contents */
	bool exec, write;      /* by_elf only */
	uint64_t align_bytes;  /* 0: not known */
	/* by image_resolve: */
	bool unsure;          /* !nobits, but a map alone does not tell whether it is in the file */
	uint32_t region;      /* of vma, or IMAGE_NONE */
	uint32_t load_region; /* of lma, if it is another one; or IMAGE_NONE */
	uint64_t fill_bytes;
	uint64_t unattributed_bytes; /* size - pieces; 0 for a correct map */
	size_t i_piece, n_pieces;    /* of image->pieces, by address */
};

/* Bytes of a region between or below its sections. */
struct image_gap {
	uint32_t region;
	uint64_t start, size_bytes;
};

/* The first objects of every image, for bytes of no object. */
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
	const char *key;           /* to compare builds: path(member), without random names of LTO */
	uint64_t size_bytes;       /* in sections that take memory, without reservations */
	const uint64_t *by_region; /* image->n_regions; a section with a load copy counts in both */
};

struct image_piece {
	struct image_slice name; /* input section: ".text.gc_alloc" */
	uint32_t object;
	uint64_t address, size_bytes; /* effective */
	uint64_t before_bytes;        /* of a line: "(size before relaxing)"; NOT_KNOWN */
};

struct image_symbol {
	struct image_slice name;    /* as people write it (demangle.h), with .constprop.0 */
	struct image_slice linkage; /* as in the linker, if that is another one and the input has it; or empty */
	uint64_t address, size_bytes;
	uint32_t section, object; /* or IMAGE_NONE */
	bool estimated;           /* the size is derived from the next address */
	bool local;               /* maps need not list it: static, or copied from a shared library at start; in a
				   * map: named only by its section */
	const char *file;         /* from DWARF, or NULL */
	uint32_t line;            /* 0: not known */
	char kind;                /* of an ELF's symbol: 'f'unction, 'o'bject; 0: not known */
};

/* A name with a value from the link: __GcHeapStart, _heap_end, __flash_binary_end … */
struct image_value {
	struct image_slice name;
	uint64_t value;
};

/* Why a member of an archive is in the link: it defines the symbol that another object needed first. */
struct image_pull {
	const char *what, *by; /* paths, "lib.a(member.o)"; by NULL: the command line or the linker script */
	struct image_slice symbol;
};

/* A loaded segment of an ELF. */
struct image_segment {
	uint64_t vma, lma, file_offset, file_bytes, memory_bytes;
	bool read, write, exec;
};

struct image_frozen {
	const char *name;       /* "asyncio/core.py"; without an ELF "asyncio_core" */
	uint64_t size_bytes;    /* code, constants and tables; of a source its text */
	uint64_t strings_bytes; /* not in size_bytes: texts of constants, merged with others; 0 without an ELF */
	bool source;            /* stored as text, compiled at import */
	bool hashed;
	uint8_t sha256[32]; /* of code, names and texts, in the order of symbol names, without pointers that the
			     * link fills in; of a source its text */
};

/* The C name that mpy-tool gives a module: without ".py", and '_' for what C does not allow. ret has room for n_bytes.
 * Returns the length. */
size_t image_frozen_mangle(char *ret, const char *name, size_t n_bytes);

/* Bytes of which DWARF tells the source. */
struct image_source_range {
	uint64_t start, n_bytes;
	const char *file; /* a header, where it has code in a unit; tidied: no ".." */
	const char *unit; /* the source that was compiled, or NULL */
};

/* Code of a function that was inlined into another one; what was inlined into it in turn is part of it. */
struct image_inline {
	uint64_t start, n_bytes;
	const char *name;
};

/* A function of an ELF, with the stack that it takes and what it calls. */
struct image_function {
	struct image_slice linkage;
	uint64_t address, size_bytes;
	uint64_t frame_bytes; /* the most, with the return address; NOT_KNOWN */
	bool grows;           /* … and more, of a size that is known only when it runs */
	bool local;
	bool calls_known;         /* the input lists all its calls */
	uint32_t n_indirect;      /* calls through pointers */
	uint32_t i_call, n_calls; /* of image->calls */
};

struct image_call {
	uint32_t function; /* its number, or IMAGE_NONE: none of that name was found */
	bool tail;         /* a jump at the end: the caller's frame is gone by then */
};

struct image_qstr {
	uint64_t n_pools, n_strings;
	uint64_t tables_bytes; /* pools, lengths, hashes */
	uint64_t texts_bytes;  /* NOT_KNOWN without an ELF: they are merged with other strings */
};

struct image {
	const char *name;   /* of the input, borrowed */
	const char *format; /* name of the image_format */
	struct arena arena;
	VEC(struct image_region, regions);
	VEC(struct image_section, sections); /* by address once resolved */
	VEC(struct image_piece, pieces);
	VEC(struct image_object, objects);
	VEC(struct image_gap, gaps);       /* by region and address */
	VEC(struct image_symbol, symbols); /* by address once resolved */
	VEC(struct image_value, values);
	VEC(struct image_pull, pulls);      /* as GNU ld lists them */
	VEC(struct image_pull, references); /* of GNU ld's cross reference table: by, a path, uses a symbol of what */
	VEC(struct image_segment, segments);
	VEC(struct image_source_range, sources); /* by address; none overlap */
	VEC(struct image_inline, inlines);       /* by address; none overlap */
	VEC(struct image_function, functions);   /* by address, which each has for itself */
	VEC(struct image_call, calls);
	VEC(struct image_frozen, frozen);      /* by size once resolved */
	struct image_qstr qstr;                /* n_pools 0: not known */
	uint64_t discarded_bytes, n_discarded; /* input sections that the linker discarded */
	const char *target;                    /* "esp32s3", "arm" …; NULL: not known */
	unsigned address_bits;                 /* 32 or 64; 0: not known */
	const char *build_id;                  /* hexadecimal; NULL: none */
	const char *notes[IMAGE_NOTES_MAX];    /* inconsistencies, in sentences */
	uint64_t n_notes;                      /* may be more than IMAGE_NOTES_MAX */
	uint64_t entry;                        /* address of an ELF's entry */
	bool relocated;                        /* position-independent (ET_DYN): does not run at its addresses */
	bool has_lines;                        /* symbols have file and line, as far as DWARF has them */
	bool sources_incomplete;               /* debug information of some units is in other files */
	/* of readers: */
	struct names object_names;
	VEC(struct image_piece, lines); /* of the open section, as printed */
	bool section_open;
	bool derive_symbols;     /* derive sizes from lines, and add symbols that only a section names */
	bool count_symbols_once; /* the map has sizes, and repeats them for each alias */
	bool locate_symbols;     /* find sections and objects by the addresses */
};

/* Must not be moved afterwards: it holds pointers into itself. */
void image_init(struct image *image, const char *name);
void image_deinit(struct image *image); /* safe twice, and on all-zero */

/* ---- formats ---- */

enum image_want {
	IMAGE_WANT_SYMBOLS = 1,
	IMAGE_WANT_LINES = 2,       /* of symbols, from DWARF: slow */
	IMAGE_WANT_SOURCES = 4,     /* the same, and of which source each byte is */
	IMAGE_WANT_STACK = 8,       /* functions with their frames and calls, from call frames and DWARF */
	IMAGE_WANT_REFERENCES = 16, /* with symbols: image->references */
	IMAGE_WANT_INLINES = 32,    /* with lines: image->inlines */
};

struct image_format {
	const char *name;    /* "gnu-ld"; json.md's input.format */
	const char *summary; /* one line, at most 60 columns */
	bool in_logs;        /* may be anywhere in other text: all of it is probed, part by part */
	int (*probe)(const char *head, size_t n_bytes); /* confidence, 0..100; n_bytes <= IMAGE_PROBE_BYTES */
	/* Fills the image; image_resolve comes after. 0; -EINVAL or -ENOTSUP, with diag; -ENOMEM. */
	int (*read)(struct image *image, const char *bytes, size_t n_bytes, unsigned want, struct diag *diag);
};
/* Objects of an ELF are the sources that its FILE symbols name, with the bytes of their local symbols. Other bytes,
 * those of global functions included, belong to OBJECT_LINKER, or to OBJECT_FILL if alignment explains them. */
extern const struct image_format image_gnu_ld, image_lld, image_mold, image_gold, image_armlink, image_iar, image_elf,
	image_print_memory_usage, image_size_a, image_ti, image_cosmic, image_xc8;
extern const struct image_format *const image_formats[]; /* NULL-terminated */

/* Detected by contents; NULL with diag, which names the kind of the input if it is known. */
const struct image_format *image_format_of(const char *name, const char *bytes, size_t n_bytes, struct diag *diag);

/* Detects the format, reads, resolves. The image is initialised here, also on failure. bytes must outlive it. */
int image_read(struct image *image, const char *name, const char *bytes, size_t n_bytes, unsigned want,
	       struct diag *diag);

/* Merges the ELF of the same build into a map: kinds of sections, symbols, segments, frozen modules. Differences become
 * notes. The ELF is from another build if more than half of the common sections differ, or those with more than half of
 * the bytes, or if there are none, or if a symbol that the map prints has another address, or has more bytes than its
 * input section. Then nothing is merged, the last note reports the first difference, and IMAGE_OTHER_BUILD is returned.
 * The ELF must outlive the map. 0, IMAGE_OTHER_BUILD or -ENOMEM. */
enum { IMAGE_OTHER_BUILD = 1 };
int image_join(struct image *map, const struct image *elf);

/* Compares two images, each of a map or an ELF: *ret is a section of the one that takes memory and has another address
 * or size in the other, or NULL: they are of one build. 0 or -ENOMEM. */
int image_differing(const struct image *one, const struct image *other, const struct image_section **ret);

/* ---- for readers ---- */

/* The number of an object, added if it is new; "path/lib.a(member.o)" is split. IMAGE_NONE without memory. */
uint32_t image_object(struct image *image, const char *printed, size_t n_bytes);
/* Where the member begins, at its '(': the first behind the last slash, as a folder may be called "a(b)". 0: none. */
size_t image_member_index(const char *printed, size_t n_bytes);
struct image_region *image_add_region(struct image *image); /* NULL: no memory */
/* Opens a section, to which the next pieces belong. The caller sets what is known. NULL without memory. */
struct image_section *image_begin_section(struct image *image, const char *name, size_t n_bytes);
/* A line of the open section, in map order, with its size as printed: image_end_section computes the effective one.
 * NULL without memory. */
struct image_piece *image_add_piece(struct image *image, uint32_t object, uint64_t address, uint64_t size_bytes);
/* Closes the section, with effective sizes (docs/maps.md): a line counts at most up to the address of the next one;
 * what the leading line of merged strings has beyond its size before relaxing goes to OBJECT_MERGED; holes go to
 * OBJECT_FILL if alignment explains them, otherwise to OBJECT_LINKER, as does a section without lines. vma + size must
 * not wrap. 0 or -ENOMEM. */
int image_end_section(struct image *image);
/* A symbol of the open section, and of its last line if there is one. size_bytes NOT_KNOWN: to be derived. */
int image_add_symbol(struct image *image, struct image_slice name, uint64_t address, uint64_t size_bytes);
int image_add_value(struct image *image, struct image_slice name, uint64_t value);
void image_note(struct image *image, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sections by address, their regions, sums. 0, -EINVAL or -ENOMEM, with diag. */
int image_resolve(struct image *image, struct diag *diag);

/* ---- questions ---- */

bool image_value(const struct image *image, const char *name, uint64_t *ret); /* of a value, or of a symbol */
const struct image_region *image_find_region(const struct image *image, const char *name); /* or NULL */
/* The section or piece at an address, or NULL. The first one where sections share addresses. O(log n). */
const struct image_section *image_section_at(const struct image *image, uint64_t address);
const struct image_piece *image_piece_at(const struct image *image, uint64_t address);
const struct image_piece *image_piece_in(const struct image *image, const struct image_section *section,
					 uint64_t address);
/* The number of the function that begins at an address, or IMAGE_NONE; its symbol, or NULL. */
uint32_t image_function_at(const struct image *image, uint64_t address);
const struct image_symbol *image_function_symbol(const struct image *image, const struct image_function *function);
int64_t image_region_free(const struct image_region *region); /* behind the last section; < 0: overflowed */
/* What nothing takes, behind the last section and in gaps; < 0: overflowed. The length is known. */
int64_t image_region_room(const struct image_region *region);
/* The most bytes that alignment leaves out before an address; align_bytes 0: not known, so what the address allows. */
uint64_t image_padding_max(uint64_t address, uint64_t align_bytes);
/* What the attributes of a region allow: "xr!w" and "rx" reading; "" tells nothing. */
enum image_access { IMAGE_ACCESS_READ, IMAGE_ACCESS_NOT_KNOWN, IMAGE_ACCESS_WRITE };
enum image_access image_access_of(const char *attributes);
/* A region without sections of its own, which only contains other regions (FLASH in stm32's scripts): its use is not
 * known. */
bool image_region_is_shared_out(const struct image *image, uint32_t i_region);
/* The bytes of a section in the file or flash; 0: none. */
uint64_t image_section_load_bytes(const struct image_section *section);
