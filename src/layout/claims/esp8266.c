/* The flash of an ESP8266 with MicroPython: no partition table describes it. */
#include <string.h>

#include "memprof/image/esp_chip.h"
#include "resolve_parts.h"

/* Before the region come the parts that the boot loader copies. */
enum {
	SECTOR_BYTES = 4096,
	IMAGE_BYTES = 0x9000, /* of the parts that are copied */
	SDK_BYTES = 20480,    /* at the end of the flash */
};

static uint64_t sdk_start(uint64_t flash_bytes) { return flash_bytes - MIN(flash_bytes, (uint64_t)SDK_BYTES); }

/* ports/esp8266/modules/flashbdev.py: native code has a sector of its own, where it could run. */
uint64_t layout_esp8266_storage(uint64_t user_start, uint64_t flash_bytes, uint64_t *ret_bytes)
{
	uint64_t start = user_start - user_start % SECTOR_BYTES;

	if (start < ESP8266_WINDOW_BYTES)
		start += SECTOR_BYTES;
	*ret_bytes = flash_bytes < ESP8266_WINDOW_BYTES || start > sdk_start(flash_bytes) ?
			     0 :
			     sdk_start(flash_bytes) - start;
	return start;
}

static void claim(struct layout *l, const struct layout_esp8266 *e, enum span_kind kind, const char *name,
		  uint64_t start, uint64_t end)
{
	layout_claim_range(l, LAYOUT_FLASH, kind, name, start, end - start, e->from);
}

void layout_esp8266(struct layout *l, const struct layout_esp8266 *e)
{
	uint64_t offset = e->start - ESP8266_WINDOW, end = offset + e->size_bytes, user = end + e->romfs_bytes;

	/* Arduino's region begins behind a header, and its script tells where the file system is. */
	if (e->start < ESP8266_WINDOW || offset % SECTOR_BYTES || offset >= ESP8266_WINDOW_BYTES ||
	    e->size_bytes > ESP8266_WINDOW_BYTES || e->romfs_bytes > ESP8266_WINDOW_BYTES)
		return;
	if (e->flash_bytes == NOT_KNOWN) {
		layout_note(
			l, "the size of the ESP8266's flash is not known: --flash-size shows where its file system is");
		return;
	}
	layout_map(l, &(struct layout_mapping){ LAYOUT_CPU, LAYOUT_FLASH, ESP8266_WINDOW,
						MIN(e->flash_bytes, ESP8266_WINDOW_BYTES), 0 });
	uint64_t image = offset -
			 MIN(offset, (uint64_t)IMAGE_BYTES);   /* after the boot loader of builds for OTA updates */
	claim(l, e, SPAN_BOOTLOADER, "boot loader", 0, image); /* of no size without one */
	claim(l, e, SPAN_REGION, "iram and dram image", image, offset);
	claim(l, e, SPAN_REGION, LAYOUT_ESP8266_REGION, offset, end);
	claim(l, e, SPAN_FILESYSTEM, "ROMFS", end, user); /* of no size without one */
	uint64_t size_bytes, start = layout_esp8266_storage(user, e->flash_bytes, &size_bytes);
	claim(l, e, SPAN_RESERVED, "SDK parameters", sdk_start(e->flash_bytes), e->flash_bytes);
	if (size_bytes == 0 && e->flash_bytes >= ESP8266_WINDOW_BYTES)
		layout_note(l, "the firmware leaves no room for MicroPython's file system in this flash");
	if (size_bytes == 0)
		return;
	claim(l, e, SPAN_RESERVED, "native code", user, start);
	claim(l, e, SPAN_FILESYSTEM, "file system", start, start + size_bytes);
}
