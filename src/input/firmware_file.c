#include "memprof/input/firmware_file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/text.h"
#include "memprof/image/esp_image.h"
#include "memprof/image/foreign.h"
#include "memprof/image/image.h"
#include "memprof/image/uf2.h"
#include "memprof/io/blob.h"

/* What stands behind an image is flashed with it, but for a padding of one byte. */
static void count_rest(struct firmware_file *ret, const struct blob *blob, const struct notice_sink *notices)
{
	size_t n = blob->n_bytes, n_image = (size_t)MIN(ret->size_bytes, (uint64_t)n);

	while (n > n_image && (blob->bytes[n - 1] == '\xff' || blob->bytes[n - 1] == '\0'))
		n--;
	if (n == n_image)
		return;
	notice_at(notices, (struct place){ .file = blob->name }, "warning",
		  "its image ends after %zu bytes; %zu more follow, and count", n_image, n - n_image);
	ret->size_bytes = n;
}

static int read_esp(struct firmware_file *ret, const struct blob *blob, const struct notice_sink *notices,
		    struct diag *diag)
{
	struct place at = { .file = blob->name };
	struct esp_image image = { .kind = ESP_IMAGE_ESP32, .flash_bytes = NOT_KNOWN };
	int r = esp_image_read(&image, blob->name, (const uint8_t *)blob->bytes, blob->n_bytes, diag);

	ret->chip_title = image.chip ? image.chip->title : image.kind == ESP_IMAGE_ESP32 ? NULL : "ESP8266";
	ret->chip = image.chip;
	ret->flash_bytes = image.flash_bytes;
	if (r < 0)
		return r;
	ret->format = "esp-image";
	if (!image.checksum_good || !image.hash_good)
		notice_at(notices, at, "warning", "its %s is wrong: the board will not start it; make it again",
			  image.checksum_good ? "hash" : "checksum");
	ret->size_bytes = image.slot_bytes;
	ret->is_python = !*image.project || strstr(image.project, "micropython") ||
			 strstr(image.project, "circuitpython");
	count_rest(ret, blob, notices);
	return 0;
}

static int read_uf2(struct firmware_file *ret, const struct blob *blob, const struct notice_sink *notices,
		    struct diag *diag)
{
	struct place at = { .file = blob->name };
	struct uf2 uf2;
	int r = uf2_read(&uf2, blob->name, (const uint8_t *)blob->bytes, blob->n_bytes, diag);

	if (r < 0)
		return r;
	for (uint64_t i = 0; i < MIN(uf2.n_faults, (uint64_t)UF2_FAULTS_MAX); i++)
		notice_at(notices, at, "warning", "block %" PRIu64 " at offset %" PRIu64 ": %s", uf2.faults[i].block,
			  uf2.faults[i].offset, uf2.faults[i].what);
	ret->format = "uf2";
	ret->size_bytes = 0;
	for (size_t i = 0; i < uf2.n_families; i++)
		ret->size_bytes = MAX(ret->size_bytes, uf2.families[i].used_bytes);
	uf2_deinit(&uf2);
	return 0;
}

/* Files that are no image at all, and would be taken for one of plain bytes. */
static int read_plain(struct firmware_file *ret, const struct blob *blob, struct diag *diag)
{
	struct place at = { .file = blob->name };

	if (!blob->n_bytes)
		return diag_at(diag, at, -EINVAL, "the file is empty");
	if (blob->n_bytes > 4 && memcmp(blob->bytes,
					"\x7f"
					"ELF",
					4) == 0)
		return diag_at(diag, at, -EINVAL, "this is an ELF, not what is flashed; name the .bin or .uf2");
	for (size_t i = 0; image_formats[i]; i++)
		if (image_formats[i]->probe(blob->bytes, MIN(blob->n_bytes, (size_t)IMAGE_PROBE_BYTES)))
			return diag_at(diag, at, -EINVAL, "this is no firmware (%s); name the .bin or .uf2",
				       image_formats[i]->summary);
	ret->format = "bin";
	ret->size_bytes = blob->n_bytes;
	return 0;
}

