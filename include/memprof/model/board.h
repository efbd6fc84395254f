/* What a board reports about itself, in its banner or in a survey (survey.h). No I/O. */
#pragma once

#include <stdbool.h>

#include "memprof/event.h"

enum { BOARD_FILESYSTEMS_MAX = 8, BOARD_PARTITIONS_MAX = 32, BOARD_MODULES_BYTES = 4096 };

struct board_filesystem {
	char path[32]; /* "/", "/sd" */
	char kind[24]; /* "littlefs2", "fat"; "" if not known */
	uint64_t total_bytes, free_bytes;
};

/* One row of an ESP32's partition table (esp32.Partition.info()). */
struct board_partition {
	char label[20];
	uint64_t type, subtype, offset_bytes, size_bytes;
	bool encrypted;
};

/* Texts are NUL-terminated, not clean, truncated, "" if not known. Numbers are NOT_KNOWN if not
 * reported. */
struct board_info {
	bool known; /* if false, nothing below is set */
	char firmware[32], version[48], machine[128];
	char platform[24];  /* sys.platform: "rp2", "esp32" */
	char build[48];     /* sys.implementation._build: "RPI_PICO" */
	char unique_id[48]; /* machine.unique_id(), in hexadecimal */
	uint64_t freq_hz;
	enum { BOARD_GC_NOT_KNOWN, BOARD_GC_OFF, BOARD_GC_ON } gc;
	uint64_t gc_threshold_bytes;                  /* BOARD_NO_THRESHOLD: collects only when full */
	uint64_t pystack_used_bytes;                  /* only of builds with a separate Python stack */
	uint64_t flash_bytes;                         /* of the chip */
	uint64_t flash_user_start;                    /* ESP: start of the file system */
	uint64_t n_device_blocks, device_block_bytes; /* of the flash block device */
	bool filesystems_known;
	size_t n_filesystems;
	struct board_filesystem filesystems[BOARD_FILESYSTEMS_MAX];
	size_t n_partitions;
	struct board_partition partitions[BOARD_PARTITIONS_MAX];
	char modules[BOARD_MODULES_BYTES]; /* built in or frozen, sorted, a newline after each */
	size_t n_modules;
};
#define BOARD_NO_THRESHOLD (NOT_KNOWN - 1)

/* How a board is followed. */
enum board_link {
	BOARD_LINK_AWAY,      /* absent, gone, or nobody follows it any more */
	BOARD_LINK_POLLING,   /* asked at an interval, or its agent sends */
	BOARD_LINK_LISTENING, /* a program runs there: its output is read */
	N_BOARD_LINKS
};

/* CircuitPython, which has no micropython.mem_info(): nothing is to advise it. */
bool board_lacks_mem_info(const struct board_info *board);

/* Sets known, and all else to not known. */
void board_init(struct board_info *board);

/* Reads "MicroPython v1.25.0 on 2026-11-20; Raspberry Pi Pico with RP2040" (EVENT_BANNER;
 * py/mpconfig.h MICROPY_BANNER_NAME_AND_VERSION). *ret is untouched for text of another form, and
 * members that a banner does not have are untouched. */
void board_from_banner(const struct event_text *text, struct board_info *ret);

/* The same from the firmware text of an agent: "MicroPython v1.27.0". */
void board_from_hello(const struct event_hello *hello, struct board_info *ret);
