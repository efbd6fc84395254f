/* Objects of images: raw bytes of a board's memory, as a debugger dumps them, each with the address of its first. */
#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/image/memory.h"
#include "memprof/intake/firmware.h"
#include "memprof/objects/interpreter.h"
#include "private.h"

enum { IMAGES_MAX = 16 };

struct images {
	struct blob blobs[IMAGES_MAX];
	struct strbuf names[IMAGES_MAX];
	size_t n;
	struct memory memory;
	struct reader_range ram[IMAGES_MAX];
	size_t n_ram;
};

static int read_bytes(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	const struct memory *memory = ctx;
	uint64_t n;

	if (!memory_run(memory, address, &n) || n < n_bytes)
		return -EFAULT;
	memory_read(memory, address, ret, n_bytes);
	return 0;
}

struct memory_reader memory_image_reader(struct memory *memory, unsigned word_bytes)
{
	return (struct memory_reader){ .word_bytes = word_bytes, .read = read_bytes, .ctx = memory };
}

/* "ram.bin@0x20000000" */
static int add_image(struct images *images, const char *text, struct diag *diag)
{
	const char *at = strrchr(text, '@');
	uint64_t start;

	if (images->n == IMAGES_MAX)
		return diag_set(diag, -EINVAL, "more than %d images", IMAGES_MAX);
	if (!at || at == text || number_parse(at + 1, &start) < 0)
		return diag_set(diag, -EINVAL, "--image takes FILE@ADDRESS, such as ram.bin@0x20000000, not '%s'",
				text);
	struct strbuf *name = &images->names[images->n];
	struct blob *blob = &images->blobs[images->n];
	images->n++;
	strbuf_add(name, text, (size_t)(at - text));
	int error = strbuf_error(name) ? -ENOMEM : blob_read(strbuf_text(name), blob, diag);
	if (error == 0)
		error = blob_check_not_empty(blob, "memory of a board", diag);
	if (error == 0 && (blob->n_bytes > UINT64_MAX - start ||
			   memory_add(&images->memory, start, (const uint8_t *)blob->bytes, blob->n_bytes) < 0))
		error = diag_set(diag, -EINVAL, "%s goes beyond the last address", text);
	if (error == 0)
		images->ram[images->n_ram++] = (struct reader_range){ start, blob->n_bytes };
	return error;
}

/* Words of 4 bytes, then of 8. */
static int find_objects(struct images *images, struct objects_reading *ret, struct diag *diag)
{
	struct memory_reader source = memory_image_reader(&images->memory, 4);
	struct interpreter in;
	int error = interpreter_find(&source, images->ram, images->n_ram, &in, diag);

	if (error == -ENOENT) {
		source.word_bytes = 8;
		error = interpreter_find(&source, images->ram, images->n_ram, &in, diag);
	}
	if (error == -ENOENT)
		return diag_set(diag, error,
				"no MicroPython in the images: give RAM and flash, read after it has started");
	if (error < 0)
		return error;
	error = objects_of_reader(&source, &in.ids, 0, ret, diag);
	return error == -EFAULT ? diag_set(diag, error,
					   "the images lack memory that is needed: give flash, and all of RAM with the"
					   " stack, each as --image FILE@ADDRESS") :
				  error;
}

/* Python's heap, and those of C, of which one is enough. */
static int read_images(struct images *images, const struct firmware *firmware, struct objects_reading *ret,
		       struct diag *diag)
{
	int error = firmware_may_be_python(firmware) ? find_objects(images, ret, diag) : -ENOENT;

	if (!firmware->has_heaps || (error < 0 && error != -ENOENT))
		return error;
	struct memory_reader source = memory_image_reader(&images->memory, 4);
	return firmware_heaps(firmware, &source, 0, ret->objects, &ret->pools, diag);
}

int objects_of_images(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag)
{
	struct images images = { .n = 0 };
	struct firmware firmware;
	int error = firmware_read(spec->elf, &firmware, diag);

	for (size_t i = 0; error == 0 && i < spec->n_images; i++)
		error = add_image(&images, spec->images[i], diag);
	memory_finalize(&images.memory);
	if (error == 0)
		error = read_images(&images, &firmware, ret, diag);
	firmware_deinit(&firmware);
	memory_deinit(&images.memory);
	for (size_t i = 0; i < images.n; i++) {
		blob_deinit(&images.blobs[i]);
		strbuf_deinit(&images.names[i]);
	}
	return error;
}
