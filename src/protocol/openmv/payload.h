/* What is in the packets of OpenMV's protocol (openmv docs/protocol.md, section 4; of SYS_MEMORY
 * protocol/omv_protocol.h at cbbb877eda). Every reader takes more bytes than it knows, as later versions append, and
 * refuses fewer. */
#ifndef MEMPROF_OPENMV_PAYLOAD_H
#define MEMPROF_OPENMV_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/model/heap.h"
#include "memprof/protocol/openmv.h"

#define OPENMV_FORMAT "openmv" /* of snapshots made from answers (event.h) */

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

enum { OPENMV_ANSWER_MAX_BYTES = 8192 }; /* SYS_MEMORY with all the entries it can count is 6124 */

enum openmv_status {
	OPENMV_STATUS_FAILED = 1,
	OPENMV_STATUS_INVALID = 2,
	OPENMV_STATUS_BUSY = 4,
	OPENMV_STATUS_UNKNOWN = 9,
};

enum openmv_system_event { OPENMV_SOFT_REBOOT = 2 };

/* Bits of a UMA pool's flags (common/umalloc.h). They say what a pool is good for, which is not always where it lies:
 * the AXI SRAM of an H7 has DTCM too. */
enum openmv_uma_flag { OPENMV_UMA_FAST = 1, OPENMV_UMA_ITCM = 2, OPENMV_UMA_DTCM = 4, OPENMV_UMA_TRANSIENT = 64 };

enum {
	OPENMV_CAPS_BYTES = 16,
	OPENMV_CAPS_CRC = 1,
	OPENMV_CAPS_SEQUENCE = 2,
	OPENMV_CAPS_ACK = 4,
	OPENMV_CAPS_EVENTS = 8
};

/* A board as far as memprof shows it (openmv boards/NAME/board_config.h). */
struct openmv_board {
	uint16_t vid, pid;
	const char *name;
	enum heap_memory gc;    /* MEMORY_NOT_KNOWN where its areas lie in several kinds */
	enum heap_memory plain; /* of the pool without flags, which is the largest one */
};
/* NULL if it is none that is known. */
const struct openmv_board *openmv_board_find(uint32_t usb_id);

/* All false if there are too few bytes, or what they say cannot be. */
bool openmv_read_caps(const uint8_t *bytes, size_t n_bytes, uint32_t *ret_max_payload);
bool openmv_read_versions(const uint8_t *bytes, size_t n_bytes, struct openmv_versions *ret);
bool openmv_read_info(const uint8_t *bytes, size_t n_bytes, struct openmv_info *ret);
/* The number of the channel of that name; -1 if the list has none. */
int openmv_find_channel(const uint8_t *bytes, size_t n_bytes, const char *name);

/* The pools of a SYS_MEMORY, sealed: "gc", then "uma.0" … in the order of the board. board may be NULL. 0; -EBADMSG if
 * it is none; -ENOMEM. */
int openmv_read_memory(const uint8_t *bytes, size_t n_bytes, const struct openmv_board *board, struct heap *ret);

#endif
