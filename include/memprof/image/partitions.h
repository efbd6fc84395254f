/* Partition tables of ESP-IDF: partitions.csv, the binary table made from it, and flash dumps with one. Rows are placed
 * and checked as by ESP-IDF's own generator (gen_esp32part.py 1.5, July 2026): what it refuses is refused, with the
 * place and the rule; what it warns of, or silently accepts though hardly meant, becomes a note. Pure.
 *
 * Names are untrusted. A table has at most PARTITIONS_MAX rows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/arena.h"
#include "memprof/base/diag.h"
#include "memprof/base/number.h"
#include "memprof/base/vec.h"
#include "memprof/image/esp_chip.h"

enum {
	PARTITION_NAME_BYTES = 16,
	PARTITIONS_MAX = 95, /* in a binary table without an MD5; 94 with one */
	PARTITION_NOTES_MAX = 4 * PARTITIONS_MAX + 8,
	PARTITION_TABLE_BYTES = 0xC00, /* of its sector, for entries */
	PARTITION_SECTOR_BYTES = 0x1000,
	PARTITION_APP_ALIGN_BYTES = 0x10000, /* pages of the MMU */
	PARTITION_TABLE_OFFSET = 0x8000,     /* CONFIG_PARTITION_TABLE_OFFSET unless set */
	PARTITION_CSV_MAX_BYTES = 1 << 20,
};

enum {
	PARTITION_TYPE_APP = 0,
	PARTITION_TYPE_DATA = 1,
	PARTITION_TYPE_BOOTLOADER = 2,
	PARTITION_TYPE_TABLE = 3,
	PARTITION_TYPE_CUSTOM = 0x40, /* and above */
};
enum {
	PARTITION_APP_FACTORY = 0x00,
	PARTITION_APP_OTA_0 = 0x10,
	PARTITION_APP_OTA_15 = 0x1f,
	PARTITION_APP_TEE_0 = 0x30,
	PARTITION_APP_TEE_1 = 0x31,
	PARTITION_DATA_OTA = 0x00,
	PARTITION_DATA_NVS = 0x02,
	PARTITION_DATA_COREDUMP = 0x03,
	PARTITION_DATA_UNDEFINED = 0x06,
	PARTITION_DATA_TEE_OTA = 0x90,
	PARTITION_PRIMARY = 0x00,        /* of bootloaders and tables */
	PARTITION_SUBTYPE_OTHER = 0x100, /* defined by the project (EXTRA_PARTITION_SUBTYPES) */
};
enum { PARTITION_ENCRYPTED = 1, PARTITION_READONLY = 2 };

struct partition {
	char name[PARTITION_NAME_BYTES + 1]; /* without a NUL in the binary if it has 16 bytes */
	uint32_t type;                       /* 0..255 */
	uint32_t subtype;                    /* 0..255, or PARTITION_SUBTYPE_OTHER */
	uint64_t offset, size_bytes;         /* offset + size < 2^32 + 1 */
	uint32_t flags;                      /* there is a note on bits other than the two above */
	uint64_t line;                       /* of the CSV; in a binary table the number of the entry, from 1 */
	uint64_t used_bytes;                 /* by an app image in a dump; NOT_KNOWN */
};

enum partition_source { PARTITION_FROM_CSV, PARTITION_FROM_TABLE, PARTITION_FROM_DUMP };

struct partition_note {
	uint64_t line;    /* of a row; 0: the whole table */
	const char *text; /* a sentence; names in it are untrusted */
};

struct partition_table {
	const char *name; /* of the input, borrowed */
	enum partition_source source;
	uint64_t table_offset;       /* in flash */
	uint64_t bootloader_offset;  /* below the table; NOT_KNOWN */
	uint64_t bootloader_bytes;   /* of the bootloader in a dump; NOT_KNOWN */
	const struct esp_chip *chip; /* by the bootloader in a dump, else by an app; or NULL */
	uint64_t dump_base;          /* in flash, of the first byte of a dump */
	uint64_t flash_bytes;        /* of a dump with the size of a flash; NOT_KNOWN */
	bool md5;                    /* a binary table with a checksum, which matches */
	struct arena arena;
	VEC(struct partition, rows); /* in the order of the input */
	VEC(struct partition_note, notes);
};

