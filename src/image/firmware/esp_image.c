#include "memprof/image/esp_image.h"

#include <errno.h>
#include <inttypes.h>
#include <sha2.h>
#include <string.h>

#include "memprof/base/bytes.h"
#include "memprof/base/text.h"

enum {
	HEADER_BYTES = 8,
	LONG_HEADER_BYTES = 24, /* ESP32 and later */
	SEGMENT_HEADER_BYTES = 8,
	HASH_BYTES = 32,
	CRC_BYTES = 4, /* behind a version 2 image of an ESP8266 */
	CHECKSUM_ALIGN = 16,
	CHECKSUM_SEED = 0xef,
	SECTOR_BYTES = 0x1000,
	SIGNATURE_MAGIC = 0xe7, /* Secure Boot V2: a sector of its own */
	ECDSA_BYTES = 68,       /* V1: a version of 0, and the signature */
	DESC_BYTES = 256,       /* esp_app_desc_t, at the start of the first segment */
	DESC_VERSION = 16,
	DESC_PROJECT = 48,
	DESC_IDF = 112,
};
static const uint32_t desc_magic = 0xabcd5432;

struct esp_reader {
	const char *name;
	const uint8_t *bytes;
	size_t n_bytes;
	struct diag *diag;
	size_t at;
	uint8_t sum;
};

/* ---- detection ---- */

/* Bytes 8..11: the address of the first segment in an ESP8266 image; pins and drive strengths, nearly 0, in a long
 * header. */
static bool is_esp8266_address(uint32_t address)
{
	return (address >= 0x3ffe0000 && address < 0x40000000) || (address >= 0x40100000 && address < 0x40400000);
}

static bool kind_of(const uint8_t *bytes, size_t n_bytes, enum esp_image_kind *ret)
{
	if (n_bytes < LONG_HEADER_BYTES)
		return false;
	if (bytes[0] == ESP8266_V2_MAGIC)
		*ret = ESP_IMAGE_ESP8266_V2;
	else if (bytes[0] == ESP_IMAGE_MAGIC)
		*ret = is_esp8266_address(bytes_u32(bytes + 8)) ? ESP_IMAGE_ESP8266 : ESP_IMAGE_ESP32;
	else
		return false;
	return true;
}

bool esp_image_is(const uint8_t *bytes, size_t n_bytes)
{
	enum esp_image_kind kind;

	return kind_of(bytes, n_bytes, &kind) && bytes[1] > 0 && bytes[1] <= ESP_IMAGE_SEGMENTS_MAX;
}

/* The high half of byte 3 encodes it. */
static uint64_t flash_bytes_of(enum esp_image_kind kind, uint8_t code)
{
	static const uint16_t esp32_mib[] = { 1, 2, 4, 8, 16, 32, 64, 128 };
	static const uint16_t esp8266_kib[] = { 512, 256, 1024, 2048, 4096, 2048, 4096, 0, 8192, 16384 };

	if (kind == ESP_IMAGE_ESP32)
		return code < ARRAY_SIZE(esp32_mib) ? (uint64_t)esp32_mib[code] << 20 : NOT_KNOWN;
	return code < ARRAY_SIZE(esp8266_kib) && esp8266_kib[code] ? (uint64_t)esp8266_kib[code] << 10 : NOT_KNOWN;
}

/* ---- segments ---- */

static int refuse_truncated(const struct esp_reader *in, const char *what, uint64_t n_bytes)
{
	return diag_at(in->diag, (struct place){ .file = in->name }, -EINVAL,
		       "the image is truncated: %s of %" PRIu64 " bytes at 0x%zx, but the file ends at 0x%zx", what,
		       n_bytes, in->at, in->n_bytes);
}

static int read_segment(struct esp_reader *in, struct esp_image *image, bool summed)
{
	if (in->n_bytes - in->at < SEGMENT_HEADER_BYTES)
		return refuse_truncated(in, "a segment's header", SEGMENT_HEADER_BYTES);
	uint32_t size_bytes = bytes_u32(in->bytes + in->at + 4);
	struct esp_image_segment *s = &image->segments[image->n_segments++];
	*s = (struct esp_image_segment){ bytes_u32(in->bytes + in->at), size_bytes, in->at + SEGMENT_HEADER_BYTES };
	in->at += SEGMENT_HEADER_BYTES;
	if (in->n_bytes - in->at < size_bytes)
		return refuse_truncated(in, "a segment", size_bytes);
	for (size_t i = 0; summed && i < size_bytes; i++)
		in->sum ^= in->bytes[in->at + i];
	in->at += size_bytes;
	return 0;
}

