/* Payloads of OpenMV's protocol (openmv docs/protocol.md, section 4; of SYS_MEMORY protocol/omv_protocol.h at
 * cbbb877eda). All readers accept more bytes than they know, as later versions append, and reject fewer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/model/heap.h"
#include "memprof/protocol/openmv.h"

#define OPENMV_FORMAT "openmv" /* format of its snapshots (event.h) */

enum openmv_opcode {
	OPENMV_PROTO_SYNC = 0x00,
	OPENMV_GET_CAPS = 0x01,
	OPENMV_SET_CAPS = 0x02,
	OPENMV_PROTO_VERSION = 0x04,
	OPENMV_SYS_INFO = 0x12,
	OPENMV_SYS_EVENT = 0x13,
	OPENMV_SYS_MEMORY = 0x14,
	OPENMV_CHANNEL_LIST = 0x20,
	OPENMV_CHANNEL_POLL = 0x21,
	OPENMV_CHANNEL_SIZE = 0x25,
	OPENMV_CHANNEL_READ = 0x26,
	OPENMV_CHANNEL_EVENT = 0x29,
};

enum { OPENMV_ANSWER_MAX_BYTES = 8192 }; /* a SYS_MEMORY with the maximum of entries has 6124 */

enum openmv_status {
	OPENMV_STATUS_FAILED = 1,
	OPENMV_STATUS_INVALID = 2,
	OPENMV_STATUS_BUSY = 4,
	OPENMV_STATUS_UNKNOWN = 9,
};

enum openmv_system_event { OPENMV_SOFT_REBOOT = 2 };

enum {
	OPENMV_CAPS_BYTES = 16,
	OPENMV_CAPS_CRC = 1,
	OPENMV_CAPS_SEQUENCE = 2,
	OPENMV_CAPS_ACK = 4,
	OPENMV_CAPS_EVENTS = 8
};

/* A board (openmv boards/NAME/board_config.h). */
struct openmv_board {
	uint16_t vid, pid;
	const char *name;
	enum heap_memory gc;     /* MEMORY_NOT_KNOWN if its areas are in several kinds */
	enum heap_memory plain;  /* of the pool without flags, the largest one */
	enum heap_memory stream; /* of the stream buffer */
};
/* NULL if unknown. */
const struct openmv_board *openmv_board_find(uint32_t usb_id);

/* false if there are too few bytes. */
bool openmv_read_caps(const uint8_t *bytes, size_t n_bytes, uint32_t *ret_max_payload);
bool openmv_read_versions(const uint8_t *bytes, size_t n_bytes, struct openmv_versions *ret);
bool openmv_read_info(const uint8_t *bytes, size_t n_bytes, struct openmv_info *ret);
/* The number of the channel of that name; -1 if the list has none. */
int openmv_find_channel(const uint8_t *bytes, size_t n_bytes, const char *name);

/* The pools of a SYS_MEMORY, sealed: "gc", then "uma.0" … in the order of the board; then "uma.0 persist" …, what of
 * them survives a soft reset; then as info tells the "frame buffer", which is in one of them, and the "stream buffer",
 * which is not. board may be NULL, info all-zero. 0; -EBADMSG if invalid; -ENOMEM. */
int openmv_read_memory(const uint8_t *bytes, size_t n_bytes, const struct openmv_board *board,
		       const struct openmv_info *info, struct heap *ret);