/* What a table does not contain. */
struct partition_options {
	uint64_t table_offset;      /* NOT_KNOWN: PARTITION_TABLE_OFFSET; in a dump it is searched for */
	uint64_t bootloader_offset; /* by chip (esp_chip.h); NOT_KNOWN */
	uint64_t flash_bytes;       /* NOT_KNOWN: no upper bound for rows */
};
#define PARTITION_OPTIONS_INIT                  \
	{                                       \
		NOT_KNOWN, NOT_KNOWN, NOT_KNOWN \
	}

/* Detects the format. A dump may begin with the bootloader, as the files of MicroPython do: its chip determines the
 * offset in flash. The table is initialised here, also on failure; name must outlive it, bytes need not. 0; -EINVAL
 * with file, line and column of the first fault, or -ENOMEM, both with diag. */
int partition_table_read(struct partition_table *table, const char *name, const void *bytes, size_t n_bytes,
			 const struct partition_options *options, struct diag *diag);
void partition_table_deinit(struct partition_table *table); /* safe twice, and on all-zero */

/* A dump with a table at 0x8000, also one that begins with the bootloader. */
bool partition_dump_is(const uint8_t *bytes, size_t n_bytes);
/* The app of a dump that the bootloader starts (ESP-IDF, bootloader_utility.c): by otadata, else factory, else the
 * first slot with an image. *ret_at: where it lies in the dump. NULL: there is none. */
const struct partition *partition_table_app(const struct partition_table *table, const uint8_t *bytes, size_t n_bytes,
					    size_t *ret_at);

/* "factory", "nvs" …; NULL: no name for the number. */
const char *partition_subtype_name(uint32_t type, uint32_t subtype);

uint64_t partition_table_end(const struct partition_table *table); /* of the flash taken by rows or the table */

/* ---- MicroPython's file system ---- */

struct partition_vfs {
	uint64_t offset, size_bytes;
	uint64_t flash_bytes;
	bool flash_assumed; /* not known: the next power of two */
};
/* At boot MicroPython's ESP32 port uses all flash behind the last partition for a file system "vfs", unless a partition
 * is named vfs or ffat. False: there is one, or no room, or a partition user_fs of CircuitPython, which makes none.
 * flash_bytes may be NOT_KNOWN. */
bool partition_table_vfs(const struct partition_table *table, uint64_t flash_bytes, struct partition_vfs *ret);

/* ---- does an image fit? ---- */

struct partition_slot {
	const struct partition *row;
	uint64_t free_bytes, over_bytes; /* one of them is 0 */
};
enum partition_fit_kind { PARTITION_FIT_APP, PARTITION_FIT_TEE };
enum partition_verdict {
	PARTITION_FITS,
	PARTITION_FITS_TIGHTLY, /* less than 5 % free in the smallest slot */
	PARTITION_FITS_SOME,    /* but not all */
	PARTITION_FITS_NONE,
	PARTITION_NO_SLOTS
};
struct partition_fit {
	enum partition_verdict verdict;
	uint64_t image_bytes;
	size_t n_slots;
	struct partition_slot slots[PARTITIONS_MAX]; /* in table order */
	const struct partition_slot *smallest;       /* of slots; NULL: none */
	uint32_t free_permille;                      /* of the smallest slot; 0 if it is too small */
};
/* As ESP-IDF's build decides (check_sizes.py), without the partition of TinyUF2 itself: an app partition "uf2" beside
 * others, which never holds the firmware. ret must not be moved. */
void partition_table_fit(const struct partition_table *table, uint64_t image_bytes, enum partition_fit_kind kind,
			 struct partition_fit *ret);
