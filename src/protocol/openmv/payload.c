#include "openmv/payload.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/model/uma.h"
#include "openmv/packet.h"

/* ---- boards ---- */

/* openmv's DRAM is an SDRAM on the FMC or SEMC, but on the N6 a PSRAM at XSPI1 (0x90000000). */
static const struct openmv_board boards[] = {
	{ 0x37c5, 0x1202, "OpenMV Cam M4", MEMORY_TCM, MEMORY_SRAM, MEMORY_SRAM },
	{ 0x37c5, 0x1203, "OpenMV Cam M7", MEMORY_TCM, MEMORY_SRAM, MEMORY_SRAM },
	{ 0x37c5, 0x1204, "OpenMV Cam H7", MEMORY_SRAM, MEMORY_SRAM, MEMORY_SRAM },
	{ 0x37c5, 0x124a, "OpenMV Cam H7 Plus", MEMORY_NOT_KNOWN, MEMORY_SDRAM, MEMORY_SDRAM },
	{ 0x37c5, 0x1205, "OpenMV Pure Thermal", MEMORY_NOT_KNOWN, MEMORY_SDRAM, MEMORY_SDRAM },
	{ 0x37c5, 0x1060, "OpenMV Cam RT1060", MEMORY_NOT_KNOWN, MEMORY_SDRAM, MEMORY_SDRAM },
	{ 0x37c5, 0x1206, "OpenMV N6", MEMORY_NOT_KNOWN, MEMORY_PSRAM, MEMORY_PSRAM },
	{ 0x37c5, 0x16e3, "OpenMV AE3", MEMORY_SRAM, MEMORY_SRAM, MEMORY_SRAM },
	{ 0x2341, 0x045b, "Arduino Portenta H7", MEMORY_NOT_KNOWN, MEMORY_SDRAM, MEMORY_SDRAM },
	{ 0x2341, 0x0466, "Arduino Giga R1", MEMORY_NOT_KNOWN, MEMORY_SDRAM, MEMORY_SDRAM },
	{ 0x2341, 0x045f, "Arduino Nicla Vision", MEMORY_NOT_KNOWN, MEMORY_SRAM, MEMORY_SRAM },
	{ 0x2341, 0x015a, "Arduino Nano 33 BLE Sense", MEMORY_SRAM, MEMORY_SRAM, MEMORY_SRAM },
	{ 0x2341, 0x015e, "Arduino Nano RP2040 Connect", MEMORY_SRAM, MEMORY_SRAM, MEMORY_SRAM },
	{ 0x2e8a, 0x0005, "Raspberry Pi Pico", MEMORY_SRAM, MEMORY_SRAM, MEMORY_SRAM },
};

const struct openmv_board *openmv_board_find(uint32_t usb_id)
{
	for (size_t i = 0; i < ARRAY_SIZE(boards); i++)
		if (usb_id == ((uint32_t)boards[i].vid << 16 | boards[i].pid))
			return &boards[i];
	return NULL;
}

/* ---- answers ---- */

bool openmv_read_caps(const uint8_t *bytes, size_t n_bytes, uint32_t *ret_max_payload)
{
	if (n_bytes < OPENMV_CAPS_BYTES)
		return false;
	*ret_max_payload = bytes_u16(bytes + 4);
	return true;
}

bool openmv_read_versions(const uint8_t *bytes, size_t n_bytes, struct openmv_versions *ret)
{
	if (n_bytes < 9)
		return false;
	memcpy(ret->protocol, bytes, 3);
	memcpy(ret->boot_loader, bytes + 3, 3);
	memcpy(ret->firmware, bytes + 6, 3);
	return true;
}

bool openmv_read_info(const uint8_t *bytes, size_t n_bytes, struct openmv_info *ret)
{
	if (n_bytes < 64)
		return false;
	memcpy(ret->device_id, bytes + 4, sizeof(ret->device_id));
	ret->usb_id = bytes_u32(bytes + 16);
	ret->flash_kb = bytes_u32(bytes + 48);
	ret->ram_kb = bytes_u32(bytes + 52);
	ret->frame_buffer_kb = bytes_u32(bytes + 56);
	ret->stream_buffer_kb = bytes_u32(bytes + 60);
	return true;
}

