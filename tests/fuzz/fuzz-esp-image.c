/* Any bytes as an image of an ESP: what it says of itself lies within them. */
#include "fuzz.h"
#include "memprof/image/esp_image.h"

FUZZ(data, size)
{
	struct esp_image image;
	struct diag diag = { .text = "" };
	int r = esp_image_read(&image, "fuzz", data, size, &diag);
	uint64_t at = 0;

	if (r < 0) {
		MUST(r == -EINVAL && diag.text[0]);
		return;
	}
	MUST(esp_image_is(data, size) || image.kind == ESP_IMAGE_ESP8266_V2);
	MUST(image.n_segments > 0 && image.n_segments <= ESP_IMAGE_SEGMENTS_MAX + 1);
	for (uint32_t i = 0; i < image.n_segments; i++) {
		const struct esp_image_segment *s = &image.segments[i];
		MUST(s->file_offset >= at + 8 && s->file_offset + s->size_bytes <= image.image_bytes);
		at = s->file_offset + s->size_bytes;
	}
	MUST(image.image_bytes > at && image.image_bytes <= image.slot_bytes);
	MUST(image.slot_bytes <= size);
	MUST(image.hash_good || image.hashed);
	MUST(memchr(image.project, '\0', sizeof(image.project)) && memchr(image.version, '\0', sizeof(image.version)));
}