static int read_segments(struct esp_reader *in, struct esp_image *image, size_t header_bytes)
{
	unsigned n = in->bytes[in->at + 1];

	if (!n || n > ESP_IMAGE_SEGMENTS_MAX)
		return diag_at(in->diag, (struct place){ .file = in->name }, -EINVAL,
			       "the header of the image has %u segments; expected 1 to %d", n, ESP_IMAGE_SEGMENTS_MAX);
	image->entry = bytes_u32(in->bytes + in->at + 4);
	image->flash_bytes = flash_bytes_of(image->kind, in->bytes[in->at + 3] >> 4);
	in->at += header_bytes;
	for (unsigned i = 0; i < n; i++) {
		int r = read_segment(in, image, true);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The part that runs in place comes first, with a header like that of the next part. */
static int read_in_place_part(struct esp_reader *in, struct esp_image *image)
{
	in->at = HEADER_BYTES;
	int r = read_segment(in, image, false);
	if (r < 0)
		return r;
	if (in->n_bytes - in->at < HEADER_BYTES)
		return refuse_truncated(in, "the second header", HEADER_BYTES);
	if (in->bytes[in->at] != ESP_IMAGE_MAGIC)
		return diag_at(
			in->diag, (struct place){ .file = in->name }, -EINVAL,
			"expected a second header, 0xe9, behind the part that runs in place, at 0x%zx; found 0x%02x",
			in->at, in->bytes[in->at]);
	return 0;
}

/* ---- after the segments ---- */

/* One byte, the last of a group of 16. */
static int read_checksum(struct esp_reader *in, struct esp_image *image)
{
	size_t end = (in->at / CHECKSUM_ALIGN + 1) * CHECKSUM_ALIGN;

	if (end > in->n_bytes)
		return refuse_truncated(in, "padding and checksum", end - in->at);
	image->checksum_good = in->bytes[end - 1] == in->sum;
	in->at = end;
	return 0;
}

static int read_hash(struct esp_reader *in, struct esp_image *image)
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	SHA2_CTX sha;

	if (!image->hashed)
		return 0;
	if (in->n_bytes - in->at < HASH_BYTES)
		return refuse_truncated(in, "the hash", HASH_BYTES);
	SHA256Init(&sha);
	SHA256Update(&sha, in->bytes, in->at);
	SHA256Final(sum, &sha);
	image->hash_good = memcmp(sum, in->bytes + in->at, HASH_BYTES) == 0;
	in->at += HASH_BYTES;
	return 0;
}

static void measure(const struct esp_reader *in, struct esp_image *image)
{
	uint64_t signature_at = (in->at + SECTOR_BYTES - 1) / SECTOR_BYTES * SECTOR_BYTES;

	image->image_bytes = image->slot_bytes = in->at;
	if (image->kind == ESP_IMAGE_ESP32 && signature_at + SECTOR_BYTES <= in->n_bytes &&
	    in->bytes[signature_at] == SIGNATURE_MAGIC)
		image->slot_bytes = signature_at + SECTOR_BYTES;
	else if (image->kind == ESP_IMAGE_ESP32 && in->n_bytes - in->at == ECDSA_BYTES &&
		 bytes_u32(in->bytes + in->at) == 0)
		image->slot_bytes = in->n_bytes;
}

static void read_description(const struct esp_reader *in, struct esp_image *image)
{
	const struct esp_image_segment *s = &image->segments[0];
	const uint8_t *desc = in->bytes + s->file_offset;
	struct {
		char *ret;
		size_t at;
	} const texts[] = {
		{ image->version, DESC_VERSION },
		{ image->project, DESC_PROJECT },
		{ image->idf_version, DESC_IDF },
	};

	if (s->size_bytes < DESC_BYTES || bytes_u32(desc) != desc_magic)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		memcpy(texts[i].ret, desc + texts[i].at, ESP_IMAGE_TEXT_BYTES - 1);
}

/* ---- kinds ---- */

static int read_esp32(struct esp_reader *in, struct esp_image *image)
{
	image->chip = esp_chip_by_image_id(bytes_u16(in->bytes + 12));
	image->hashed = in->bytes[LONG_HEADER_BYTES - 1] == 1;
	image->hash_good = !image->hashed;
	int r = read_segments(in, image, LONG_HEADER_BYTES);
	if (r == 0)
		r = read_checksum(in, image);
	if (r == 0)
		r = read_hash(in, image);
	if (r == 0)
		read_description(in, image);
	return r;
}

static int read_esp8266(struct esp_reader *in, struct esp_image *image)
{
	bool second = image->kind == ESP_IMAGE_ESP8266_V2;
	int r = second ? read_in_place_part(in, image) : 0;

	image->hash_good = true;
	if (r == 0)
		r = read_segments(in, image, HEADER_BYTES);
	if (r == 0)
		r = read_checksum(in, image);
	if (r == 0 && second && in->n_bytes - in->at < CRC_BYTES)
		r = refuse_truncated(in, "the CRC", CRC_BYTES);
	if (r == 0 && second)
		in->at += CRC_BYTES;
	return r;
}

int esp_image_read(struct esp_image *ret, const char *name, const uint8_t *bytes, size_t n_bytes, struct diag *diag)
{
	struct esp_reader in = { .name = name, .bytes = bytes, .n_bytes = n_bytes, .diag = diag, .sum = CHECKSUM_SEED };
	struct esp_image image = { .flash_bytes = NOT_KNOWN };

	if (!kind_of(bytes, n_bytes, &image.kind))
		return diag_at(diag, (struct place){ .file = name }, -EINVAL,
			       "not an ESP image: expected 0xe9 and a header of 24 bytes, found %zu bytes%s", n_bytes,
			       n_bytes && bytes[0] == ESP_IMAGE_MAGIC ? "" : " without the 0xe9");
	int r = image.kind == ESP_IMAGE_ESP32 ? read_esp32(&in, &image) : read_esp8266(&in, &image);
	if (r == 0)
		measure(&in, &image);
	*ret = image;
	return r;
}