/* Partition tables are ESP-IDF's, and so is what goes into them. */
static int refuse_other(const struct blob *blob, struct diag *diag)
{
	const char *bytes = blob->bytes;
	bool is_table;
	const char *summary = foreign_text_hint(bytes, blob->n_bytes, &is_table);

	return diag_at(
		diag, (struct place){ .file = blob->name }, -EINVAL,
		"%s; into a partition goes an ESP image: the"
		" .bin that idf.py or make writes beside the ELF, or esptool.py elf2image makes of it; not encrypted yet",
		summary                                       ? summary :
		blob->n_bytes == 0                            ? "the file is empty" :
		uf2_is((const uint8_t *)bytes, blob->n_bytes) ? "this is a UF2" :
		text_starts(bytes, blob->n_bytes, "\177ELF")  ? "this is an ELF" :
								"these are plain bytes");
}

static int parse(struct firmware_file *ret, const struct blob *blob, bool for_partitions,
		 const struct notice_sink *notices, struct diag *diag)
{
	const uint8_t *bytes = (const uint8_t *)blob->bytes;

	if (esp_image_is(bytes, blob->n_bytes))
		return read_esp(ret, blob, notices, diag);
	if (for_partitions)
		return refuse_other(blob, diag);
	return uf2_is(bytes, blob->n_bytes) ? read_uf2(ret, blob, notices, diag) : read_plain(ret, blob, diag);
}

int firmware_file_of(struct firmware_file *ret, const struct blob *blob, bool for_partitions,
		     const struct notice_sink *notices, struct diag *diag)
{
	*ret = (struct firmware_file){ .name = blob->name, .flash_bytes = NOT_KNOWN, .is_python = true };
	return parse(ret, blob, for_partitions, notices, diag);
}

int firmware_file_read(struct firmware_file *ret, const char *name, bool for_partitions,
		       const struct notice_sink *notices, struct diag *diag)
{
	struct blob blob = { 0 };
	int r = blob_read(name, &blob, diag);

	if (r == 0)
		r = firmware_file_of(ret, &blob, for_partitions, notices, diag);
	blob_deinit(&blob);
	return r;
}

bool firmware_file_contradicts(const struct firmware_file *file, const char *chip)
{
	const struct esp_chip *other = chip ? esp_chip_by_name(chip) : NULL;

	return file->chip_title && chip && strcmp(file->chip_title, other ? other->title : chip) != 0;
}

/* objcopy -O binary writes from the first byte that is stored to the last, and fills what is between; some builds pad
 * the end to a page or a sector of flash, or sign it. */
enum { PADDING_MAX_BYTES = 256 << 10, PAGE_BYTES = 256, SIGNATURE_MAX_BYTES = 1024 };

static bool is_explained(uint64_t size_bytes, uint64_t more_bytes)
{
	return more_bytes <= SIGNATURE_MAX_BYTES || (size_bytes % PAGE_BYTES == 0 && more_bytes <= PADDING_MAX_BYTES);
}

void firmware_file_compare(const struct firmware_file *file, const struct image *image, const struct image_rooms *rooms,
			   const struct notice_sink *notices)
{
	/* A map of ESP-IDF names its chip; of an ELF the target is a kind of processor. */
	const struct esp_chip *chip = image->target ? esp_chip_by_name(image->target) : NULL;
	uint64_t first = UINT64_MAX, end = 0, loaded_bytes = 0;
	struct place at = { .file = file->name };

	if (chip && firmware_file_contradicts(file, chip->title))
		notice_at(notices, at, "warning",
			  "this firmware is for an %s, and %s for an %s: they are of two builds", file->chip_title,
			  image->name, chip->title);
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		uint64_t start = s->lma == NOT_KNOWN ? s->vma : s->lma, n_bytes = image_section_load_bytes(s);
		if (!n_bytes || start < rooms->load_start || start >= rooms->load_end)
			continue; /* a map alone takes for loaded what its names do not tell otherwise */
		loaded_bytes += n_bytes;
		first = MIN(first, start);
		end = MAX(end, start + n_bytes);
	}
	if (strcmp(file->format, "bin") != 0 || !loaded_bytes)
		return;
	if (file->size_bytes < loaded_bytes)
		notice_at(notices, at, "warning",
			  "it has %" PRIu64 " bytes, and %s loads %" PRIu64
			  ": it is of another build, or a part"
			  " of it",
			  file->size_bytes, image->name, loaded_bytes);
	else if (file->size_bytes > end - first && !is_explained(file->size_bytes, file->size_bytes - (end - first)))
		notice_at(notices, at, "warning",
			  "it has %" PRIu64 " bytes, and what %s loads ends after %" PRIu64
			  ": it is of another"
			  " build, or more than the firmware",
			  file->size_bytes, image->name, end - first);
}