int openmv_find_channel(const uint8_t *bytes, size_t n_bytes, const char *name)
{
	enum { ENTRY_BYTES = 16, NAME_BYTES = 14, CHANNELS_MAX = 32 };

	for (; n_bytes >= ENTRY_BYTES; bytes += ENTRY_BYTES, n_bytes -= ENTRY_BYTES)
		if (bytes[0] < CHANNELS_MAX && strncmp((const char *)bytes + 2, name, NAME_BYTES) == 0)
			return bytes[0];
	return -1;
}

/* ---- SYS_MEMORY ---- */

enum { MEMORY_HEAD_BYTES = 4, MEMORY_ENTRY_BYTES = 24, TYPE_GC = 0, TYPE_UMA = 1 };

/* Figures are used as reported. For the GC heap, used + free is the total of its areas. For a UMA pool, free is what
 * its free blocks can hold, so 4 bytes per block are in neither; used includes persistent blocks, unlike in the
 * document (protocol/omv_protocol.c, uma_get_stats); total excludes TLSF's own data. */
static int add_entry(const uint8_t *at, unsigned i, const struct openmv_board *board, struct heap *ret)
{
	const uint32_t peak_bytes = bytes_u32(at + 20);
	const bool uma = at[0] == TYPE_UMA;
	struct heap_pool *pool;
	char name[16] = "gc";

	if (i > 0)
		snprintf(name, sizeof(name), "%s.%u", uma ? "uma" : "pool", i - 1);
	int r = heap_add_pool(ret, name, i == 0 ? POOL_GC : uma ? POOL_UMA : POOL_FIXED, &pool);
	if (r < 0)
		return r == -E2BIG ? -EBADMSG : r;
	pool->reported.total_bytes = bytes_u32(at + 4);
	pool->reported.used_bytes = bytes_u32(at + 8);
	pool->reported.free_bytes = bytes_u32(at + 12);
	if (i == 0)
		pool->memory = board ? board->gc : MEMORY_NOT_KNOWN;
	else
		pool->memory = uma_memory(bytes_u16(at + 2), board ? board->plain : MEMORY_NOT_KNOWN);
	/* A TRANSIENT pool is recreated when it is released, and loses its peak. */
	if (uma && peak_bytes >= pool->reported.used_bytes)
		pool->reported.peak_bytes = peak_bytes;
	return 0;
}

/* The frame buffer is a block of the pool without flags, unless that was full; the stream buffer has memory of its own
 * (lib/imlib/framebuffer.c). */
static int add_buffers(const struct openmv_board *board, const struct openmv_info *info, struct heap *ret)
{
	const struct {
		const char *name;
		uint32_t size_kb;
		enum heap_memory memory;
	} buffers[] = {
		{ "frame buffer", info->frame_buffer_kb, board ? board->plain : MEMORY_NOT_KNOWN },
		{ "stream buffer", info->stream_buffer_kb, board ? board->stream : MEMORY_NOT_KNOWN },
	};
	struct heap_pool *pool;

	for (size_t i = 0; i < ARRAY_SIZE(buffers); i++) {
		int r = buffers[i].size_kb ? heap_add_pool(ret, buffers[i].name, POOL_FIXED, &pool) : 0;
		if (r < 0)
			return r;
		if (buffers[i].size_kb) {
			pool->memory = buffers[i].memory;
			pool->reported.total_bytes = (uint64_t)buffers[i].size_kb * 1024;
		}
	}
	return 0;
}

int openmv_read_memory(const uint8_t *bytes, size_t n_bytes, const struct openmv_board *board,
		       const struct openmv_info *info, struct heap *ret)
{
	heap_reset(ret);
	if (n_bytes < MEMORY_HEAD_BYTES)
		return -EBADMSG;
	unsigned n = bytes[0];
	if (n == 0 || n > (n_bytes - MEMORY_HEAD_BYTES) / MEMORY_ENTRY_BYTES || bytes[MEMORY_HEAD_BYTES] != TYPE_GC)
		return -EBADMSG;
	for (unsigned i = 0; i < n; i++) {
		int r = add_entry(bytes + MEMORY_HEAD_BYTES + i * MEMORY_ENTRY_BYTES, i, board, ret);
		if (r < 0)
			return r;
	}
	int r = 0;
	for (unsigned i = 0; i < n && r == 0; i++)
		r = uma_add_persistent(ret, i, bytes_u32(bytes + MEMORY_HEAD_BYTES + i * MEMORY_ENTRY_BYTES + 16));
	if (r == 0)
		r = add_buffers(board, info, ret);
	heap_seal(ret);
	return r == -E2BIG ? 0 : r; /* the pools are there */
}
